#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include <bennu/pubsub/tracker/internal/replication_format.hpp>
#include <bennu/pubsub/tracker/replication_codec.hpp>
#include <bennu/runtime/json_parse.hpp>

namespace bennu {

using namespace replication_format;

namespace {

struct malformed {
  const char* reason;
};

/// Throws `malformed`, which is caught in this file.
class reader {
public:
  reader(std::string_view bytes, std::size_t max_json_depth) : left_(bytes), max_json_depth_(max_json_depth) {}

  std::uint8_t byte() {
    if (left_.empty()) throw malformed{"it ends too early"};
    const auto value = static_cast<std::uint8_t>(left_.front());
    left_.remove_prefix(1);
    return value;
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto next = byte();
      const std::uint64_t bits = next & 0x7f;
      if (shift == 63 && bits > 1) break;
      value |= bits << shift;
      if ((next & 0x80) == 0) return value;
    }
    throw malformed{"a number is too large"};
  }

  /// Reads a number of elements. Each takes at least a byte, so a few bytes cannot announce more than can follow.
  std::size_t count() {
    const auto value = number();
    if (value > left_.size()) throw malformed{"it announces more than follows"};
    return static_cast<std::size_t>(value);
  }

  std::string_view text() {
    const auto size = count();
    const auto value = left_.substr(0, size);
    left_.remove_prefix(size);
    return value;
  }

  replica read_replica() {
    const auto name = text();
    if (name.empty() || name.size() > max_name_bytes) throw malformed{"a node's name is 1 to 255 bytes long"};
    return {std::string{name}, number()};
  }

  replica_clocks read_clocks() {
    replica_clocks all;
    for (auto left = count(); left > 0; --left) {
      auto who = read_replica();
      if (!all.emplace(std::move(who), number()).second) throw malformed{"a replica comes twice"};
    }
    return all;
  }

  presence_delta read_delta() {
    presence_delta all;
    std::vector<std::string> topics;
    for (auto left = count(); left > 0; --left) {
      const auto [place, is_new] = all.try_emplace(read_replica());
      if (!is_new) throw malformed{"a replica comes twice"};
      auto& [seen, live] = place->second;
      read_seen(seen);
      replica_clock clock = 0;
      for (auto entries = count(); entries > 0; --entries) {
        clock = later(clock, number());
        if (!seen.contains(clock)) throw malformed{"a presence carries a clock that was not seen"};
        live.emplace_hint(live.end(), clock, read_entry(topics));
      }
    }
    return all;
  }

  void end() const {
    if (!left_.empty()) throw malformed{"something follows its end"};
  }

private:
  static replica_clock later(replica_clock than, std::uint64_t by) {
    if (by == 0 || by > std::numeric_limits<replica_clock>::max() - 1 - than) throw malformed{"clocks are in no order"};
    return than + by;
  }

  void read_seen(clock_set& seen) {
    replica_clock end = 0;
    for (auto left = count(); left > 0; --left) {
      const auto first = later(end, number());
      const auto more = number();
      end = more == 0 ? first : later(first, more);
      seen.insert(first, end);
    }
  }

  presence_ptr read_entry(std::vector<std::string>& topics) {
    presence_entry entry;
    const auto which = number();
    if (which > topics.size()) throw malformed{"the index of a topic that was not sent"};
    if (which == 0) topics.emplace_back(text());
    entry.topic = which == 0 ? topics.back() : topics[which - 1];
    entry.process = number();
    entry.key = text();
    auto meta = parse_json(text(), max_json_depth_);
    auto* const value = std::get_if<json>(&meta);
    if (value == nullptr || !value->is_object()) throw malformed{"a meta is no JSON object"};
    entry.meta = std::move(*value);
    return std::make_shared<const presence_entry>(std::move(entry));
  }

  std::string_view left_;
  std::size_t max_json_depth_;
};

addressed_message read(reader& from) {
  if (from.byte() != version) throw malformed{"it is of another version"};
  addressed_message result;
  result.part.index = from.byte();
  result.part.count = from.byte();
  if (result.part.index >= result.part.count) throw malformed{"there is no such part of the table"};
  const auto kind = from.byte();
  auto& [sender, body] = result.message;
  sender = from.read_replica();
  switch (kind) {
    case heartbeat_kind: {
      replication_message::heartbeat message;
      message.delta = from.read_delta();
      message.clocks = from.read_clocks();
      body = std::move(message);
      break;
    }
    case transfer_request_kind:
      body = replication_message::transfer_request{from.read_clocks()};
      break;
    case transfer_kind:
      body = replication_message::transfer{from.read_delta()};
      break;
    case farewell_kind:
      body = replication_message::farewell{};
      break;
    default:
      throw malformed{"it is of no known kind"};
  }
  from.end();
  return result;
}

}  // namespace

std::variant<addressed_message, std::string> decode_replication(std::string_view bytes, std::size_t max_json_depth) {
  reader from{bytes, max_json_depth};
  try {
    return read(from);
  } catch (const malformed& why) {
    return std::string{why.reason};
  }
}

}  // namespace bennu
