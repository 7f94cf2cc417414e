#pragma once

#include <chrono>
#include <stdexcept>

#include <bennu/channels/channel.hpp>

namespace edge {

/// Throws in whichever callback the client wants: in `join` where its payload says so, else on the event of that name.
/// A payload `{"what": "number"}` has it throw what is no std::exception. Otherwise it echoes, and says what it is
/// told.
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

/// Cannot be made.
class unborn_channel final : public bennu::channel {
public:
  unborn_channel() { throw std::runtime_error("unborn"); }
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

}  // namespace edge
