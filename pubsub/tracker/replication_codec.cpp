#include <bennu/pubsub/tracker/replication_codec.hpp>
#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/json_write.hpp>

#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace bennu {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t max_name_bytes = 255;
enum kind : std::uint8_t { heartbeat_kind = 1, transfer_request_kind = 2, transfer_kind = 3, farewell_kind = 4 };

// -- writing ----------------------------------------------------------------------------------------------------------

class writer {
public:
  void byte(std::uint8_t value) { out_ += static_cast<char>(value); }

  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }

  void text(std::string_view value) {
    number(value.size());
    out_ += value;
  }

  void write(const replica& who) {
    if (who.name.size() > max_name_bytes) throw std::invalid_argument("a node's name may be 255 bytes long");
    text(who.name);
    number(who.incarnation);
  }

  void write(const replica_clocks& all) {
    number(all.size());
    for (const auto& [who, clock] : all) {
      write(who);
      number(clock);
    }
  }

  void write(const presence_delta& all) {
    std::map<std::string_view, std::size_t> topics;
    number(all.size());
    for (const auto& [who, presences] : all) {
      write(who);
      write(presences.seen);
      number(presences.live.size());
      replica_clock before = 0;
      for (const auto& [clock, what] : presences.live) {
        number(clock - std::exchange(before, clock));
        topic(what->topic, topics);
        number(what->process);
        text(what->key);
        json_.clear();
        append_json(json_, what->meta);
        text(json_);
      }
    }
  }

  void operator()(const replication_message::heartbeat& what) {
    byte(heartbeat_kind);
    write(from_);
    write(what.delta);
    write(what.clocks);
  }
  void operator()(const replication_message::transfer_request& what) {
    byte(transfer_request_kind);
    write(from_);
    write(what.wanted);
  }
  void operator()(const replication_message::transfer& what) {
    byte(transfer_kind);
    write(from_);
    write(what.delta);
  }
  void operator()(const replication_message::farewell&) {
    byte(farewell_kind);
    write(from_);
  }

  explicit writer(const replica& from) : from_(from) {}
  std::string take() { return std::move(out_); }

private:
  void write(const clock_set& seen) {
    number(seen.ranges().size());
    replica_clock end = 0;
    for (const auto& [first, last] : seen.ranges()) {
      number(first - end);
      number(last - first);
      end = last;
    }
  }

  void topic(const std::string& name, std::map<std::string_view, std::size_t>& known) {
    const auto [found, is_new] = known.try_emplace(name, known.size() + 1);
    number(is_new ? 0 : found->second);
    if (is_new) text(name);
  }

  const replica& from_;
  std::string out_;
  std::string json_;
};

// -- reading ----------------------------------------------------------------------------------------------------------

struct malformed {
  const char* what;
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
  auto& [sender, what] = result.message;
  sender = from.read_replica();
  switch (kind) {
    case heartbeat_kind: {
      replication_message::heartbeat message;
      message.delta = from.read_delta();
      message.clocks = from.read_clocks();
      what = std::move(message);
      break;
    }
    case transfer_request_kind:
      what = replication_message::transfer_request{from.read_clocks()};
      break;
    case transfer_kind:
      what = replication_message::transfer{from.read_delta()};
      break;
    case farewell_kind:
      what = replication_message::farewell{};
      break;
    default:
      throw malformed{"it is of no known kind"};
  }
  from.end();
  return result;
}

}  // namespace

std::string encode_replication(const table_part& part, const replication_message& what) {
  writer out{what.from};
  out.byte(version);
  out.byte(part.index);
  out.byte(part.count);
  std::visit(out, what.what);
  return out.take();
}

std::variant<addressed_message, std::string> decode_replication(std::string_view bytes, std::size_t max_json_depth) {
  reader from{bytes, max_json_depth};
  try {
    return read(from);
  } catch (const malformed& why) {
    return std::string{why.what};
  }
}

}  // namespace bennu
