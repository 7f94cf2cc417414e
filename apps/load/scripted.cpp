#include "scripted.hpp"

namespace load {

namespace {

std::string fill_in(std::string text, const client& who) {
  constexpr std::string_view hole = "{client}";
  for (auto at = text.find(hole); at != std::string::npos; at = text.find(hole, at)) {
    text.replace(at, hole.size(), std::to_string(who.number()));
  }
  return text;
}

}  // namespace

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
bool scripted::take(client& who, progress& at, const step& next, clock::time_point due) {
  const auto name = fill_in(next.name, who);
  const auto topic = next.topic.empty() ? at.topic : fill_in(next.topic, who);
  switch (next.action) {
    case step::kind::join:
      at.topic = name;
      who.join(name, fill_in(next.payload, who), due);
      return false;
    case step::kind::leave:
      who.leave(name, due);
      return false;
    case step::kind::push:
      who.push(topic, name, fill_in(next.payload, who), due);
      return false;
    case step::kind::cast:
      who.cast(topic, name, fill_in(next.payload, who));
      return true;
    case step::kind::await:
      return await(at, name, due);
    case step::kind::sleep:
      at.timer = host_.loop().after(next.time, [this, &who] { go_on(who, clock::now()); });
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

void scripted::on_reply(client& who, const request& to, bool ok, const bennu::json& response) {
  const auto name = to.event == "phx_join" ? "join" : to.event == "phx_leave" ? "leave" : to.event;
  const auto now = clock::now();
  host_.seen().record(name, now - to.due, now - to.sent);
  if (!ok) {
    host_.seen().error(name + " was answered with an error: " + response.dump().substr(0, 200));
    if (!who.ready) return host_.refused(who);
  }
  answered(who);
}

void scripted::on_event(client& who, const incoming& message) {
  auto& at = progress_[&who];
  if (at.awaited != message.event) {
    ++at.heard[message.event];
    return;
  }
  at.awaited.clear();
  const auto took = clock::now() - at.since;
  host_.seen().record("await " + message.event, took, took);
  answered(who);
}

void scripted::answered(client& who) {
  if (who.ready) ++host_.seen().operations;
  go_on(who, clock::now());
}

}  // namespace load
