#include <utility>

#include <bennu/channels/admin/internal/admin_services.hpp>
#include <bennu/channels/admin/internal/api_body.hpp>
#include <bennu/channels/admin/internal/api_query.hpp>
#include <bennu/channels/admin/internal/json_schema.hpp>
#include <bennu/channels/admin/internal/page_answer.hpp>
#include <bennu/channels/admin/internal/problem.hpp>

namespace bennu {

namespace {

constexpr std::size_t max_body_depth = 16;
constexpr std::size_t max_reason_bytes = 1'000;

/// The body of a request to close a connection, which may be missing.
struct close_body {
  std::optional<std::string> reason;
  static void fields(auto& self, auto&& f) { f("reason", self.reason, length(0, max_reason_bytes)); }
};

struct disconnect_body {
  std::string id;
  static void fields(auto& self, auto&& f) { f("id", self.id, length(1, 1'024)); }
};

struct listed_node {
  std::string name;
  bool up = false;
  std::uint64_t sockets = 0;
  std::uint64_t channels = 0;
  std::uint64_t waiting_bytes = 0;
  std::int64_t lag_ms = 0;

  static void fields(auto& self, auto&& f) {
    f("name", self.name);
    f("up", self.up);
    f("sockets", self.sockets);
    f("channels", self.channels);
    f("waiting_bytes", self.waiting_bytes);
    f("lag_ms", self.lag_ms);
  }
};

struct node_list {
  std::vector<listed_node> nodes;
  static void fields(auto& self, auto&& f) { f("nodes", self.nodes); }
};

template <class T>
T body_as(const http_request& request) {
  auto decoded = decode<T>(json_body(request, max_body_depth));
  if (auto* const value = std::get_if<T>(&decoded)) return std::move(*value);
  throw api_fault(400, std::get<decode_error>(decoded).text());
}

const std::vector<api_parameter>& sockets_parameters() {
  static const std::vector<api_parameter> all{text_parameter("id", "Only sockets with this id."),
                                              text_parameter("topic", "Only sockets with a channel on this topic."),
                                              limit_parameter(), cursor_parameter(), node_parameter()};
  return all;
}

void list_sockets(const admin_services& services, api_request&& request) {
  const api_query query{request.http, sockets_parameters(), services.limits.get()};
  const socket_query wanted{.id = query.text("id"),
                            .topic = query.text("topic"),
                            .node = query.text("node"),
                            .limit = query.limit(),
                            .cursor = query.text("cursor").value_or("")};
  services.clients.sockets(wanted, [to = std::move(request.to)](const socket_page& page) {
    to.respond(page_answer("sockets", page.sockets, page));
  });
}

http_response answer_to(introspection::closing result) {
  switch (result) {
    case introspection::closing::closed:
      return http_response::json(202, json::object{});
    case introspection::closing::not_found:
      return problem(404, "there is no such connection");
    case introspection::closing::unanswered:
      break;
  }
  return problem_for_now(503, std::chrono::seconds{1}, "the node of the connection did not answer in time");
}

void close_socket(const admin_services& services, api_request&& request) {
  const auto body = request.http.body.empty() ? close_body{} : body_as<close_body>(request.http);
  const auto reason = body.reason.value_or("") + " (key " + std::string{request.key} + ')';
  services.clients.close(request.http.variable("ref"), reason,
                         [to = std::move(request.to)](auto result) { to.respond(answer_to(result)); });
}

void disconnect(const admin_services& services, const api_request& request) {
  const auto body = body_as<disconnect_body>(request.http);
  services.log.info("API: the sockets of an id are disconnected (key " + std::string{request.key} + ')');
  services.topics.broadcast(body.id, "disconnect", {}, {.retention = retention::transient});
  request.to.respond(http_response::json(202, json::object{}));
}

void list_nodes(const admin_services& services, api_request&& request) {
  const api_query query{request.http, {}, services.limits.get()};
  services.clients.reports([to = std::move(request.to)](const std::vector<node_report>& reports) {
    node_list all;
    for (const auto& one : reports) {
      all.nodes.push_back({one.name, one.up, one.sockets, one.channels, one.waiting_bytes, one.lag_ms});
    }
    to.respond(unshared(http_response::json(200, encode(all))));
  });
}

}  // namespace

std::vector<api_route> socket_calls(const admin_services& services) {
  std::vector<api_route> all;
  all.push_back({.method = "GET",
                 .path = "/v1/sockets",
                 .name = "listSockets",
                 .summary = "List the connected clients",
                 .scope = api_scope::read,
                 .parameters = sockets_parameters(),
                 .answer = page_schema<socket_info>("sockets"),
                 .handle = [services](api_request request) { list_sockets(services, std::move(request)); }});
  all.push_back({.method = "DELETE",
                 .path = "/v1/sockets/{ref}",
                 .name = "closeSocket",
                 .summary = "Close one connection",
                 .scope = api_scope::manage,
                 .bodies = {{"application/json", schema_of<close_body>()}},
                 .needs_body = false,
                 .status = 202,
                 .answer = json{{"type", "object"}},
                 .refusals = {404, 415, 503},
                 .handle = [services](api_request request) { close_socket(services, std::move(request)); }});
  all.push_back({.method = "POST",
                 .path = "/v1/disconnect",
                 .name = "disconnect",
                 .summary = "Close all connections of an id, on all nodes",
                 .scope = api_scope::manage,
                 .bodies = {{"application/json", schema_of<disconnect_body>()}},
                 .status = 202,
                 .answer = json{{"type", "object"}},
                 .refusals = {415},
                 .handle = [services](const api_request& request) { disconnect(services, request); }});
  all.push_back({.method = "GET",
                 .path = "/v1/nodes",
                 .name = "listNodes",
                 .summary = "List the nodes, this one first",
                 .scope = api_scope::read,
                 .answer = schema_of<node_list>(),
                 .handle = [services](api_request request) { list_nodes(services, std::move(request)); }});
  return all;
}

}  // namespace bennu
