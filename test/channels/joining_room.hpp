#pragma once

#include <bennu/channels/testing/channel_case.hpp>

namespace joining {

using namespace bennu::testing;
using bennu::json;
using bennu::payload;
using bennu::reply;

/// Joins slowly, or refuses, if the client's payload asks for it.
class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("ping", [](room_channel&, const payload&) { return reply(bennu::ok); });
    on.in("slow", [](room_channel&, const payload&) { return bennu::blocking([] { return reply(bennu::ok); }); });
    on.in("stop", [](room_channel&, const payload&) { return stop(bennu::normal); });
  }
  bennu::join_result join(const bennu::topic&, payload params) override {
    const auto& wanted = params.as_json();
    if (wanted["refuse"] == json{true}) return bennu::refuse({{"reason", "full"}});
    if (wanted["slow"] == json{true}) return bennu::blocking([] { return bennu::accept({{"slow", true}}); });
    return bennu::accept();
  }
};

class user_socket : public bennu::user_socket {
public:
  user_socket() { channel<room_channel>("room:*"); }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

class side_by_side final : public user_socket {
public:
  bool joins_side_by_side() const noexcept override { return true; }
};

inline const payload slow{{"slow", true}};

}  // namespace joining
