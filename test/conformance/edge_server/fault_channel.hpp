#pragma once

#include <chrono>
#include <stdexcept>

#include <bennu/channels/channel.hpp>

namespace edge {

/// Throws in the callback that the client selects: in `join` if its payload asks for it, else on the event of that
/// name. With the payload `{"what": "number"}` it throws an object other than a std::exception. Otherwise it echoes,
/// and reports its messages.
class fault_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<fault_channel>& on);

  bennu::join_result join(const bennu::topic&, bennu::payload params) override;
  void terminate(const bennu::exit_reason&) override;

private:
  struct throw_now {
    bennu::json how;
  };

  bool throws_in_terminate_ = false;
};

/// A class whose constructor throws.
class unborn_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<unborn_channel>&) {}
  unborn_channel() { throw std::runtime_error("unborn"); }
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

}  // namespace edge
