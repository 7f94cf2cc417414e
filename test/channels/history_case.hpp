#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <bennu/channels/testing/channel_case.hpp>
#include <bennu/runtime/json_parse.hpp>

namespace history_tests {

using namespace bennu::testing;
using namespace bennu::literals;
using namespace std::chrono_literals;
using bennu::binary;
using bennu::json;
using bennu::payload;
using bennu::retention;

/// A class that keeps history, with an event for each way to send.
class log_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<log_channel>& on) {
    on.history({.messages = 20, .age = 5min, .bytes = 1_MB});
    on.slow_client(bennu::drop_newest());
    on.in("say", [](log_channel& self, const payload& content) { self.broadcast("said", content); });
    on.in("say_to_others", [](log_channel& self, const payload& content) { self.broadcast_from("said", content); });
    on.in("whisper", [](log_channel& self, const payload& content) {
      self.broadcast("whispered", content, retention::transient);
    });
    on.in("position",
          [](log_channel& self, const payload&) { return reply(bennu::ok, {{"at", self.history_position()}}); });
    on.in("recovery", [](log_channel& self, const payload&) {
      const auto found = self.recovery();
      if (!found) return reply(bennu::ok);
      return reply(bennu::ok, {{"recovered", found->recovered()},
                               {"missed", static_cast<std::int64_t>(found->missed)},
                               {"reason", to_string(found->loss)}});
    });
    on.out("private", [](log_channel& self, const json& content) -> bennu::out_result {
      if (content["crash"] == json{true}) self.push("before the crash", {});
      if (content["crash"] == json{true}) throw std::runtime_error("crash");
      for (int i = 1; i <= content["times"].if_int64().value_or(1); ++i)
        self.push("private", {{"n", content["n"]}, {"i", i}});
      return bennu::noreply;
    });
    on.out("private_bytes", [](log_channel& self, const payload& content) { self.push("private_bytes", content); });
  }

  bennu::join_result join(const bennu::topic& topic, payload params) override {
    const auto& wanted = params.as_json();
    if (wanted["refuse"] == json{true}) return bennu::refuse();
    if (wanted["list"] == json{true}) return bennu::accept(json{json::array{}});
    if (wanted["snapshot"] == json{true}) {
      return bennu::blocking(
          [at = history_position()] { return bennu::accept({{"at", at}, {"history", "of the class"}}); });
    }
    return bennu::accept({{"topic", topic.name()}, {"seen", wanted}});
  }
};

class log_socket final : public bennu::user_socket {
public:
  log_socket() { channel<log_channel>("log:*"); }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

class plain_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<plain_channel>& on) {
    on.in("position", [](plain_channel& self, const payload&) { self.history_position(); });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

struct frame {
  json join_ref;
  std::string ref;  ///< the position, or empty
  std::string event;
  json payload;
  bool operator==(const frame&) const = default;
};

/// One client of "log:1", which keeps its position as a client is told to.
struct reader {
  explicit reader(client_socket made) : socket(made) {}

  json join(const json& history, const json& more = json::object{}) {
    json params = more;
    if (!history.is_null()) params.set("history", history);
    before = socket.frames().size();
    channel = socket.join("log:1", params);
    const auto answer = channel->join_reply()->body.as_json()["history"];
    if (answer.is_object()) {
      position = answer.as_string("at");
      session = answer.as_string("session");
    }
    return answer;
  }
  json since(const reader& earlier) { return join({{"since", earlier.position}, {"session", earlier.session}}); }

  /// The frames of the topic after the answer of the join, each with its position if it has one; each is read once.
  std::vector<frame> take() {
    std::vector<frame> all;
    for (; before < socket.frames().size(); ++before) {
      const auto& bytes = socket.frames()[before];
      if (bytes.front() != '[') {
        all.push_back(frame{json{}, "", "(bytes)", json{}});
        continue;
      }
      const auto parsed = std::get<json>(bennu::parse_json(bytes, 64)).as_array();
      if (parsed[3] == json{"phx_reply"} || parsed[2] != json{"log:1"}) continue;
      const auto* ref = parsed[1].if_string();
      all.push_back(frame{parsed[0], ref != nullptr ? *ref : std::string{}, parsed[3].as_string(), parsed[4]});
      if (ref != nullptr && ref->starts_with('@')) position = *ref;
    }
    return all;
  }
  /// As text: the events, each with its number `n`, and a + if it has a position.
  std::string got() {
    std::string text;
    for (const auto& one : take()) {
      text += one.event;
      if (one.payload.find("n") != nullptr) text += one.payload["n"].dump();
      text += one.ref.starts_with('@') ? "+ " : " ";
    }
    return text;
  }

  client_socket socket;
  std::optional<client_channel> channel;
  std::string position;
  std::string session;
  std::size_t before = 0;
};

/// Clients of "log:1", whose class keeps 20 messages of five minutes.
class history_case : public channel_case {
public:
  explicit history_case(void (*change)(bennu::limits&) = nullptr) {
    if (change != nullptr) change(limits());
    mount<log_socket>();
  }

  reader connect() { return reader{test_node::connect<log_socket>()}; }
  void say(int from, int to, const char* event = "said") {
    for (int n = from; n <= to; ++n) broadcast("log:1", event, {{"n", n}});
    settle();
  }
};

inline const json positions_only = json::object{};
/// Clients with small limits, in messages.
struct small_case : history_case {
  small_case()
      : history_case([](bennu::limits& l) {
          l.max_replayed_messages = 2;
          l.shed_outbox_messages = 4;
          l.max_outbox_messages = 10;
        }) {}
};

/// Clients who get what they missed in pieces of one message, because each is large.
class large_case : public history_case {
public:
  void say_large(int from, int to) {
    for (int n = from; n <= to; ++n) {
      broadcast("log:1", "said", {{"n", n}, {"pad", std::string(40'000, 'x')}});
    }
    settle();
  }
  std::string all(int from, int to) {
    std::string text;
    for (int n = from; n <= to; ++n) text += "said" + std::to_string(n) + "+ ";
    return text;
  }
};

}  // namespace history_tests
