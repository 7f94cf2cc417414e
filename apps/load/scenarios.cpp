#include "scenarios.hpp"

#include <chrono>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "scripted.hpp"

namespace load {

namespace {

/// Records the time of a request. @returns true if it was granted
bool note(measurements& seen, std::string_view name, const request& sent, bool ok, const bennu::json& response) {
  const auto now = clock::now();
  seen.record(name, now - sent.due, now - sent.sent);
  if (!ok) seen.error(std::string{name} + " was answered with an error: " + response.dump().substr(0, 200));
  return ok;
}

/// Each client joins one topic.
class one_topic : public scenario {
public:
  one_topic(const options& wanted, scenario_host& host) : options_(wanted), host_(host) {}

  void prepare(client& who) override { who.join(topic_of(who), options_.join, clock::now()); }

  void on_reply(client& who, const request& to, bool ok, const bennu::json& response) override {
    if (to.event == "phx_join" && !who.ready) {
      if (!note(host_.seen(), "join", to, ok, response)) return host_.refused(who);
      on_joined(who);
      host_.ready(who);
    } else {
      on_answer(who, to, ok, response);
    }
  }

protected:
  virtual void on_joined(client&) {}
  virtual void on_answer(client&, const request&, bool, const bennu::json&) {}

  std::string topic_of(const client& who) const { return options_.topic_of(who.number()); }

  const options& options_;
  scenario_host& host_;
};

class idle final : public one_topic {
public:
  using one_topic::one_topic;
  bool acts(std::size_t) const override { return false; }
  void act(client&, clock::time_point) override {}
};

class echo final : public one_topic {
public:
  echo(const options& wanted, scenario_host& host)
      : one_topic(wanted, host),
        event_(wanted.event.empty() ? "echo" : wanted.event),
        body_(wanted.padded_body() + '}') {}

  bool acts(std::size_t) const override { return true; }
  void act(client& who, clock::time_point due) override { who.push(topic_of(who), event_, body_, due); }

private:
  void on_answer(client& who, const request& to, bool ok, const bennu::json& response) override {
    note(host_.seen(), event_, to, ok, response);
    ++host_.seen().operations;
    host_.finished(who);
  }

  std::string event_;
  std::string body_;
};

/// The first client of each topic pushes. Its pushes contain the times at which they were due and sent, so that each
/// receiver knows the delay. All clients are in one process, and have one clock.
///
/// A push is complete when it was received as often as the topic has clients on this thread.
class fanout final : public one_topic {
public:
  fanout(const options& wanted, scenario_host& host)
      : one_topic(wanted, host),
        event_(wanted.event.empty() ? "shout" : wanted.event),
        body_(wanted.padded_body()),
        groups_(wanted.topics) {
    if (body_.size() > 1) body_ += ',';
  }

  bool acts(std::size_t client) const override { return client < options_.topics; }

  void act(client& who, clock::time_point due) override {
    const auto stamp = [](clock::time_point at) { return std::to_string(at.time_since_epoch().count()); };
    who.cast(topic_of(who), event_,
             body_ + "\"load\":{\"run\":" + std::to_string(run()) +
                 ",\"seq\":" + std::to_string(++group_of(who).last_sent) + ",\"due\":" + stamp(due) +
                 ",\"sent\":" + stamp(clock::now()) + "}}");
  }

  void on_event(client& who, const incoming& message) override {
    if (message.event != event_) return;
    const auto& stamp = message.payload["load"];
    const auto due = stamp["due"].if_int64();
    const auto sent = stamp["sent"].if_int64();
    if (!due || !sent) return host_.seen().error("a broadcast came without the member \"load\" that was pushed");
    if (stamp["run"] != bennu::json{run()}) return;  // of another run
    if (is_duplicate(who, stamp["seq"].if_int64().value_or(0))) return void(++host_.seen().duplicates);
    const auto now = clock::now().time_since_epoch();
    host_.seen().record("delivery", now - clock::duration{*due}, now - clock::duration{*sent});
    ++host_.seen().operations;
    auto& group = group_of(who);
    ++group.heard;
    settle(group);
  }

  void on_lost(client& who) override {
    auto& group = group_of(who);
    --group.members;
    if (group.speaker == &who) group.speaker = nullptr;
    settle(group);
  }

private:
  /// The clients of a topic that are on this thread.
  struct group {
    client* speaker = nullptr;
    std::size_t members = 0;
    std::size_t heard = 0;       ///< deliveries since the last complete broadcast
    std::int64_t last_sent = 0;  ///< the number of the last broadcast
  };

  /// Broadcasts of one topic come in order, so a number that is not greater than the last one was received before.
  bool is_duplicate(const client& who, std::int64_t seq) {
    auto& last = last_received_[who.number()];
    if (seq <= last) return true;
    last = seq;
    return false;
  }

  group& group_of(const client& who) { return groups_[who.number() % options_.topics]; }

  void on_joined(client& who) override {
    auto& group = group_of(who);
    ++group.members;
    if (acts(who.number())) group.speaker = &who;
  }

  void settle(group& of) {
    if (of.members == 0 || of.heard < of.members) return;
    of.heard -= of.members;
    if (of.speaker != nullptr) host_.finished(*of.speaker);
  }

  /// Distinguishes this run from others on the same topics.
  static std::int64_t run() {
    static const auto number = static_cast<std::int64_t>(std::random_device{}());
    return number;
  }

  std::string event_;
  std::string body_;
  std::vector<group> groups_;
  std::unordered_map<std::size_t, std::int64_t> last_received_;  ///< by client: the number of its last broadcast
};

/// An action is a leave and the join after it.
class churn final : public one_topic {
public:
  using one_topic::one_topic;
  bool acts(std::size_t) const override { return true; }
  bool one_at_a_time() const override { return true; }
  void act(client& who, clock::time_point due) override { who.leave(topic_of(who), due); }

private:
  void on_answer(client& who, const request& to, bool ok, const bennu::json& response) override {
    const bool leave = to.event == "phx_leave";
    note(host_.seen(), leave ? "leave" : "join", to, ok, response);
    ++host_.seen().operations;
    if (leave) {
      who.join(topic_of(who), options_.join, clock::now());
    } else {
      host_.finished(who);
    }
  }
};

}  // namespace

std::unique_ptr<scenario> make_scenario(const options& wanted, scenario_host& host) {
  switch (wanted.scenario) {
    case scenario_kind::idle:
      return std::make_unique<idle>(wanted, host);
    case scenario_kind::echo:
      return std::make_unique<echo>(wanted, host);
    case scenario_kind::fanout:
      return std::make_unique<fanout>(wanted, host);
    case scenario_kind::churn:
      return std::make_unique<churn>(wanted, host);
    case scenario_kind::script:
      return std::make_unique<scripted>(read_script(wanted.script), host);
  }
  return nullptr;
}

}  // namespace load
