#include <utility>

#include <bennu/channels/admin/internal/admin_services.hpp>
#include <bennu/channels/admin/internal/api_query.hpp>
#include <bennu/channels/admin/internal/json_schema.hpp>
#include <bennu/channels/admin/internal/page_answer.hpp>
#include <bennu/channels/admin/internal/problem.hpp>
#include <bennu/runtime/base64.hpp>
#include <bennu/runtime/exception_text.hpp>

namespace bennu {

namespace {

const std::vector<api_parameter>& topics_parameters() {
  static const std::vector<api_parameter> all{text_parameter("prefix", "Only topics that begin with it."),
                                              limit_parameter(), cursor_parameter(), node_parameter()};
  return all;
}

const std::vector<api_parameter>& history_parameters() {
  static const std::vector<api_parameter> all{
      text_parameter("since", "Only messages after this position, the oldest first. Without it, the newest messages."),
      limit_parameter()};
  return all;
}

void list_topics(const admin_services& services, api_request&& request) {
  const api_query query{request.http, topics_parameters(), services.limits.get()};
  const topic_query wanted{.prefix = query.text("prefix").value_or(""),
                           .node = query.text("node"),
                           .limit = query.limit(),
                           .cursor = query.text("cursor").value_or("")};
  services.clients.topics(wanted, [to = std::move(request.to)](const topic_page& page) {
    to.respond(page_answer("topics", page.topics, page));
  });
}

/// The list may call the program's `fetch`, which may wait.
void list_presences(const admin_services& services, api_request&& request) {
  const api_query query{request.http, {}, services.limits.get()};
  services.run_blocking([services, topic = std::string{request.http.variable("topic")}, to = std::move(request.to)] {
    try {
      to.respond(unshared(http_response::json(200, services.presences.of(topic))));
    } catch (...) {
      services.log.error("API: the presences of a topic: " + exception_text());
      to.respond(problem(500));
    }
  });
}

json document_of(const past_message& one) {
  json document{{"position", one.position}, {"event", one.event}};
  if (const auto* const bytes = one.payload.if_binary()) {
    document.set("payload_base64", base64_encode(bytes->data));
  } else {
    document.set("payload", one.payload.as_json());
  }
  document.set("time", one.time.count());
  return document;
}

/// With `since`, the page has the first messages after it, so that its last position asks for the next page.
void read_history(const admin_services& services, api_request&& request) {
  const api_query query{request.http, history_parameters(), services.limits.get()};
  const auto limit = query.limit();
  const auto since = query.text("since");
  auto* const histories = services.topics.history();
  history_request wanted{history_request::last{limit}};
  if (since) wanted.wanted = history_request::since{*since};
  const auto page = histories == nullptr
                        ? std::nullopt
                        : histories->read(request.http.variable("topic"), wanted, since ? SIZE_MAX : limit);
  if (!page) throw api_fault(404, "the topic keeps no history");
  json::array messages;
  for (const auto& one : page->messages) {
    if (messages.size() == limit) break;
    messages.push_back(document_of(one));
  }
  request.to.respond(unshared(http_response::json(
      200, {{"messages", std::move(messages)}, {"at", page->at}, {"recovered", page->recovered()}})));
}

json history_schema() {
  const json message{{"type", "object"},
                     {"properties",
                      {{"position", schema_of<std::string>()},
                       {"event", schema_of<std::string>()},
                       {"payload", {{"type", "object"}}},
                       {"payload_base64", {{"type", "string"}, {"contentEncoding", "base64"}}},
                       {"time", schema_of<std::uint64_t>()}}},
                     {"required", json::array{"position", "event", "time"}}};
  return {{"type", "object"},
          {"properties",
           {{"messages", {{"type", "array"}, {"items", message}}},
            {"at", schema_of<std::string>()},
            {"recovered", schema_of<bool>()}}},
          {"required", json::array{"messages", "at", "recovered"}}};
}

json presences_schema() {
  const json metas{{"type", "array"}, {"items", {{"type", "object"}}}};
  return {{"type", "object"}, {"additionalProperties", {{"type", "object"}, {"properties", {{"metas", metas}}}}}};
}

}  // namespace

std::vector<api_route> topic_calls(const admin_services& services) {
  std::vector<api_route> all;
  all.push_back({.method = "GET",
                 .path = "/v1/topics",
                 .name = "listTopics",
                 .summary = "List the topics with their subscribers, in the order of their names",
                 .scope = api_scope::read,
                 .parameters = topics_parameters(),
                 .answer = page_schema<topic_info>("topics"),
                 .handle = [services](api_request request) { list_topics(services, std::move(request)); }});
  all.push_back({.method = "GET",
                 .path = "/v1/topics/{topic}/presence",
                 .name = "listPresences",
                 .summary = "Read the presences of a topic, on all nodes",
                 .scope = api_scope::read,
                 .answer = presences_schema(),
                 .handle = [services](api_request request) { list_presences(services, std::move(request)); }});
  all.push_back({.method = "GET",
                 .path = "/v1/topics/{topic}/history",
                 .name = "readHistory",
                 .summary = "Read the messages that a topic keeps",
                 .scope = api_scope::read,
                 .parameters = history_parameters(),
                 .answer = history_schema(),
                 .refusals = {404},
                 .handle = [services](api_request request) { read_history(services, std::move(request)); }});
  return all;
}

}  // namespace bennu
