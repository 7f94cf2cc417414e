#include <bennu/transport/internal/long_poll_transport.hpp>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <limits>
#include <stdexcept>
#include <unordered_map>

#include <openssl/rand.h>

#include <bennu/runtime/exception_text.hpp>
#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/system.hpp>
#include <bennu/transport/internal/base64.hpp>
#include <bennu/transport/internal/long_poll_body.hpp>
#include <bennu/transport/internal/long_poll_relay.hpp>
#include <bennu/transport/internal/long_poll_session.hpp>
#include <bennu/transport/internal/socket_request.hpp>

#include <caf/send.hpp>

namespace bennu {

namespace {

/// Allows any page to read the answers. The origin check decides which pages may connect.
http_response for_any_page(http_response response) {
  response.headers.add("access-control-allow-origin", "*");
  return response;
}

http_response json_response(std::string body) {
  http_response response;
  response.headers.add("content-type", "application/json; charset=utf-8");
  response.headers.add("cache-control", "no-store");
  response.body = std::move(body);
  return for_any_page(std::move(response));
}

http_response preflight_response(const http_request& request) {
  std::string wanted;
  for (const auto value : request.headers.all("access-control-request-headers")) {
    if (!wanted.empty()) wanted += ", ";
    wanted += value;
  }
  http_response response;
  response.headers.add("access-control-allow-headers", wanted);
  response.headers.add("access-control-allow-methods", "get, post, options");
  response.headers.add("access-control-max-age", "3600");
  return for_any_page(std::move(response));
}

/// An unpredictable text.
std::string new_secret() {
  std::array<char, 24> bytes;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("OpenSSL has no random bytes, which long-poll tokens are made of");
  }
  return base64_url_encode({bytes.data(), bytes.size()});
}

/// The session's token, from a header, or for clients up to 1.8 from a parameter. Empty if there is none; nothing if
/// the query is malformed.
std::optional<std::string> token_of(const http_request& request, const bennu::limits& limits) {
  const auto params = connect_params(request, limits);
  if (!params) return std::nullopt;
  if (const auto header = request.header("x-phoenix-longpoll-token")) return std::string{*header};
  const auto* token = (*params)["token"].if_string();
  return token != nullptr ? *token : std::string{};
}

void refuse_query(const ref<http_session>& from) {
  refuse_request(from, for_any_page(http_response::text(400, "malformed query string")), "malformed query string");
}

/// True if no message exceeds the limit that holds for WebSockets.
bool are_within(const std::vector<posted_message>& messages, std::size_t max_bytes) {
  return std::all_of(messages.begin(), messages.end(), [&](const auto& m) { return m.bytes.size() <= max_bytes; });
}

}  // namespace

struct long_poll_transport::state : std::enable_shared_from_this<state> {
  struct entry {
    caf::actor session;  ///< keeps the session alive
    const socket_route* route;
    connection_count::permit permit;
    bool ending = false;
  };

  state(system& t, connection_count& c) : threads(t), count(c) {}

  void poll(http_request request, const ref<http_session>& from, const std::shared_ptr<socket_route>& route);
  void publish(const http_request& request, const ref<http_session>& from, const socket_route& route);
  void ask(event_loop& loop, const bennu::limits& limits, long_poll_question question, long_poll_relay::answer then);
  void ask_here(long_poll_question question, long_poll_relay::answer then);
  void open(const http_request& request, const ref<http_session>& from, const std::shared_ptr<socket_route>& route);
  std::string start(accepted_socket& accepted, connection_count::permit permit, event_loop& home,
                    const std::shared_ptr<socket_route>& route);
  std::optional<std::string> other_node(const std::string& token) const;
  caf::actor find(const std::string& token, const std::string& path) const;
  void remove(const std::string& token);
  std::size_t end(std::size_t most);
  bool is_closing() const;

  system& threads;
  connection_count& count;
  std::shared_ptr<long_poll_relay> relay;  ///< null if this node is alone
  struct table {
    std::unordered_map<std::string, entry> sessions;  ///< by token; bounded by `count`
    bool closing = false;
  };
  guarded<table> all;
  std::condition_variable none_left;
};

/// A request for an unknown session opens a new one. While a poll waits, its request is not kept, except for headers
/// that are needed if the session is on another node. If a session ends while its poll waits, the client receives an
/// empty token, with which it requests a new session.
void long_poll_transport::state::poll(http_request request, const ref<http_session>& from,
                                      const std::shared_ptr<socket_route>& route) {
  auto token = token_of(request, route->limits());
  if (!token) return refuse_query(from);
  long_poll_question question{route->path(), std::move(*token), std::nullopt};
  if (other_node(question.token)) {
    std::string{}.swap(request.body);
    const auto kept = std::make_shared<const http_request>(std::move(request));
    return ask(from->shard().loop, route->limits(), std::move(question),
               [self = shared_from_this(), from, route, kept](auto status, auto body, auto on_delivered) {
                 if (status == long_poll_status::gone && !self->is_closing()) return self->open(*kept, from, route);
                 from->respond(json_response(std::move(body)), std::move(on_delivered));
               });
  }
  if (!find(question.token, question.path)) {
    const bool comes_back = !question.token.empty() && is_closing();
    if (comes_back) return from->respond(json_response(long_poll_answer(long_poll_status::gone, "", {})));
    return open(request, from, route);
  }
  ask(from->shard().loop, route->limits(), std::move(question), [from](auto status, auto body, auto on_delivered) {
    if (status == long_poll_status::gone) body = long_poll_answer(status, "", {});
    from->respond(json_response(std::move(body)), std::move(on_delivered));
  });
}

void long_poll_transport::state::publish(const http_request& request, const ref<http_session>& from,
                                         const socket_route& route) {
  if (request.body.size() > route.limits().max_request_body_bytes) {
    return refuse_request(from, for_any_page(http_response::text(400)), "max_request_body_bytes");
  }
  auto token = token_of(request, route.limits());
  if (!token) return refuse_query(from);
  long_poll_question question{route.path(), std::move(*token), std::nullopt};
  if (!other_node(question.token) && !find(question.token, question.path)) {
    return from->respond(json_response(long_poll_answer(long_poll_status::gone)));
  }
  auto batch = parse_long_poll_post(request.header("content-type").value_or(""), request.body,
                                    route.limits().max_long_poll_batch);
  if (!batch || !are_within(batch->messages, route.limits().max_message_bytes)) {
    return refuse_request(from, for_any_page(http_response::text(400)), "a malformed POST, or max_message_bytes");
  }
  if (batch->ignored > 0) from->shard().counts.add(metric::messages_ignored, static_cast<std::int64_t>(batch->ignored));
  question.post = std::move(batch->messages);
  ask(from->shard().loop, route.limits(), std::move(question), [from](auto, auto body, auto on_delivered) {
    from->respond(json_response(std::move(body)), std::move(on_delivered));
  });
}

/// Asks the session, on this node or another. @param then is called on `loop`, which is the current one
void long_poll_transport::state::ask(event_loop& loop, const bennu::limits& limits, long_poll_question question,
                                     long_poll_relay::answer then) {
  if (const auto node = other_node(question.token)) {
    return relay->ask(loop, *node, std::move(question), limits.long_poll_window + limits.node_timeout, std::move(then));
  }
  ask_here(std::move(question), [&loop, then = std::move(then)](auto status, auto body, auto on_delivered) {
    if (loop.is_current()) return then(status, std::move(body), std::move(on_delivered));
    loop.post([then, status, body = std::move(body), on_delivered = std::move(on_delivered)] {
      then(status, body, on_delivered);
    });
  });
}

/// Asks a session of this node. @param then called on any thread
void long_poll_transport::state::ask_here(long_poll_question question, long_poll_relay::answer then) {
  const auto session = find(question.token, question.path);
  if (!session) return then(long_poll_status::gone, answer_to(question, long_poll_status::gone), {});
  auto messages =
      std::exchange(question.post, question.post ? std::optional{std::vector<posted_message>{}} : std::nullopt);
  const auto request = make_ref<long_poll_request>(
      [question = std::move(question), then = std::move(then)](auto status, auto due, auto on_delivered) {
        then(status, answer_to(question, status, due), std::move(on_delivered));
      });
  if (messages) {
    caf::anon_send(session, long_poll_session::publish{request, std::move(*messages)});
  } else {
    caf::anon_send(session, long_poll_session::poll{request});
  }
}

void long_poll_transport::state::open(const http_request& request, const ref<http_session>& from,
                                      const std::shared_ptr<socket_route>& route) {
  if (!from->is_open()) return;
  const auto params = connect_params(request, route->limits());
  if (!params) return refuse_query(from);
  auto permit = is_closing() ? std::nullopt : count.add(request.peer_address);
  if (!permit) {
    threads.metrics()->add(metric::connections_refused);
    return from->respond(for_any_page(http_response::text(503)));
  }
  auto info = connect_info_of(request);
  if (route->options().auth_token) info.auth_token = request.header("x-phoenix-authtoken");
  try {
    auto verdict = ask_connect(*route, *params, info, from->shard());
    const auto* accepted = std::get_if<std::unique_ptr<accepted_socket>>(&verdict);
    if (accepted == nullptr) {
      return from->respond(json_response(long_poll_answer(long_poll_status::forbidden)));
    }
    const auto token = start(**accepted, std::move(*permit), from->shard().loop, route);
    from->respond(json_response(long_poll_answer(long_poll_status::gone, token, {})));
  } catch (...) {
    threads.log().error("connect on " + route->path() + " failed: " + exception_text());
    from->respond(for_any_page(http_response::text(500, "Internal Server Error")));
  }
}

/// Opens the socket, on its home thread. @returns its token
std::string long_poll_transport::state::start(accepted_socket& accepted, connection_count::permit permit,
                                              event_loop& home, const std::shared_ptr<socket_route>& route) {
  const auto token = relay ? relay->token_of(new_secret()) : new_secret();
  const auto to = make_ref<long_poll_connection>(&home, route->limits());
  auto handler = accepted.open(to);
  // The route lives as long as the socket.
  auto on_end = [self = shared_from_this(), token, route] { self->remove(token); };
  caf::actor_config config{&threads.host(home.index())};
  auto session = threads.actors().spawn_impl<long_poll_session, caf::no_spawn_options>(
      config, long_poll_session::context{route->limits(), *threads.metrics(), threads.log()}, to, std::move(handler),
      std::move(on_end));
  const auto t = all.lock();
  if (t->closing) caf::anon_send(session, long_poll_session::end{});
  t->sessions.emplace(token, entry{std::move(session), route.get(), std::move(permit), t->closing});
  return token;
}

/// The node that has a token's session; nothing if it is this node, or if no node has it.
std::optional<std::string> long_poll_transport::state::other_node(const std::string& token) const {
  return relay ? relay->node_of(token) : std::nullopt;
}

/// A hash table does not compare in constant time, and need not: its timing could reveal the hash of a token, but not
/// its random bytes one by one. A token is valid only for the mount that made it.
caf::actor long_poll_transport::state::find(const std::string& token, const std::string& path) const {
  const auto t = all.lock();
  const auto found = t->sessions.find(token);
  return found != t->sessions.end() && found->second.route->path() == path ? found->second.session : caf::actor{};
}

void long_poll_transport::state::remove(const std::string& token) {
  const auto t = all.lock();
  t->sessions.erase(token);
  if (t->sessions.empty()) none_left.notify_all();
}

bool long_poll_transport::state::is_closing() const { return all.lock()->closing; }

/// Ends `most` sessions, and opens no more. Sessions of other nodes continue, and their clients have to poll there.
std::size_t long_poll_transport::state::end(std::size_t most) {
  if (relay) relay->end_polls();
  const auto t = all.lock();
  t->closing = true;
  std::size_t ended = 0;
  for (auto& [token, e] : t->sessions) {
    if (ended == most) break;
    if (std::exchange(e.ending, true)) continue;
    caf::anon_send(e.session, long_poll_session::end{});
    ++ended;
  }
  return ended;
}

long_poll_transport::long_poll_transport(system& threads, connection_count& count)
    : state_(std::make_shared<state>(threads, count)) {}

void long_poll_transport::share(std::shared_ptr<long_poll_nodes> nodes, const bennu::limits& limits) {
  state_->relay = std::make_shared<long_poll_relay>(
      std::move(nodes),
      [self = std::weak_ptr{state_}](auto what, auto then) {
        if (const auto s = self.lock()) s->ask_here(std::move(what), std::move(then));
      },
      limits.request_timeout + limits.node_timeout, limits.max_node_outbox_bytes / 4);
  state_->relay->start();
}

long_poll_transport::~long_poll_transport() {
  state_->end(std::numeric_limits<std::size_t>::max());
  auto t = state_->all.lock();
  t.wait(state_->none_left, [](const state::table& left) { return left.sessions.empty(); });
}

void long_poll_transport::handle(http_request request, const ref<http_session>& from,
                                 const std::shared_ptr<socket_route>& route) {
  if (!origin_allowed(request, *route, from->shard())) {
    return from->respond(json_response(long_poll_answer(long_poll_status::forbidden)));
  }
  if (request.method == "GET") return state_->poll(std::move(request), from, route);
  if (request.method == "POST") return state_->publish(request, from, *route);
  if (request.method == "OPTIONS") return from->respond(preflight_response(request));
  from->respond(for_any_page(http_response::text(400)));
}

std::size_t long_poll_transport::drain(std::size_t most) { return state_->end(most); }

}  // namespace bennu
