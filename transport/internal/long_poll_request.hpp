#pragma once

#include <functional>
#include <span>
#include <utility>

#include <bennu/runtime/ref.hpp>
#include <bennu/transport/internal/long_poll_body.hpp>

namespace bennu {

/// A request on its way through its session, and the way back of its answer.
///
/// It is answered once. Where nobody does, because its session is gone, it answers `gone` by itself when the last
/// reference to it goes: no request waits for ever. Any thread may hold one; those who answer share a thread.
class long_poll_request final : public ref_counted {
public:
  /// Brings an answer to the client; any thread may call.
  /// @param on_taken called once, on some thread, with whether the kernel took the answer; may be empty
  using responder = std::function<void(long_poll_status, std::span<const ref<const frame>> messages,
                                       std::function<void(bool)> on_taken)>;

  explicit long_poll_request(responder respond) : respond_(std::move(respond)) {}

  /// The first answer counts.
  void answer(long_poll_status status, std::span<const ref<const frame>> messages = {},
              std::function<void(bool)> on_taken = {}) {
    if (const auto respond = std::exchange(respond_, {})) respond(status, messages, std::move(on_taken));
  }

private:
  ~long_poll_request() override { answer(long_poll_status::gone); }

  responder respond_;
};

}  // namespace bennu
