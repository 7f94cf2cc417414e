#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <bennu/channels/testing/channel_case.hpp>

namespace busy {

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::exit_reason;
using bennu::json;
using bennu::metric;
using bennu::payload;
using bennu::reply;
using state = client_channel::state;

struct stop_now {};

/// Answers "ping" at once and "slow" with a job. Joins with a job, or fails, if the payload asks for it.
class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("ping", [](room_channel&, const payload&) { return reply(bennu::ok); });
    on.in("slow", [](room_channel&, const payload&) { return bennu::blocking([] { return reply(bennu::ok); }); });
    on.in("crash", [](room_channel&, const payload&) { throw std::runtime_error("boom"); });
    on.in("hoard", [](room_channel& self, const payload&) { self.hoard_.assign(1 << 20, 'x'); });
    on.in("stop_later", [](room_channel& self, const payload&) { self.send_self(stop_now{}); });
    on.any([](room_channel&, std::string_view event, const payload&) {
      throw std::runtime_error("no such event: " + std::string{event});
    });
    on.info([](room_channel&, const stop_now&) { return stop(bennu::normal); });
  }
  bennu::join_result join(const bennu::topic&, payload params) override {
    const auto& wanted = params.as_json();
    if (wanted["crash"] == json{true}) throw std::runtime_error("boom");
    if (wanted["slow"] == json{true}) return bennu::blocking([] { return bennu::accept(); });
    return bennu::accept();
  }

private:
  std::string hoard_;
};

class user_socket final : public bennu::user_socket {
public:
  user_socket() {
    channel<room_channel>("room:*");
    channel<room_channel>("other:*");
  }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

inline const payload slow{{"slow", true}};

}  // namespace busy
