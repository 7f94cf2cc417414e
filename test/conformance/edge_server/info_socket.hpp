#pragma once

#include <bennu/channels/user_socket.hpp>

namespace edge {

/// Tells its clients what `connect` was told, on the topic `info`: the join's reply is what `describe` makes of
/// that. Connect refuses in every way that the client asks for:
///
///     status, body   deny(status, body)
///     throw          connect throws: "error", or "number" for what is no std::exception
///     throw_in_id    so does id
///
/// A cookie `session`, signed as Phoenix.Token does, makes its user known, as "session" in the same reply.
class info_socket : public bennu::user_socket {
public:
  info_socket();

  bennu::connect_result connect(const bennu::json& params, const bennu::connect_info& info,
                                bennu::assigns& to) const override;
  std::optional<std::string> id(const bennu::assigns& of) const override;
};

/// Its joins run side by side, and may take half a second.
class hasty_socket final : public info_socket {
public:
  bool joins_side_by_side() const noexcept override { return true; }
};

}  // namespace edge
