#include <bennu/pubsub/internal/broker_format.hpp>

#include <bennu/pubsub/internal/link_format.hpp>
#include <bennu/runtime/bytes.hpp>

namespace bennu {

namespace {

constexpr std::string_view magic = "bennu";
constexpr std::uint16_t version = 1;

std::string begin(char kind, const node_id& from) {
  std::string out{magic};
  append_number(out, version);
  out.push_back(kind);
  append_text(out, from.name);
  append_number(out, from.incarnation);
  return out;
}

std::optional<broker_message> read_body(char kind, node_id who, byte_reader& from) {
  switch (kind) {
    case 'h': {
      const auto why = from.number<std::uint8_t>();
      if (from.failed() || !from.at_end() || why > static_cast<std::uint8_t>(broker_hello::purpose::farewell)) break;
      return broker_hello{std::move(who), static_cast<broker_hello::purpose>(why)};
    }
    case 'b': {
      broker_batch result{std::move(who), from.number<std::uint64_t>(), from.number<std::uint64_t>(),
                          from.number<std::uint64_t>(), from.rest()};
      if (from.failed() || result.link == 0) break;
      return result;
    }
    case 'r': {
      broker_reset result{std::move(who), from.number<std::uint64_t>(), from.number<std::uint64_t>()};
      if (from.failed() || !from.at_end() || result.link == 0) break;
      return result;
    }
    default:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::string encode(const broker_hello& message) {
  auto out = begin('h', message.from);
  append_number(out, static_cast<std::uint8_t>(message.why));
  return out;
}

std::string encode(const broker_batch& message) {
  auto out = begin('b', message.from);
  out.reserve(out.size() + 3 * sizeof(std::uint64_t) + message.records.size());
  append_number(out, message.to_incarnation);
  append_number(out, message.link);
  append_number(out, message.number);
  out.append(message.records);
  return out;
}

std::string encode(const broker_reset& message) {
  auto out = begin('r', message.from);
  append_number(out, message.to_incarnation);
  append_number(out, message.link);
  return out;
}

std::optional<broker_message> decode_broker_message(std::string_view bytes) {
  byte_reader from{bytes};
  if (from.take(magic.size()) != magic || from.number<std::uint16_t>() != version) return std::nullopt;
  const auto kind = from.number<char>();
  node_id who{std::string{from.text()}, from.number<std::uint64_t>()};
  if (from.failed() || !is_node_name(who.name) || who.incarnation == 0) return std::nullopt;
  return read_body(kind, std::move(who), from);
}

}  // namespace bennu
