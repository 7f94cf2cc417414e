#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <bennu/channels/admin/internal/publish_receipt.hpp>

namespace bennu {

/// The messages of the last minutes that came with an idempotency key, each with its receipt: if one comes again, its
/// sender gets the same receipt. Each key of the HTTP API has its own part, with its own limit, so that none can take
/// the room of another. Pure data, for one thread at a time.
class idempotency_table {
public:
  using clock = std::chrono::steady_clock;
  using digest = std::array<unsigned char, 32>;
  using answer = std::function<void(const publish_receipt&)>;

  /// The time for which a message is remembered.
  static constexpr std::chrono::minutes age{5};

  enum class verdict : std::uint8_t {
    first,     ///< the message must be sent, and `finish` or `forget` called
    repeated,  ///< the receipt was there, and was handed out, or will be
    other,     ///< there was another message with this idempotency key
    full,      ///< too many are remembered
  };

  /// A message with an idempotency key.
  struct message {
    std::string_view key;  ///< the name of the sender's key
    digest id;             ///< of topic, event and idempotency key
    digest content;        ///< of the payload
  };

  /// @param most messages of one key @param then called with the receipt, at once or within `finish`
  verdict begin(const message& one, clock::time_point now, std::size_t most, answer then);
  /// Stores the receipt of a message.
  /// @returns the answers that wait for it, with which the caller is to call them
  std::vector<answer> finish(std::string_view key, const digest& id, const publish_receipt& receipt);
  /// Drops a message that could not be sent.
  void forget(std::string_view key, const digest& id);

  /// The time until the next message of a key can be remembered, if the table is full.
  clock::duration wait(std::string_view key, clock::time_point now) const;

private:
  struct digest_hash {
    std::size_t operator()(const digest& of) const noexcept;
  };
  struct entry {
    digest content;
    bool is_done = false;
    publish_receipt receipt;
    std::vector<answer> waiting;
  };
  struct part {
    std::unordered_map<digest, entry, digest_hash> entries;
    std::deque<std::pair<clock::time_point, digest>> ends;  ///< the first one ends first
  };

  static void drop_old(part& of, clock::time_point now);

  std::map<std::string, part, std::less<>> parts_;  ///< by the names of keys
};

}  // namespace bennu
