#include <map>
#include <stdexcept>
#include <utility>

#include <bennu/pubsub/tracker/internal/replication_format.hpp>
#include <bennu/pubsub/tracker/replication_codec.hpp>
#include <bennu/runtime/json_write.hpp>

namespace bennu {

using namespace replication_format;

namespace {

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
      for (const auto& [clock, presence] : presences.live) {
        number(clock - std::exchange(before, clock));
        topic(presence->topic, topics);
        number(presence->process);
        text(presence->key);
        json_.clear();
        append_json(json_, presence->meta);
        text(json_);
      }
    }
  }

  void operator()(const replication_message::heartbeat& message) {
    byte(heartbeat_kind);
    write(from_);
    write(message.delta);
    write(message.clocks);
  }
  void operator()(const replication_message::transfer_request& message) {
    byte(transfer_request_kind);
    write(from_);
    write(message.since);
  }
  void operator()(const replication_message::transfer& message) {
    byte(transfer_kind);
    write(from_);
    write(message.delta);
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

}  // namespace

std::string encode_replication(const table_part& part, const replication_message& message) {
  writer out{message.from};
  out.byte(version);
  out.byte(part.index);
  out.byte(part.count);
  std::visit(out, message.body);
  return out.take();
}

}  // namespace bennu
