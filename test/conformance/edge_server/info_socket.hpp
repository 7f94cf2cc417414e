#pragma once

#include <bennu/channels/user_socket.hpp>

namespace edge {

/// Sends its clients the `connect_info`, on the topic `info`: the join's reply is the result of `describe`. `connect`
/// refuses in the way that the client selects:
///
///     status, body   deny(status, body)
///     throw          connect throws: "error", or "number" for an object other than a std::exception
///     throw_in_id    id throws in the same way
///
/// The user of a cookie `session`, signed as by Phoenix.Token, is the member "session" of the same reply.
class info_socket : public bennu::user_socket {
public:
  info_socket();

  bennu::connect_result connect(const bennu::json& params, const bennu::connect_info& info,
                                bennu::assigns& to) const override;
  std::optional<std::string> id(const bennu::assigns& of) const override;
};

/// A socket whose joins run side by side, and may take half a second.
class hasty_socket final : public info_socket {
public:
  bool joins_side_by_side() const noexcept override { return true; }
};

}  // namespace edge
