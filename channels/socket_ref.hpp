#pragma once

#include <memory>

#include <bennu/channels/outcome.hpp>

namespace bennu {

/// The address of an answer: a push that may be replied to later, by any thread or actor, any number of times. Copies
/// refer to the same push. It works even after the channel has ended; once the connection is gone, replies go nowhere.
class socket_ref {
public:
  struct state;
  explicit socket_ref(std::shared_ptr<const state> s) noexcept : state_(std::move(s)) {}
  const state& get() const noexcept { return *state_; }

private:
  std::shared_ptr<const state> state_;
};

/// Answers the push that `to` was made for.
/// @throws std::invalid_argument where the client's protocol cannot express the payload
void reply(const socket_ref& to, const status& what, const payload& body = {});

}  // namespace bennu
