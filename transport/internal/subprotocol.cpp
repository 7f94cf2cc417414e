#include <bennu/transport/internal/subprotocol.hpp>

#include <algorithm>

#include <bennu/runtime/base64.hpp>
#include <bennu/transport/internal/header_list.hpp>

namespace bennu {
namespace {

constexpr std::string_view token_prefix = "base64url.bearer.phx.";

bool is_token(std::string_view protocol) { return protocol.starts_with(token_prefix); }

std::string join(const std::vector<std::string_view>& protocols) {
  std::string text;
  for (const auto protocol : protocols) {
    if (!text.empty()) text += ", ";
    text += protocol;
  }
  return text;
}

}  // namespace

subprotocol_result choose_subprotocol(std::span<const std::string_view> offered,
                                      std::span<const std::string> configured, bool auth_token) {
  auto protocols = header_elements(offered);
  bool is_offered = !offered.empty();
  subprotocol_choice choice;
  if (auth_token && std::count_if(protocols.begin(), protocols.end(), is_token) == 1) {
    const auto token = std::find_if(protocols.begin(), protocols.end(), is_token);
    choice.auth_token = base64_decode(token->substr(token_prefix.size()));
    if (!choice.auth_token) return malformed_auth_token{};
    protocols.erase(token);
    is_offered = !protocols.empty();
  }
  choice.requested = join(protocols);
  if (!is_offered || (configured.empty() && !auth_token)) return choice;

  const auto is_common = [&](std::string_view ours) {
    return std::find(protocols.begin(), protocols.end(), ours) != protocols.end();
  };
  if (auth_token && is_common("phoenix")) {
    choice.protocol = "phoenix";
    return choice;
  }
  const auto common = std::find_if(configured.begin(), configured.end(), is_common);
  if (common == configured.end()) return subprotocol_refused{};
  choice.protocol = *common;
  return choice;
}

}  // namespace bennu
