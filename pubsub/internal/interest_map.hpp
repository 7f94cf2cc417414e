#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/interest.hpp>

namespace bennu {

/// The buckets in which a node has interest, one bit for each.
class interest_map {
public:
  static constexpr std::size_t bytes = topic_buckets / 8;

  bool has(topic_bucket bucket) const noexcept {
    const auto i = static_cast<std::size_t>(bucket);
    return !bits_.empty() && (static_cast<unsigned char>(bits_[i / 8]) >> i % 8 & 1) != 0;
  }
  void set(topic_bucket bucket, bool interested) {
    if (bits_.empty()) bits_.resize(bytes);
    const auto i = static_cast<std::size_t>(bucket);
    const auto bit = static_cast<unsigned char>(1U << i % 8);
    auto& byte = bits_[i / 8];
    byte = static_cast<char>(interested ? byte | bit : byte & ~bit);
  }
  /// @param bits as many as `bytes`, or none
  void assign(std::string_view bits) { bits_ = bits; }
  /// The bits in the form of `assign`; empty if there never was interest.
  std::string_view bits() const noexcept { return bits_; }

  /// The buckets in ascending order; nothing if they are more than `most`.
  std::optional<std::vector<topic_bucket>> list(std::size_t most) const {
    using word = std::uint64_t;
    constexpr std::size_t word_bits = 8 * sizeof(word);
    static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");
    std::vector<topic_bucket> all;
    for (std::size_t at = 0; at < bits_.size(); at += sizeof(word)) {
      word rest = 0;
      std::memcpy(&rest, bits_.data() + at, sizeof rest);
      for (; rest != 0; rest &= rest - 1) {
        if (all.size() == most) return std::nullopt;
        const auto bit = at / sizeof(word) * word_bits + static_cast<std::size_t>(std::countr_zero(rest));
        all.push_back(static_cast<topic_bucket>(bit));
      }
    }
    return all;
  }

private:
  std::string bits_;
};

}  // namespace bennu
