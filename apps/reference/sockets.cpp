#include "sockets.hpp"

#include <chrono>
#include <functional>
#include <utility>

#include "log_channel.hpp"
#include "node_channel.hpp"
#include "presence_channel.hpp"
#include "room_channel.hpp"

namespace reference {

namespace {

/// `audit`: only receives.
class audit_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<audit_channel>&) {}
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

std::string secret_key_base() {
  std::string all;
  for (int i = 0; i < 8; ++i) all += "reference";
  return all;
}

}  // namespace

open_socket::open_socket(bennu::endpoint& server, bennu::presence& here) {
  channel<room_channel>("room:*");
  channel<log_channel>("log:*");
  channel<audit_channel>("audit");
  if (server.node_name() != "local") channel<node_channel>("node", std::ref(server));  // a node that is not alone
  channel<presence_channel>("presence:*", std::ref(here));
}

bennu::connect_result open_socket::connect(const bennu::json& params, const bennu::connect_info&,
                                           bennu::assigns& to) const {
  if (params.find("reject") != nullptr) return bennu::deny();
  if (params["user"].is_string()) to.set("user", params["user"]);
  return bennu::accept();
}

std::optional<std::string> open_socket::id(const bennu::assigns& of) const {
  const auto* user = of["user"].if_string();
  if (user == nullptr) return std::nullopt;
  return "user_socket:" + *user;
}

strict_socket::strict_socket(bennu::endpoint& server, bennu::presence& here)
    : open_socket(server, here), tokens_(secret_key_base()) {}

bennu::connect_result strict_socket::connect(const bennu::json& params, const bennu::connect_info&,
                                             bennu::assigns& to) const {
  const auto* token = params["token"].if_string();
  if (token == nullptr) return bennu::deny();
  const auto user = tokens_.verify("user socket", *token, {.max_age = std::chrono::seconds{60}});
  const auto* name = std::get_if<bennu::json>(&user);
  if (name == nullptr || !name->is_string()) return bennu::deny();
  to.set("user", *name);
  return bennu::accept();
}

jwt_socket::jwt_socket(bennu::endpoint& server, bennu::presence& here, std::optional<bennu::jwt_verifier> tokens)
    : open_socket(server, here), tokens_(std::move(tokens)) {}

bennu::connect_result jwt_socket::connect(const bennu::json& params, const bennu::connect_info& info,
                                          bennu::assigns& to) const {
  const auto* param = params["token"].if_string();
  const auto text = info.auth_token.value_or(param != nullptr ? *param : "");
  if (!tokens_) return bennu::deny();
  const auto result = tokens_->verify(text);
  const auto* token = std::get_if<bennu::verified_jwt>(&result);
  if (token == nullptr) return bennu::deny();
  to.set("user", token->claims["sub"]);
  return bennu::accept();
}

}  // namespace reference
