#include <bennu/pubsub/internal/link_format.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

#include <bennu/pubsub/internal/interest_map.hpp>
#include <bennu/runtime/bytes.hpp>

namespace bennu {

namespace {

constexpr std::string_view magic = "bennu";
constexpr std::uint16_t version = 3;

void append_node(std::string& out, const known_node& node) {
  append_text(out, node.name);
  append_text(out, node.address.host);
  append_number(out, node.address.port);
}

known_node read_node(byte_reader& from) {
  known_node node;
  node.name = from.text();
  node.address.host = from.text();
  node.address.port = from.number<std::uint16_t>();
  return node;
}

}  // namespace

std::string to_string(const node_address& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return (is_ipv6 ? '[' + address.host + ']' : address.host) + ':' + std::to_string(address.port);
}

std::optional<node_address> parse_node_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find_first_of(":[]") != std::string_view::npos) {
    return std::nullopt;
  }
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (host.empty() || error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return node_address{std::string{host}, port};
}

bool is_node_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 255 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
}

namespace {

std::string begin(char kind) {
  std::string out{magic};
  append_number(out, version);
  out.push_back(kind);
  return out;
}

std::string encode_hello(char kind, const node_hello& hello) {
  auto out = begin(kind);
  append_number(out, static_cast<std::uint8_t>(hello.purpose));
  append_text(out, hello.self.name);
  append_number(out, hello.self.incarnation);
  append_text(out, hello.address.host);
  append_number(out, hello.address.port);
  append_number(out, static_cast<std::uint32_t>(hello.others.size()));
  for (const auto& node : hello.others) append_node(out, node);
  return out;
}

std::variant<node_hello, hello_error> read_hello(byte_reader& from) {
  node_hello result;
  const auto purpose = from.number<std::uint8_t>();
  result.purpose = static_cast<hello_purpose>(purpose);
  result.self.name = from.text();
  result.self.incarnation = from.number<std::uint64_t>();
  result.address.host = from.text();
  result.address.port = from.number<std::uint16_t>();
  for (auto left = from.number<std::uint32_t>(); left > 0 && !from.failed(); --left) {
    result.others.push_back(read_node(from));
  }
  const bool is_valid = !from.failed() && from.at_end() && is_node_name(result.self.name) &&
                        result.self.incarnation != 0 && result.purpose <= hello_purpose::actors;
  if (!is_valid) return hello_error::malformed;
  return result;
}

}  // namespace

std::string encode(const node_hello& hello) { return encode_hello('h', hello); }

std::string encode_welcome(const node_hello& hello) { return encode_hello('w', hello); }

std::string encode(const node_refusal& refusal) {
  auto out = begin('r');
  append_number(out, static_cast<std::uint8_t>(refusal.reason));
  append_text(out, refusal.text);
  return out;
}

std::variant<node_hello, hello_error> decode_node_hello(std::string_view bytes) {
  byte_reader from{bytes};
  if (from.take(magic.size()) != magic) return hello_error::malformed;
  const auto theirs = from.number<std::uint16_t>();
  if (!from.failed() && theirs != version) return hello_error::other_version;
  if (from.number<char>() != 'h') return hello_error::malformed;
  return read_hello(from);
}

std::variant<node_hello, node_refusal, hello_error> decode_hello_answer(std::string_view bytes) {
  byte_reader from{bytes};
  if (from.take(magic.size()) != magic) return hello_error::malformed;
  const auto theirs = from.number<std::uint16_t>();
  const auto kind = from.number<char>();
  if (kind == 'r') {
    node_refusal refusal;
    const auto reason = from.number<std::uint8_t>();
    refusal.text = from.text();
    if (from.failed() || reason > static_cast<std::uint8_t>(refusal_reason::not_linked)) return hello_error::malformed;
    refusal.reason = static_cast<refusal_reason>(reason);
    return refusal;
  }
  if (!from.failed() && theirs != version) return hello_error::other_version;
  if (kind != 'w') return hello_error::malformed;
  const auto read = read_hello(from);
  if (const auto* hello = std::get_if<node_hello>(&read)) return *hello;
  return hello_error::malformed;
}

void append(std::string& batch, const record_message& record) {
  batch.push_back('m');
  append_text(batch, record.bytes);
}

void append(std::string& batch, const record_interest& record) {
  batch.push_back('w');
  append_number(batch, record.number);
  append_text(batch, record.bits);
}

void append(std::string& batch, std::uint64_t number, const std::vector<std::uint32_t>& changes) {
  batch.push_back('c');
  append_number(batch, number);
  append_number(batch, static_cast<std::uint32_t>(changes.size() * sizeof(std::uint32_t)));
  for (const auto change : changes) append_number(batch, change);
}

void append(std::string& batch, const record_confirmed& record) {
  batch.push_back('a');
  append_number(batch, record.bytes);
  append_number(batch, record.messages);
  append_number(batch, record.change);
}

void append(std::string& batch, const record_node& record) {
  batch.push_back('n');
  append_node(batch, record.node);
}

void append(std::string& batch, const record_dropped&) { batch.push_back('d'); }

void append(std::string& batch, const record_leave&) { batch.push_back('l'); }

bool batch_reader::read(std::string_view batch) {
  byte_reader from{batch};
  while (!from.at_end()) {
    switch (from.number<char>()) {
      case 'm': {
        const record_message record{from.text()};
        if (from.failed()) return false;
        on(record);
        break;
      }
      case 'w': {
        const auto number = from.number<std::uint64_t>();
        const auto bits = from.text();
        if (from.failed() || (!bits.empty() && bits.size() != interest_map::bytes)) return false;
        on(record_interest{number, bits});
        break;
      }
      case 'c': {
        const auto number = from.number<std::uint64_t>();
        const auto changes = from.text();
        if (from.failed() || changes.size() % sizeof(std::uint32_t) != 0) return false;
        on(record_interest_changes{number, changes});
        break;
      }
      case 'a': {
        const auto bytes = from.number<std::uint64_t>();
        const auto messages = from.number<std::uint64_t>();
        const auto change = from.number<std::uint64_t>();
        if (from.failed()) return false;
        on(record_confirmed{bytes, messages, change});
        break;
      }
      case 'n': {
        record_node record{read_node(from)};
        if (from.failed()) return false;
        on(record);
        break;
      }
      case 'd':
        on(record_dropped{});
        break;
      case 'l':
        on(record_leave{});
        break;
      default:
        return false;
    }
  }
  return true;
}

}  // namespace bennu
