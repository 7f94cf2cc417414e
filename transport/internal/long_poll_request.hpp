#pragma once

#include <functional>
#include <span>
#include <utility>

#include <bennu/runtime/ref.hpp>
#include <bennu/transport/internal/long_poll_body.hpp>

namespace bennu {

/// A request to a session, which carries its answer back.
///
/// It is answered once. If it has no answer when its last reference is released, because its session is gone, it
/// answers `gone` itself, so no request waits for ever. Any thread may hold one. It is answered on one thread.
class long_poll_request final : public ref_counted {
public:
  /// Sends an answer to the client. Any thread may call.
  /// @param on_delivered called once, on any thread, with true if the kernel has accepted the complete answer; may be
  /// empty
  using responder = std::function<void(long_poll_status, std::span<const ref<const frame>> messages,
                                       std::function<void(bool)> on_delivered)>;

  explicit long_poll_request(responder respond) : respond_(std::move(respond)) {}

  /// Answers the request, unless it was answered before.
  void answer(long_poll_status status, std::span<const ref<const frame>> messages = {},
              std::function<void(bool)> on_delivered = {}) {
    if (const auto respond = std::exchange(respond_, {})) respond(status, messages, std::move(on_delivered));
  }

private:
  ~long_poll_request() override { answer(long_poll_status::gone); }

  responder respond_;
};

}  // namespace bennu
