#include "room_channel.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

#include "helpers.hpp"

namespace reference {

using bennu::exit_reason;
using bennu::json;
using bennu::noreply;
using bennu::payload;

namespace {

std::chrono::milliseconds ms_of(const json& params) {
  return std::chrono::milliseconds{params["ms"].if_int64().value_or(0)};
}

std::string text_of(const json& value) {
  const auto* text = value.if_string();
  return text != nullptr ? *text : value.dump();
}

/// The reference app's names for the reasons of an end.
exit_reason reason_of(const std::string& text) {
  if (text == "normal") return bennu::normal;
  if (text == "shutdown") return bennu::shutdown;
  return exit_reason::error(text);
}

}  // namespace

bennu::join_result room_channel::join(const bennu::topic& topic, payload params) {
  if (topic.subtopic() == "deny") return bennu::refuse({{"reason", "unauthorized"}});
  const auto* wanted = params.if_json();
  if (wanted == nullptr || !wanted->is_object()) return bennu::accept();
  if ((*wanted)["crash"] == json{true}) throw std::runtime_error("crash");
  if ((*wanted)["greet"] == json{true}) send_self(after_join{});
  auto answer = wanted->find("reply") != nullptr ? bennu::accept((*wanted)["reply"]) : bennu::accept();
  if (wanted->find("sleep") == nullptr) return answer;
  return bennu::blocking([answer, time = (*wanted)["sleep"].if_int64().value_or(0)] {
    std::this_thread::sleep_for(std::chrono::milliseconds{time});
    return answer;
  });
}

void room_channel::terminate(const exit_reason& why) {
  if (why == exit_reason::kind::duplicate_join) return;
  broadcast_to("audit", "terminated", {{"topic", topic().name()}, {"user", user()}, {"reason", why.text()}});
}

bennu::in_result room_channel::echo(payload content) { return reply(bennu::ok, std::move(content)); }

bennu::in_result room_channel::fail(payload content) { return reply(bennu::error, std::move(content)); }

bennu::in_result room_channel::stop_with_reply(payload content) {
  return stop(bennu::normal, reply(bennu::ok, std::move(content)));
}

void room_channel::shout(payload content) { broadcast("shout", std::move(content)); }

void room_channel::shout_from(payload content) { broadcast_from("shout", std::move(content)); }

void room_channel::push_back(payload content) { push("pushed", content); }

void room_channel::broadcast_private(json content) {
  if (!content.is_object()) throw std::invalid_argument("private wants an object");  // like the members' handle_out
  broadcast("private", std::move(content));
}

bennu::out_result room_channel::private_out(json content) {
  const auto is_user = [&](const char* key) { return !user().is_null() && content[key] == user(); };
  if (is_user("skip")) return noreply;
  if (is_user("stop")) return stop(bennu::normal);
  content.set("for", user());
  push("private", content);
  return noreply;
}

bennu::in_result room_channel::sleep(const json& params) {
  return bennu::blocking([time = ms_of(params)] {
    std::this_thread::sleep_for(time);
    return reply(bennu::ok);
  });
}

bennu::in_result room_channel::reply_later(const json& params) {
  spawn_replier(self(), ms_of(params), socket_ref(), params);
  return noreply;
}

bennu::in_result room_channel::set_assign(const json& params) {
  assign(text_of(params["key"]), params["value"]);
  return reply(bennu::ok);
}

bennu::in_result room_channel::all_assigns(payload) { return reply(bennu::ok, assigns().values()); }

void room_channel::watch(const json& params) {
  const auto who = spawn_stoppable(self());
  monitor(who);
  stop_actor(who, reason_of(text_of(params["reason"])));
}

void room_channel::info(const json& params) {
  send_after(ms_of(params), later{text_of(params["event"]), params["payload"]});
}

bennu::in_result room_channel::subscribe_to(const json& params) {
  subscribe(text_of(params["topic"]));
  return reply(bennu::ok);
}

bennu::in_result room_channel::unsubscribe_from(const json& params) {
  unsubscribe(text_of(params["topic"]));
  return reply(bennu::ok);
}

bennu::in_result room_channel::publish_to(const json& params) {
  publish(text_of(params["topic"]), params["message"]);
  return reply(bennu::ok);
}

bennu::in_result room_channel::disconnect(const json& params) {
  broadcast_to(text_of(params["id"]), "disconnect", {});
  return reply(bennu::ok);
}

void room_channel::greet(const after_join&) { push("greeting", {{"user", user()}, {"topic", topic().name()}}); }

void room_channel::push_later(const later& content) { push(content.event, content.payload); }

void room_channel::report_down(const bennu::down& content) { push("down", {{"reason", content.why.text()}}); }

void room_channel::report_published(const bennu::published& content) {
  push("pubsub", {{"topic", content.topic}, {"message", content.message}});
}

void room_channel::report_broadcast(const bennu::broadcast& content) {
  const auto* payload = content.payload.if_json();
  json message{{"event", content.event}, {"payload", payload != nullptr ? *payload : json{}}};
  push("pubsub", {{"topic", content.topic}, {"message", std::move(message)}});
}

}  // namespace reference
