#include "script.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

#include <bennu/runtime/json_parse.hpp>

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

[[noreturn]] void fail(const std::string& where, const std::string& reason) {
  throw std::runtime_error(where + ": " + reason);
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
  step made{.action = *v.kind, .name = {}, .topic = {}, .time = {}};
  const auto& value = from[v.name];
  const auto path = where + '.' + std::string{v.name};
  if (made.action == step::kind::sleep) {
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

}  // namespace

script parse_script(std::string_view text) {
  const auto parsed = bennu::parse_json(text, max_json_depth);
  if (const auto* error = std::get_if<bennu::json_parse_error>(&parsed)) {
    fail("at byte " + std::to_string(error->offset), error->reason);
  }
  const auto& all = std::get<json>(parsed);
  if (!all.is_object()) fail("the script", "expected an object with \"steps\", got " + std::string{all.type_name()});
  for (const auto& [key, ignored] : all.as_object()) {
    if (key != "setup" && key != "steps") fail("the script", "knows \"setup\" and \"steps\", not \"" + key + '"');
  }
  script result;
  if (const auto* setup = all.find("setup")) append_steps(result.setup, *setup, "setup");
  append_steps(result.steps, all["steps"], "steps");
  const auto is_answered = [](const step& s) { return s.action != step::kind::cast; };
  if (std::ranges::none_of(result.steps, is_answered))
    fail("steps", "no step in there takes any time, so it would never pause");
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

}  // namespace load
