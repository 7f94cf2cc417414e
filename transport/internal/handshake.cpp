#include <bennu/transport/internal/handshake.hpp>

#include <array>
#include <stdexcept>

#include <openssl/evp.h>

#include <bennu/runtime/base64.hpp>
#include <bennu/transport/internal/header_list.hpp>

namespace bennu {
namespace {

/// A header's value for an error message: its beginning, in printable characters.
std::string quote(std::string_view value) {
  constexpr std::size_t max_shown = 64;
  std::string text = "\"";
  for (const char c : value.substr(0, max_shown)) {
    if (c == '"' || c == '\\') text.push_back('\\');
    text.push_back(c >= ' ' && c < 0x7F ? c : '?');
  }
  text += value.size() > max_shown ? "...\"" : "\"";
  return text;
}

std::string describe(std::string_view header, std::string_view rule, const std::vector<std::string_view>& got) {
  std::string text = "'" + std::string{header} + "' header must " + std::string{rule} + ", got [";
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (i > 0) text += ", ";
    text += quote(got[i]);
  }
  return text + "]";
}

}  // namespace

std::optional<std::string> upgrade_error(const upgrade_headers& headers) {
  const auto& [connection, upgrade, key, version] = headers;
  if (!header_contains(connection, "upgrade")) return describe("connection", "contain 'upgrade'", connection);
  if (!header_contains(upgrade, "websocket")) return describe("upgrade", "contain 'websocket'", upgrade);
  // RFC 6455 requires 16 bytes in base64. But small devices send other keys, and the answer can be computed from any
  // key.
  if (key.size() != 1 || key.front().empty()) return describe("sec-websocket-key", "have one value", key);
  if (version.size() != 1 || version.front() != "13") return describe("sec-websocket-version", "equal '13'", version);
  return std::nullopt;
}

std::string websocket_accept(std::string_view key) {
  constexpr std::string_view suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // section 1.3
  const auto text = std::string{key} + std::string{suffix};
  std::array<char, 20> digest;
  if (EVP_Digest(text.data(), text.size(), reinterpret_cast<unsigned char*>(digest.data()), nullptr, EVP_sha1(),
                 nullptr) != 1) {
    throw std::runtime_error("OpenSSL cannot compute a SHA-1 digest, which WebSocket handshakes need");
  }
  return base64_encode({digest.data(), digest.size()});
}

}  // namespace bennu
