#include <bennu/pubsub/internal/link_format.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

#include <bennu/pubsub/internal/interest_map.hpp>
#include <bennu/runtime/bytes.hpp>

namespace bennu {

namespace {

constexpr std::string_view magic = "bennu";
constexpr std::uint16_t version = 1;

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

std::string encode(const node_hello& what) {
  std::string out{magic};
  append_number(out, version);
  append_text(out, what.self.name);
  append_number(out, what.self.incarnation);
  append_text(out, what.address.host);
  append_number(out, what.address.port);
  append_number(out, static_cast<std::uint32_t>(what.others.size()));
  for (const auto& node : what.others) append_node(out, node);
  return out;
}

std::optional<node_hello> decode_node_hello(std::string_view bytes) {
  byte_reader from{bytes};
  if (from.take(magic.size()) != magic || from.number<std::uint16_t>() != version) return std::nullopt;
  node_hello result;
  result.self.name = from.text();
  result.self.incarnation = from.number<std::uint64_t>();
  result.address.host = from.text();
  result.address.port = from.number<std::uint16_t>();
  for (auto left = from.number<std::uint32_t>(); left > 0 && !from.failed(); --left) {
    result.others.push_back(read_node(from));
  }
  if (from.failed() || !from.at_end() || !is_node_name(result.self.name) || result.self.incarnation == 0) return std::nullopt;
  return result;
}

void append(std::string& batch, const record_message& what) {
  batch.push_back('m');
  append_text(batch, what.bytes);
}

void append(std::string& batch, const record_wants& what) {
  batch.push_back('w');
  append_number(batch, what.number);
  append_text(batch, what.bits);
}

void append(std::string& batch, std::uint64_t number, const std::vector<std::uint32_t>& changes) {
  batch.push_back('c');
  append_number(batch, number);
  append_number(batch, static_cast<std::uint32_t>(changes.size() * sizeof(std::uint32_t)));
  for (const auto change : changes) append_number(batch, change);
}

void append(std::string& batch, const record_confirmed& what) {
  batch.push_back('a');
  append_number(batch, what.bytes);
  append_number(batch, what.messages);
  append_number(batch, what.change);
}

void append(std::string& batch, const record_node& what) {
  batch.push_back('n');
  append_node(batch, what.node);
}

void append(std::string& batch, const record_leave&) { batch.push_back('l'); }

bool batch_reader::read(std::string_view batch) {
  byte_reader from{batch};
  while (!from.at_end()) {
    switch (from.number<char>()) {
      case 'm': {
        const record_message what{from.text()};
        if (from.failed()) return false;
        on(what);
        break;
      }
      case 'w': {
        const auto number = from.number<std::uint64_t>();
        const auto bits = from.text();
        if (from.failed() || (!bits.empty() && bits.size() != interest_map::bytes)) return false;
        on(record_wants{number, bits});
        break;
      }
      case 'c': {
        const auto number = from.number<std::uint64_t>();
        const auto changes = from.text();
        if (from.failed() || changes.size() % sizeof(std::uint32_t) != 0) return false;
        on(record_changes{number, changes});
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
        record_node what{read_node(from)};
        if (from.failed()) return false;
        on(what);
        break;
      }
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
