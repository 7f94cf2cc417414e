#pragma once

#include <bennu/channels/presence.hpp>
#include <bennu/channels/user_socket.hpp>

#include "rooms.hpp"

namespace chat {

/// `/socket`: a client with a name may connect.
class user_socket final : public bennu::user_socket {
public:
  /// Both arguments must live until the endpoint has stopped.
  user_socket(rooms& all, bennu::presence& here);

  bennu::connect_result connect(const bennu::json& params, const bennu::connect_info& info,
                                bennu::assigns& to) const override;
};

}  // namespace chat
