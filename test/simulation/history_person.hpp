#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <bennu/channels/testing/channel_case.hpp>
#include <bennu/runtime/json_parse.hpp>

namespace simulation {

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::json;

inline constexpr auto topic = "log:1";

/// @tparam Messages the number of messages that a topic keeps
/// @tparam CatchesUp true if clients that read slowly continue from the history
template <std::size_t Messages, bool CatchesUp = false>
class log_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<log_channel>& on) {
    on.history({.messages = Messages, .age = 10min});
    if (CatchesUp) on.slow_client(bennu::catch_up());
    on.in("say", [](log_channel& self, const json& content) { self.broadcast("said", content); });
    on.in("say_to_others", [](log_channel& self, const json& content) { self.broadcast_from("said", content); });
    on.in("say_to_some", [](log_channel& self, const json& content) { self.broadcast("said_to_some", content); });
    on.in("whisper", [](log_channel& self, const json& content) {
      self.broadcast("whispered", content, bennu::retention::transient);
    });
    on.in("crash", [](log_channel&, const json&) { throw std::runtime_error("crash"); });
    on.in("work", [](log_channel&, const json&) { return bennu::blocking([] { return bennu::reply(bennu::ok); }); });
    on.out("said_to_some", [](log_channel& self, const json& content) {
      self.push("first", {{"of", content["n"]}});
      self.push("said", content);
    });
  }
  bennu::join_result join(const bennu::topic&, bennu::payload params) override {
    if (params.as_json()["slow"] == json{true}) return bennu::blocking([] { return bennu::accept(); });
    return bennu::accept();
  }
};

template <std::size_t Messages, bool CatchesUp = false>
class log_socket final : public bennu::user_socket {
public:
  log_socket() { channel<log_channel<Messages, CatchesUp>>("log:*"); }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

/// A message or, with the number 0, the news that some are gone.
struct event {
  std::int64_t n;
  std::int64_t by = 0;  ///< the sender: a join of a person, or 0
  bool kept = true;
};

/// A person, who comes back after each cut with the position that the frames so far have given.
class person {
public:
  person(client_socket first, int number) : number_(number) { connect(first); }

  int number() const noexcept { return number_; }
  /// The present join, among those of all persons.
  int sender() const noexcept { return number_ * 1'000 + joins_; }
  bool is_open() const { return socket_->is_open(); }
  bool is_joined() const { return channel_ && channel_->at() == client_channel::state::joined && answered_; }
  const client_socket& socket() const { return *socket_; }
  const client_channel& channel() const { return *channel_; }
  const std::vector<event>& got() const noexcept { return got_; }
  const std::string& position() const noexcept { return position_; }

  void connect(client_socket to) {
    read();
    socket_ = to;
    channel_.reset();
    read_ = 0;
  }

  void join(bool slow) {
    read();
    json history = json::object{};
    if (!position_.empty()) history = {{"since", position_}, {"session", session_}};
    channel_ = socket_->begin_join(topic, {{"history", history}, {"slow", slow}});
    answered_ = false;
    ++joins_;
  }

  /// Takes what has come since the last call. What comes while a join is not answered is of the join before, and is not
  /// taken: the join's answer repeats it.
  void read() {
    if (!socket_) return;
    for (; read_ < socket_->frames().size(); ++read_) {
      const auto frame = std::get<json>(bennu::parse_json(socket_->frames()[read_], 64)).as_array();
      if (frame[2] == json{topic}) take(frame);
    }
  }

private:
  void take(const json::array& frame) {
    const auto& name = frame[3].as_string();
    if (name == "phx_reply") return take_answer(frame);
    if (!answered_ || (frame[0].is_string() && frame[0] != json{channel_->join_ref().value})) return;
    if (name == "said" || name == "whispered") {
      got_.push_back({frame[4].as_int("n"), frame[4].as_int("by"), name == "said"});
    }
    if (name == "$history") got_.push_back({0});
    if (const auto* ref = frame[1].if_string(); ref != nullptr && ref->starts_with('@')) position_ = *ref;
  }

  void take_answer(const json::array& frame) {
    if (!channel_ || frame[1] != json{channel_->join_ref().value}) return;
    const auto& history = frame[4]["response"]["history"];
    if (!history.is_object()) return;
    answered_ = true;
    if (history["recovered"] != json{true}) got_.push_back({0});
    position_ = history.as_string("at");
    session_ = history.as_string("session");
  }

  const int number_;
  std::optional<client_socket> socket_;
  std::optional<client_channel> channel_;
  std::size_t read_ = 0;
  bool answered_ = false;
  int joins_ = 0;
  std::string position_;
  std::string session_;
  std::vector<event> got_;
};

}  // namespace simulation
