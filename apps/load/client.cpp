#include "client.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/json_write.hpp>

namespace load {

namespace {

constexpr std::size_t max_json_depth = 512;

void append_ref(std::string& out, const std::string* ref) {
  ref == nullptr ? void(out += "null") : bennu::append_json_string(out, *ref);
}

}  // namespace

void client::connect(const target& to, const endpoint* from, const tls_settings* tls) {
  connecting_since_ = clock::now();
  socket_.connect(to, from, tls);
}

// -- sending ----------------------------------------------------------------------------------------------------------

void client::join(std::string_view topic, std::string_view payload, clock::time_point due) {
  forget(topic);
  topics_.push_back({std::string{topic}, std::to_string(last_ref_ + 1)});
  ask(&topics_.back().join_ref, topic, "phx_join", payload, due);
}

void client::leave(std::string_view topic, clock::time_point due) {
  const auto* const join_ref = join_ref_of(topic);
  ask(join_ref, topic, "phx_leave", "{}", due);
  forget(topic);
}

void client::push(std::string_view topic, std::string_view event, std::string_view payload, clock::time_point due) {
  ask(join_ref_of(topic), topic, event, payload, due);
}

void client::heartbeat(clock::time_point due) { ask(nullptr, "phoenix", "heartbeat", "{}", due); }

void client::cast(std::string_view topic, std::string_view event, std::string_view payload) {
  send(join_ref_of(topic), next_ref(), topic, event, payload);
}

void client::ask(const std::string* join_ref, std::string_view topic, std::string_view event, std::string_view payload,
                 clock::time_point due) {
  auto ref = next_ref();
  send(join_ref, ref, topic, event, payload);
  requests_.push_back({std::move(ref), std::string{topic}, std::string{event}, due, clock::now()});
}

void client::send(const std::string* join_ref, std::string_view ref, std::string_view topic, std::string_view event,
                  std::string_view payload) {
  thread_local std::string text;
  text = '[';
  append_ref(text, join_ref);
  text += ',';
  bennu::append_json_string(text, ref);
  text += ',';
  bennu::append_json_string(text, topic);
  text += ',';
  bennu::append_json_string(text, event);
  text += ',';
  text += payload;
  text += ']';
  socket_.send(text);
}

// -- receiving --------------------------------------------------------------------------------------------------------

void client::on_text(std::string_view text) {
  listener_.on_traffic(1, 0, 0);
  std::array<bennu::json, 5> parts;
  const auto found = bennu::parse_json_array(text, max_json_depth, parts);
  const auto* const count = std::get_if<std::size_t>(&found);
  auto* const topic = parts[2].if_string();
  auto* const event = parts[3].if_string();
  if (count == nullptr || *count < parts.size() || topic == nullptr || event == nullptr) return;
  if (*event == "phx_reply") {
    if (const auto* ref = parts[1].if_string()) take_reply(*ref, parts[4]);
    return;
  }
  if (*event == "phx_error") forget(*topic);
  listener_.on_event(*this, {std::move(*topic), std::move(*event), std::move(parts[4])});
}

void client::take_reply(const std::string& ref, const bennu::json& payload) {
  const auto found = std::find_if(requests_.begin(), requests_.end(), [&](const request& r) { return r.ref == ref; });
  if (found == requests_.end()) return;
  const auto answered = std::move(*found);
  requests_.erase(found);
  const bool ok = payload["status"] == bennu::json{"ok"};
  if (!ok && answered.event == "phx_join") forget(answered.topic);
  listener_.on_reply(*this, answered, ok, payload["response"]);
}

// -- topics -----------------------------------------------------------------------------------------------------------

const std::string* client::join_ref_of(std::string_view topic) const noexcept {
  const auto found = std::find_if(topics_.begin(), topics_.end(), [&](const joined& j) { return j.topic == topic; });
  return found == topics_.end() ? nullptr : &found->join_ref;
}

void client::forget(std::string_view topic) {
  std::erase_if(topics_, [&](const joined& j) { return j.topic == topic; });
}

}  // namespace load
