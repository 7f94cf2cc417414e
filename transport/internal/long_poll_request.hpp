#pragma once

#include <functional>
#include <span>
#include <utility>

#include <bennu/runtime/ref.hpp>
#include <bennu/transport/internal/long_poll_body.hpp>

namespace bennu {

/// A request on its way through its session, and the way back of its answer.
///
/// It is answered once. If nobody does, because its session is gone, it answers `gone` by itself when the last
/// reference to it goes: no request waits for ever. Any thread may hold one; it is answered on one thread.
class long_poll_request final : public ref_counted {
public:
  /// Brings an answer to the client; any thread may call.
  /// @param on_delivered called once, on some thread: true if the kernel took the whole answer; may be empty
  using responder = std::function<void(long_poll_status, std::span<const ref<const frame>> messages,
                                       std::function<void(bool)> on_delivered)>;

  explicit long_poll_request(responder respond) : respond_(std::move(respond)) {}

  /// The first answer counts.
  void answer(long_poll_status status, std::span<const ref<const frame>> messages = {},
              std::function<void(bool)> on_delivered = {}) {
    if (const auto respond = std::exchange(respond_, {})) respond(status, messages, std::move(on_delivered));
  }

private:
  ~long_poll_request() override { answer(long_poll_status::gone); }

  responder respond_;
};

}  // namespace bennu
