#pragma once

#include <string>

#include <bennu/channels/presence.hpp>
#include <bennu/channels/user_socket.hpp>

#include "rooms.hpp"
#include "text.hpp"

namespace chat {

/// The person behind a socket, known to all its channels: the cleaned name that the client connected with. This chat
/// has no passwords.
struct visitor {
  std::string name;

  static void fields(auto& self, auto&& f) { f("name", self.name, bennu::length(1, max_name_bytes), visible()); }
};

/// `/socket`: a client with a name may connect.
class user_socket final : public bennu::user_socket {
public:
  /// Both arguments must live until the endpoint has stopped.
  user_socket(rooms& all, bennu::presence& here);

  bennu::connect_result connect(const bennu::json& params, const bennu::connect_info& info,
                                bennu::assigns& to) const override;
};

}  // namespace chat
