#pragma once

#include <optional>
#include <string>

#include <bennu/channels/endpoint.hpp>
#include <bennu/channels/jwt/jwt_verifier.hpp>
#include <bennu/channels/presence.hpp>
#include <bennu/channels/token.hpp>
#include <bennu/channels/user_socket.hpp>

namespace reference {

/// `/socket`: every client may connect, under a name or without one.
class open_socket : public bennu::user_socket {
public:
  open_socket(bennu::endpoint& server, bennu::presence& here);
  bennu::connect_result connect(const bennu::json& params, const bennu::connect_info& info,
                                bennu::assigns& to) const override;
  std::optional<std::string> id(const bennu::assigns& of) const override;
};

/// `/strict`: clients with a signed token may connect.
class strict_socket final : public open_socket {
public:
  strict_socket(bennu::endpoint& server, bennu::presence& here);
  bennu::connect_result connect(const bennu::json& params, const bennu::connect_info& info,
                                bennu::assigns& to) const override;

private:
  bennu::token tokens_;
};

/// `/jwt`: clients with a good token of an identity provider may connect, as the user that its `sub` names.
class jwt_socket final : public open_socket {
public:
  /// @param tokens without it no client may connect
  jwt_socket(bennu::endpoint& server, bennu::presence& here, std::optional<bennu::jwt_verifier> tokens);
  bennu::connect_result connect(const bennu::json& params, const bennu::connect_info& info,
                                bennu::assigns& to) const override;

private:
  std::optional<bennu::jwt_verifier> tokens_;
};

}  // namespace reference
