#include "simulated_client.hpp"

#include <algorithm>
#include <array>
#include <variant>

#include <bennu/runtime/json_parse.hpp>

namespace simulation {

// -- what it does -----------------------------------------------------------------------------------------------------

void client::join(const std::string& topic, const char* how) {
  for (auto& j : joins) {
    if (j.topic == topic) j.safe = false;
  }
  const auto channel = socket_.begin_join(topic, {{"how", how}});
  joins.push_back({channel, topic, channel.join_ref().value});
}

void client::push(join_memory& in, const char* event, std::int64_t n) {
  static const std::set<std::string> ends{"crash", "crash_at_work", "stop", "phx_leave"};
  if (ends.contains(event)) in.safe = false;
  const auto ref = in.channel.push_in(event, {{"from", in.ref + " of " + std::to_string(number_)}, {"n", n}}).value;
  if (event == std::string_view{"phx_leave"}) leaves_.insert(ref);
}

void client::expect(const std::string& topic, const broadcast_memory& expected) {
  using state = bennu::testing::client_channel::state;
  for (auto& j : joins) {
    const bool is_in = j.topic == topic && j.safe && j.channel.at() == state::joined;
    if (is_in && (expected.from == node || j.heard_by.contains(expected.from))) j.due.push_back(expected);
  }
}

void client::doom() {
  for (auto& j : joins) j.safe = false;
  doomed = true;
  if (polls_) cut = true;  // messages that wait for a poll are lost with the session
}

void client::rest(const std::set<std::string>& linked) {
  for (auto& j : joins) {
    if (is_narrow_ && j.channel.at() == bennu::testing::client_channel::state::errored) j.safe = false;
    if (!j.safe) continue;
    std::erase_if(j.due, [&](const broadcast_memory& b) {
      if (!linked.contains(b.from)) return false;
      j.owed.push_back(b.number);
      return true;
    });
    if (j.channel.at() == bennu::testing::client_channel::state::joined)
      j.heard_by.insert(linked.begin(), linked.end());
  }
}

void client::lose(const std::string& other) {
  for (auto& j : joins) {
    j.heard_by.erase(other);
    std::erase_if(j.due, [&](const broadcast_memory& b) { return b.from == other; });
  }
}

// -- what it got ------------------------------------------------------------------------------------------------------

std::vector<client::frame> client::frames() const {
  std::vector<frame> all;
  for (const auto& bytes : socket_.frames()) {
    auto parsed = bennu::parse_json(bytes, 64);
    const auto& parts = *std::get<json>(parsed).if_array();
    all.push_back({parts[0], parts[1], *parts[2].if_string(), *parts[3].if_string(), parts[4]});
  }
  return all;
}

std::string client::fault() const {
  const auto all = frames();
  for (const auto& found :
       {fault_in_order(all), fault_in_replies(all), fault_in_broadcasts(all), fault_in_effects(all)}) {
    if (!found.empty()) return "user " + std::to_string(user) + ": " + found;
  }
  return {};
}

/// The join's answer comes first, its close last, and a topic's broadcasts in between.
std::string client::fault_in_order(const std::vector<frame>& all) const {
  enum class stage { none, joined, over };
  std::map<std::string, stage> joins;               // by ref
  std::map<std::string, std::set<std::string>> in;  // the refs of the joins that a topic's broadcasts may be for
  for (const auto& f : all) {
    if (f.topic == "phoenix") continue;
    const auto* ref = f.join_ref.if_string();
    if (ref == nullptr) {
      if (f.event != "phx_reply" && in[f.topic].empty()) return f.event + " for " + f.topic + ", which is not joined";
      continue;
    }
    auto& at = joins[*ref];
    const bool is_answer = f.event == "phx_reply" && f.ref == f.join_ref;
    // A leave of a topic that is not joined is answered all the same.
    if (at == stage::over && f.ref.is_string() && leaves_.contains(*f.ref.if_string())) continue;
    if (at == stage::over) return f.event + " after the end of join " + *ref;
    if (is_answer != (at == stage::none))
      return f.event + " where the answer to join " + *ref + " comes first, and once";
    if (is_answer && f.payload["status"] != json{"ok"}) {
      at = stage::over;
    } else if (is_answer) {
      at = stage::joined;
      in[f.topic].insert(*ref);
    } else if (f.event == "phx_close" || f.event == "phx_error") {
      at = stage::over;
      in[f.topic].erase(*ref);
    }
  }
  return {};
}

/// Each push is answered at most once, in the order of its channel's pushes. Each join is answered once if the
/// connection lasted.
std::string client::fault_in_replies(const std::vector<frame>& all) const {
  std::map<std::string, int> answered;
  std::map<std::string, int> latest;  // by join
  int latest_join = 0;
  for (const auto& f : all) {
    if (f.event != "phx_reply" || !f.ref.is_string()) continue;
    const auto& ref = *f.ref.if_string();
    if (++answered[ref] > 1) return "two answers to " + ref;
    const auto number = std::stoi(ref);
    if (const auto* join = f.join_ref.if_string()) {
      if (number < latest[*join]) return "the answer to " + ref + " after a later one of join " + *join;
      latest[*join] = number;
    }
    if (f.join_ref == f.ref && joins_in_order_) {
      if (number < latest_join) return "the answer to join " + ref + " after that to a later join";
      latest_join = number;
    }
  }
  for (const auto& j : joins) {
    if (!doomed && answered[j.ref] != 1) return "join " + j.ref + " was never answered";
  }
  return {};
}

/// A question that is answered does not come after its answer.
std::string client::fault_in_effects(const std::vector<frame>& all) const {
  std::set<std::int64_t> answered;
  for (const auto& f : all) {
    if (f.event != "question" && f.event != "answer") continue;
    const auto n = *f.payload["n"].if_int64();
    if (f.event == "answer") {
      answered.insert(n);
    } else if (answered.contains(n)) {
      return "question number " + std::to_string(n) + " after its answer";
    }
  }
  return {};
}

/// Broadcasts of one sender arrive in its order, each once, and none is missing that the client must have received.
std::string client::fault_in_broadcasts(const std::vector<frame>& all) const {
  std::map<std::string, std::int64_t> latest;  // by topic and sender
  std::map<std::string, std::set<std::int64_t>> got;
  for (const auto& f : all) {
    if (f.event != "said" && f.event != "news" && f.event != "news_for_some") continue;
    const auto n = f.payload.as_int("n");
    // Intercepted broadcasts take another path.
    auto& before =
        latest[f.topic + " " + f.payload["from"].dump() + (f.event == "news_for_some" ? " intercepted" : "")];
    if (n <= before) return f.event + " number " + std::to_string(n) + " after number " + std::to_string(before);
    before = n;
    got[f.topic].insert(n);
  }
  if (cut) return {};
  for (const auto& j : joins) {
    for (const auto n : j.owed) {
      if (!got[j.topic].contains(n)) return "no broadcast number " + std::to_string(n) + " for join " + j.ref;
    }
  }
  return {};
}

}  // namespace simulation
