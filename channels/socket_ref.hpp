#pragma once

#include <memory>

#include <bennu/channels/outcome.hpp>

namespace bennu {

struct socket_ref_state;

/// Refers to a push, so that any thread or actor can reply to it later, any number of times. Copies refer to the same
/// push. Replies are sent even after the channel has ended. Once the connection is gone, they are dropped.
class socket_ref {
public:
  explicit socket_ref(std::shared_ptr<const socket_ref_state> s) noexcept : state_(std::move(s)) {}
  const socket_ref_state& get() const noexcept { return *state_; }

private:
  std::shared_ptr<const socket_ref_state> state_;
};

/// Answers the push that `to` refers to.
/// @throws std::invalid_argument if the client's protocol cannot express the payload
void reply(const socket_ref& to, const status& how, const payload& body = {});

}  // namespace bennu
