#pragma once

#include <cstddef>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/user_socket.hpp>

namespace simulation {

/// The records of the channel objects.
struct channel_record {
  std::map<int, int> terminations;  ///< of each object
  std::size_t let_in = 0;           ///< joins that were accepted
};

/// A channel that does on request all that a channel can do.
class room_channel final : public bennu::channel {
public:
  explicit room_channel(channel_record* record)
      : record_(*record), number_(static_cast<int>(record_.terminations.size())) {
    record_.terminations[number_] = 0;
  }

  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("say", [](room_channel& self, const bennu::payload& content) {
      self.broadcast("said", content);
      return bennu::reply(bennu::ok);
    });
    on.in("say_to_others",
          [](room_channel& self, const bennu::payload& content) { self.broadcast_from("said", content); });
    on.in("echo", [](room_channel& self, const bennu::payload& content) { self.push("echo", content); });
    on.in("remind",
          [](room_channel& self, const bennu::payload&) { self.send_after(std::chrono::seconds{1}, reminder{}); });
    on.in("work",
          [](room_channel&, const bennu::payload&) { return bennu::blocking([] { return bennu::reply(bennu::ok); }); });
    on.in("crash", [](room_channel&, const bennu::payload&) { throw std::runtime_error("crash"); });
    on.in("crash_at_work", [](room_channel&, const bennu::payload&) {
      return bennu::blocking([]() -> bennu::in_result { throw std::runtime_error("crash at work"); });
    });
    on.in("stop", [](room_channel&, const bennu::payload&) { return stop(bennu::normal, bennu::reply(bennu::ok)); });
    on.out("news_for_some",
           [](room_channel& self, const bennu::payload& content) { self.push("news_for_some", content); });
    on.info([](room_channel& self, const reminder&) { self.push("reminder", {}); });
  }

  bennu::join_result join(const bennu::topic&, bennu::payload params) override {
    const auto& wanted = params.as_json();
    if (wanted["how"] == bennu::json{"crash"}) throw std::runtime_error("crash");
    if (wanted["how"] == bennu::json{"refuse"}) return bennu::refuse();
    if (wanted["how"] == bennu::json{"work"}) return bennu::blocking([this] { return let_in(); });
    if (wanted["how"] == bennu::json{"work_refuse"}) return bennu::blocking([] { return bennu::refuse(); });
    send_self(reminder{});
    return let_in();
  }

  void terminate(const bennu::exit_reason&) override { ++record_.terminations[number_]; }

private:
  struct reminder {};

  bennu::join_result let_in() {
    ++record_.let_in;
    return bennu::accept();
  }

  channel_record& record_;
  int number_;
};

/// Answers each broadcast question with a broadcast: an effect that no client may receive before its cause.
class expert_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<expert_channel>& on) {
    on.out("question", [](expert_channel& self, const bennu::payload& content) { self.broadcast("answer", content); });
  }
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

class expert_socket final : public bennu::user_socket {
public:
  expert_socket() { channel<expert_channel>("room:*"); }
  bennu::connect_result connect(const bennu::json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

/// A socket whose joins wait for each other, or not.
template <bool SideBySide>
class user_socket final : public bennu::user_socket {
public:
  explicit user_socket(channel_record& record) { channel<room_channel>("room:*", &record); }

  bennu::connect_result connect(const bennu::json& params, const bennu::connect_info&,
                                bennu::assigns& to) const override {
    to.set("user", params["user"]);
    return bennu::accept();
  }
  std::optional<std::string> id(const bennu::assigns& of) const override { return "user:" + of["user"].dump(); }
  bool joins_side_by_side() const noexcept override { return SideBySide; }
};

}  // namespace simulation
