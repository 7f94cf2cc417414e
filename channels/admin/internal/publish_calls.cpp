#include <memory>
#include <utility>

#include <bennu/channels/admin/internal/admin_services.hpp>
#include <bennu/channels/admin/internal/api_body.hpp>
#include <bennu/channels/admin/internal/json_schema.hpp>
#include <bennu/channels/admin/internal/problem.hpp>
#include <bennu/channels/admin/internal/publisher.hpp>

namespace bennu {

namespace {

using results = std::vector<publisher::result>;

std::string idempotency_key_of(const http_request& request) {
  const auto key = request.header("idempotency-key");
  if (!key) return {};
  if (key->empty() || key->size() > outgoing_message::max_idempotency_key_bytes ||
      request.headers.count("idempotency-key") > 1) {
    throw api_fault(400, "the field idempotency-key has from 1 to 255 bytes, once");
  }
  return std::string{*key};
}

http_response answer_of(const publisher::result& of) {
  if (const auto* const receipt = std::get_if<publish_receipt>(&of)) return http_response::json(202, encode(*receipt));
  return problem_of(std::get<api_fault>(of));
}

/// Each result is an answer of its own, with its status in it.
json document_of(const publisher::result& of) {
  if (const auto* const fault = std::get_if<api_fault>(&of)) return problem_document(fault->status(), fault->what());
  const auto& receipt = std::get<publish_receipt>(of);
  return {{"status", 202}, {"position", encode(receipt.position)}, {"subscribers", receipt.subscribers}};
}

void publish(const admin_services& services, publisher& with, api_request&& request) {
  auto& http = request.http;
  std::vector<outgoing_message> messages(1);
  auto& message = messages.front();
  message.topic = http.variable("topic");
  message.event = http.variable("event");
  message.idempotency_key = idempotency_key_of(http);
  message.payload = payload_body(http, services.limits.get());
  with.publish(request.key, std::move(messages),
               [to = std::move(request.to)](const results& all) { to.respond(answer_of(all.front())); });
}

/// Sends the messages that can be read, and gives each its result, in the order of the request.
void publish_all(const admin_services& services, publisher& with, api_request&& request) {
  auto elements = broadcasts_body(request.http, services.limits.get());
  json::array documents(elements.size());
  std::vector<std::size_t> places;
  std::vector<outgoing_message> messages;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    auto read = message_in(elements[i], services.limits.get());
    if (const auto* const fault = std::get_if<api_fault>(&read)) {
      documents[i] = document_of(*fault);
    } else {
      places.push_back(i);
      messages.push_back(std::move(std::get<outgoing_message>(read)));
    }
  }
  with.publish(request.key, std::move(messages),
               [to = std::move(request.to), documents = std::move(documents),
                places = std::move(places)](const results& all) mutable {
                 for (std::size_t i = 0; i < all.size(); ++i) documents[places[i]] = document_of(all[i]);
                 to.respond(http_response::json(200, {{"results", std::move(documents)}}));
               });
}

json payload_schema() { return {{"type", "object"}, {"description", "The payload, as clients get it."}}; }

json broadcasts_schema(std::size_t most) {
  const json text = schema_of<std::string>();
  const json broadcast{{"type", "object"},
                       {"properties",
                        {{"topic", text},
                         {"event", text},
                         {"payload", payload_schema()},
                         {"payload_base64", {{"type", "string"}, {"contentEncoding", "base64"}}},
                         {"idempotency_key", text}}},
                       {"required", json::array{"topic", "event"}}};
  return {{"type", "object"},
          {"properties", {{"broadcasts", {{"type", "array"}, {"maxItems", most}, {"items", broadcast}}}}},
          {"required", json::array{"broadcasts"}}};
}

json results_schema() {
  auto result = schema_of<publish_receipt>();
  result.find("properties")->set("status", schema_of<std::uint64_t>());
  result.find("properties")->set("title", schema_of<std::string>());
  result.find("properties")->set("detail", schema_of<std::string>());
  result.set("required", json::array{"status"});
  return {{"type", "object"},
          {"properties", {{"results", {{"type", "array"}, {"items", std::move(result)}}}}},
          {"required", json::array{"results"}}};
}

}  // namespace

std::vector<api_route> publish_calls(const admin_services& services, publisher& with) {
  std::vector<api_route> all;
  all.push_back({.method = "POST",
                 .path = "/v1/topics/{topic}/events/{event}",
                 .name = "publish",
                 .summary = "Send an event to the clients of a topic, on all nodes",
                 .scope = api_scope::publish,
                 .parameters = {{"Idempotency-Key",
                                 "The same key within five minutes gets the same answer, and nothing is sent again.",
                                 {{"type", "string"}, {"maxLength", outgoing_message::max_idempotency_key_bytes}},
                                 true}},
                 .bodies = {{"application/json", payload_schema()}, {"application/octet-stream", json::object{}}},
                 .status = 202,
                 .answer = schema_of<publish_receipt>(),
                 .refusals = {413, 415, 422, 503},
                 .handle = [services, &with](api_request request) { publish(services, with, std::move(request)); }});
  all.push_back(
      {.method = "POST",
       .path = "/v1/broadcasts",
       .name = "publishAll",
       .summary = "Send several events, in their order",
       .scope = api_scope::publish,
       .bodies = {{"application/json", broadcasts_schema(services.limits.get().max_api_broadcasts)}},
       .answer = results_schema(),
       .refusals = {413, 415},
       .handle = [services, &with](api_request request) { publish_all(services, with, std::move(request)); }});
  return all;
}

}  // namespace bennu
