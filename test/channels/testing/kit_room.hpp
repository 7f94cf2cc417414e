#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include <bennu/channels/testing/channel_case.hpp>

/// The helpers that the tests of the test kit share.
namespace kit {

/// Performs the action that a client's event names.
class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("echo", [](room_channel&, bennu::payload content) { return bennu::reply(bennu::ok, std::move(content)); });
    on.in("push", [](room_channel& self, const bennu::payload& content) { self.push("pushed", content); });
    on.in("say", [](room_channel& self, const bennu::payload& content) { self.broadcast("said", content); });
    on.in("rename", [](room_channel& self, const bennu::json& content) { self.assign("name", content["to"]); });
    on.in("later", [](room_channel& self, const bennu::json& content) {
      self.send_after(std::chrono::milliseconds{content.as_int("ms")}, reminder{content.as_int("ms")});
    });
    on.in("work", [](room_channel&, const bennu::payload&) {
      return bennu::blocking([] { return bennu::reply(bennu::ok, {{"done", true}}); });
    });
    on.in("stop", [](room_channel&, const bennu::payload&) { return stop(bennu::normal); });
    on.out("seen", [](room_channel& self, const bennu::payload& content) { self.push("intercepted", content); });
    on.info([](room_channel& self, const reminder& content) { self.push("reminder", {{"ms", content.ms}}); });
    on.info([](room_channel& self, const std::string& content) { self.push("told", {{"text", content}}); });
  }

  bennu::join_result join(const bennu::topic& topic, bennu::payload params) override {
    if (topic.subtopic() == "private") return bennu::refuse({{"reason", "unauthorized"}});
    return bennu::accept(std::move(params));
  }

  int number = 42;

private:
  struct reminder {
    std::int64_t ms;
  };
};

/// A channel that does nothing.
class other_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<other_channel>&) {}
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

/// Accepts clients with a name.
class user_socket final : public bennu::user_socket {
public:
  user_socket() { channel<room_channel>("room:*"); }
  bennu::connect_result connect(const bennu::json& params, const bennu::connect_info& info,
                                bennu::assigns& to) const override {
    if (params["name"].is_null()) return bennu::deny(401, "who are you?");
    to.set("name", params["name"]);
    to.set("agent", info.user_agent.value_or("none"));
    return bennu::accept();
  }
  std::optional<std::string> id(const bennu::assigns& of) const override { return "user:" + of.as_string("name"); }
};

/// A socket that cannot be made without arguments.
class strict_socket final : public bennu::user_socket {
public:
  explicit strict_socket(std::string password) : password_(std::move(password)) { channel<room_channel>("room:*"); }
  bennu::connect_result connect(const bennu::json& params, const bennu::connect_info&, bennu::assigns&) const override {
    if (params["password"] != bennu::json{password_}) return bennu::deny();
    return bennu::accept();
  }

private:
  std::string password_;
};

/// The message of a failed expectation, or "nothing failed".
inline std::string failure_of(const std::function<void()>& failing) {
  try {
    failing();
  } catch (const bennu::testing::failure& f) {
    return f.what();
  }
  return "nothing failed";
}

/// The first lines of a failure's message, without the list of events.
inline std::string said_by(const std::function<void()>& failing) {
  const auto all = failure_of(failing);
  const auto begin = all.find(": ");
  return all.substr(begin + 2, all.find("\nevents") - begin - 2);
}

}  // namespace kit
