#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <bennu/pubsub/interest.hpp>

namespace bennu {

/// The buckets that a node wants, one bit for each.
class interest_map {
public:
  static constexpr std::size_t bytes = topic_buckets / 8;

  bool has(topic_bucket where) const noexcept {
    const auto i = static_cast<std::size_t>(where);
    return !bits_.empty() && (static_cast<unsigned char>(bits_[i / 8]) >> i % 8 & 1) != 0;
  }
  void set(topic_bucket where, bool wanted) {
    if (bits_.empty()) bits_.resize(bytes);
    const auto i = static_cast<std::size_t>(where);
    const auto bit = static_cast<unsigned char>(1U << i % 8);
    auto& place = bits_[i / 8];
    place = static_cast<char>(wanted ? place | bit : place & ~bit);
  }
  /// @param bits as many as `bytes`, or none
  void assign(std::string_view bits) { bits_ = bits; }
  /// The bits in the form of `assign`; empty if no bucket was ever wanted.
  std::string_view bits() const noexcept { return bits_; }

private:
  std::string bits_;
};

}  // namespace bennu
