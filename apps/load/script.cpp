#include "script.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

namespace load {

namespace {

using bennu::json;

constexpr std::size_t max_json_depth = 64;
constexpr std::size_t max_steps = 100'000;

/// The name of a step in a script, and its other members.
struct verb {
  std::string_view name;
  std::optional<step::kind> kind;  ///< empty for a loop
  std::array<std::string_view, 2> options;
};

constexpr verb verbs[] = {
    {"join", step::kind::join, {"payload", ""}},      {"leave", step::kind::leave, {"", ""}},
    {"push", step::kind::push, {"payload", "topic"}}, {"cast", step::kind::cast, {"payload", "topic"}},
    {"await", step::kind::await, {"", ""}},           {"sleep_ms", step::kind::sleep, {"", ""}},
    {"repeat", std::nullopt, {"steps", ""}},
};

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw std::runtime_error(where + ": " + what);
}

const verb& verb_of(const json& value, const std::string& where) {
  const auto* const members = value.if_object();
  if (members == nullptr) fail(where, "expected an object, got " + std::string{value.type_name()});
  const verb* found = nullptr;
  for (const auto& v : verbs) {
    if (value.find(v.name) == nullptr) continue;
    if (found != nullptr)
      fail(where, "a step does one thing, got \"" + std::string{found->name} + "\" and \"" + std::string{v.name} + '"');
    found = &v;
  }
  if (found == nullptr) fail(where, "expected one of join, leave, push, cast, await, sleep_ms or repeat");
  for (const auto& [key, ignored] : *members) {
    const bool known = key == found->name || std::ranges::find(found->options, key) != found->options.end();
    if (!known) fail(where, "\"" + key + "\" does not go with \"" + std::string{found->name} + '"');
  }
  return *found;
}

std::string text_of(const json& value, const std::string& where) {
  if (const auto* text = value.if_string()) return *text;
  fail(where, "expected a string, got " + std::string{value.type_name()});
}

std::int64_t number_of(const json& value, const std::string& where) {
  const auto number = value.if_int64();
  if (!number || *number < 0) fail(where, "expected a number from 0, got " + value.dump());
  return *number;
}

void append_steps(std::vector<step>& to, const json& from, const std::string& where);

void append_loop(std::vector<step>& to, const json& from, const std::string& where) {
  std::vector<step> body;
  append_steps(body, from["steps"], where + ".steps");
  for (auto left = number_of(from["repeat"], where + ".repeat"); left > 0; --left) {
    if (to.size() + body.size() > max_steps) fail(where, "that makes more than 100,000 steps");
    to.insert(to.end(), body.begin(), body.end());
  }
}

step step_of(const verb& v, const json& from, const std::string& where) {
  step made{.what = *v.kind, .name = {}, .topic = {}, .time = {}};
  const auto& value = from[v.name];
  const auto path = where + '.' + std::string{v.name};
  if (made.what == step::kind::sleep) {
    made.time = std::chrono::milliseconds{number_of(value, path)};
  } else {
    made.name = text_of(value, path);
  }
  if (const auto* payload = from.find("payload")) made.payload = payload->dump();
  if (const auto* topic = from.find("topic")) made.topic = text_of(*topic, where + ".topic");
  return made;
}

void append_steps(std::vector<step>& to, const json& from, const std::string& where) {
  const auto* const all = from.if_array();
  if (all == nullptr) fail(where, "expected an array of steps, got " + std::string{from.type_name()});
  for (std::size_t i = 0; i < all->size(); ++i) {
    const auto& one = (*all)[i];
    const auto path = where + '[' + std::to_string(i) + ']';
    const auto& v = verb_of(one, path);
    v.kind ? to.push_back(step_of(v, one, path)) : append_loop(to, one, path);
  }
  if (to.size() > max_steps) fail(where, "that makes more than 100,000 steps");
}

std::string fill_in(std::string text, const client& who) {
  constexpr std::string_view hole = "{client}";
  for (auto at = text.find(hole); at != std::string::npos; at = text.find(hole, at)) {
    text.replace(at, hole.size(), std::to_string(who.number()));
  }
  return text;
}

}  // namespace

script parse_script(std::string_view text) {
  const auto parsed = bennu::parse_json(text, max_json_depth);
  if (const auto* error = std::get_if<bennu::json_parse_error>(&parsed)) {
    fail("at byte " + std::to_string(error->offset), error->what);
  }
  const auto& all = std::get<json>(parsed);
  if (!all.is_object()) fail("the script", "expected an object with \"steps\", got " + std::string{all.type_name()});
  for (const auto& [key, ignored] : all.as_object()) {
    if (key != "setup" && key != "steps") fail("the script", "knows \"setup\" and \"steps\", not \"" + key + '"');
  }
  script result;
  if (const auto* setup = all.find("setup")) append_steps(result.setup, *setup, "setup");
  append_steps(result.steps, all["steps"], "steps");
  const auto is_answered = [](const step& s) { return s.what != step::kind::cast; };
  if (std::ranges::none_of(result.steps, is_answered))
    fail("steps", "nothing in there takes any time: it would never rest");
  return result;
}

script read_script(const std::string& file) {
  std::ifstream in{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (!in) throw std::runtime_error("cannot read " + file);
  try {
    return parse_script(text);
  } catch (const std::runtime_error& e) {
    throw std::runtime_error(file + ": " + e.what());
  }
}

void scripted::begin(client& who, const std::vector<step>& steps, clock::time_point due) {
  auto& at = progress_[&who];
  at.steps = &steps;
  at.next = 0;
  at.heard.clear();
  go_on(who, due);
}

void scripted::go_on(client& who, clock::time_point due) {
  auto& at = progress_[&who];
  while (who.is_open() && at.next < at.steps->size()) {
    if (!take(who, at, (*at.steps)[at.next++], due)) return;
    due = clock::now();
  }
  if (!who.is_open()) return;
  at.steps == &script_.setup ? host_.ready(who) : host_.finished(who);
}

/// @returns true if the step is done already
bool scripted::take(client& who, progress& at, const step& what, clock::time_point due) {
  const auto name = fill_in(what.name, who);
  const auto topic = what.topic.empty() ? at.topic : fill_in(what.topic, who);
  switch (what.what) {
    case step::kind::join:
      at.topic = name;
      who.join(name, fill_in(what.payload, who), due);
      return false;
    case step::kind::leave:
      who.leave(name, due);
      return false;
    case step::kind::push:
      who.push(topic, name, fill_in(what.payload, who), due);
      return false;
    case step::kind::cast:
      who.cast(topic, name, fill_in(what.payload, who));
      return true;
    case step::kind::await:
      return await(at, name, due);
    case step::kind::sleep:
      at.timer = host_.loop().after(what.time, [this, &who] { go_on(who, clock::now()); });
      return false;
  }
  return true;
}

bool scripted::await(progress& at, const std::string& event, clock::time_point due) {
  at.since = due;
  auto& heard = at.heard[event];
  if (heard == 0) {
    at.awaited = event;
    return false;
  }
  --heard;
  return true;
}

void scripted::on_reply(client& who, const request& to, bool ok, const json& response) {
  const auto name = to.event == "phx_join" ? "join" : to.event == "phx_leave" ? "leave" : to.event;
  const auto now = clock::now();
  host_.seen().record(name, now - to.due, now - to.sent);
  if (!ok) {
    host_.seen().error(name + " was answered with an error: " + response.dump().substr(0, 200));
    if (!who.ready) return host_.refused(who);
  }
  answered(who);
}

void scripted::on_event(client& who, const incoming& what) {
  auto& at = progress_[&who];
  if (at.awaited != what.event) {
    ++at.heard[what.event];
    return;
  }
  at.awaited.clear();
  const auto took = clock::now() - at.since;
  host_.seen().record("await " + what.event, took, took);
  answered(who);
}

void scripted::answered(client& who) {
  if (who.ready) ++host_.seen().operations;
  go_on(who, clock::now());
}

}  // namespace load
