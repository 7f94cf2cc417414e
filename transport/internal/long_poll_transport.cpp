#include <bennu/transport/internal/long_poll_transport.hpp>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <unordered_map>

#include <openssl/rand.h>

#include <bennu/runtime/exception_text.hpp>
#include <bennu/runtime/system.hpp>
#include <bennu/transport/internal/base64.hpp>
#include <bennu/transport/internal/long_poll_body.hpp>
#include <bennu/transport/internal/long_poll_session.hpp>
#include <bennu/transport/internal/websocket_handshake.hpp>

#include <caf/send.hpp>

namespace bennu {

namespace http = boost::beast::http;

namespace {

/// Any page may read the answers: which pages may connect is the origin check's business.
http_response for_any_page(http_response response) {
  response.headers.emplace_back("access-control-allow-origin", "*");
  return response;
}

http_response json_response(std::string body) {
  http_response response;
  response.headers.emplace_back("content-type", "application/json; charset=utf-8");
  response.headers.emplace_back("cache-control", "no-store");
  response.body = std::move(body);
  return for_any_page(std::move(response));
}

http_response preflight_response(const http_request& request) {
  std::string wanted;
  for (const auto value : request.headers("access-control-request-headers")) {
    if (!wanted.empty()) wanted += ", ";
    wanted += value;
  }
  http_response response;
  response.headers.emplace_back("access-control-allow-headers", std::move(wanted));
  response.headers.emplace_back("access-control-allow-methods", "get, post, options");
  response.headers.emplace_back("access-control-max-age", "3600");
  return for_any_page(std::move(response));
}

/// Answers from whatever thread with a JSON body.
void respond(event_loop& loop, const ref<http_session>& to, std::string body, std::function<void(bool)> on_done = {}) {
  if (loop.is_current()) return to->respond(json_response(std::move(body)), std::move(on_done));
  loop.post([to, body = std::move(body), on_done = std::move(on_done)]() mutable {
    to->respond(json_response(std::move(body)), std::move(on_done));
  });
}

/// A name that cannot be guessed.
std::string new_token() {
  std::array<char, 24> bytes;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("OpenSSL has no random bytes, which long-poll tokens are made of");
  }
  auto token = base64_encode({bytes.data(), bytes.size()});
  std::replace(token.begin(), token.end(), '+', '-');
  std::replace(token.begin(), token.end(), '/', '_');
  return token;
}

/// The header is of later clients, the parameter of those up to 1.8.
std::string token_of(const http_request& request, const bennu::limits& limits) {
  if (const auto header = request.header("x-phoenix-longpoll-token")) return std::string{*header};
  const auto params = query_of(request, limits);
  const auto* token = params ? (*params)["token"].if_string() : nullptr;
  return token != nullptr ? *token : std::string{};
}

}  // namespace

struct long_poll_transport::state : std::enable_shared_from_this<state> {
  struct entry {
    caf::actor session;  ///< keeps it alive
    const socket_route* route;
    connection_count::permit permit;
    bool ending = false;
  };

  state(system& t, connection_count& c) : threads(t), count(c) {}

  void poll(http_request request, const ref<http_session>& from, const std::shared_ptr<socket_route>& route);
  void publish(const http_request& request, const ref<http_session>& from, const socket_route& route);
  void open(const http_request& request, const ref<http_session>& from, const std::shared_ptr<socket_route>& route);
  std::string start(accepted_socket& accepted, connection_count::permit permit, event_loop& home,
                    const std::shared_ptr<socket_route>& route);
  caf::actor find(const std::string& token, const socket_route& route) const;
  void remove(const std::string& token);
  std::size_t end(std::size_t most);
  bool is_closing() const;

  system& threads;
  connection_count& count;
  mutable std::mutex mutex;
  std::condition_variable none_left;
  std::unordered_map<std::string, entry> sessions;  ///< by token; bounded by `count`
  bool closing = false;
};

void long_poll_transport::state::poll(http_request request, const ref<http_session>& from,
                                      const std::shared_ptr<socket_route>& route) {
  auto token = token_of(request, route->limits());
  const auto session = find(token, *route);
  if (!session) return open(request, from, route);
  const auto shared = std::make_shared<const http_request>(std::move(request));
  auto respond_to_poll = [self = shared_from_this(), &loop = from->shard().loop, from, route, shared,
                          token = std::move(token)](auto status, auto messages, auto on_taken) {
    if (status == long_poll_status::gone && !self->is_closing()) {
      // The session ended before it could answer: this is a request like any other without a session.
      loop.post([self, from, route, shared] { self->open(*shared, from, route); });
    } else {
      respond(loop, from, long_poll_answer(status, token, messages), std::move(on_taken));
    }
  };
  caf::anon_send(session, long_poll_session::poll{make_ref<long_poll_request>(std::move(respond_to_poll))});
}

void long_poll_transport::state::publish(const http_request& request, const ref<http_session>& from,
                                         const socket_route& route) {
  if (request.message.body().size() > route.limits().max_request_body_bytes) {
    return from->respond(for_any_page(plain_response(400)));
  }
  const auto session = find(token_of(request, route.limits()), route);
  if (!session) return from->respond(json_response(long_poll_answer(long_poll_status::gone)));
  auto messages = parse_long_poll_post(request.header("content-type").value_or(""), request.message.body(),
                                       route.limits().max_long_poll_batch);
  if (!messages) return from->respond(for_any_page(plain_response(400)));
  auto respond_to_post = [&loop = from->shard().loop, from](auto status, auto, auto on_taken) {
    respond(loop, from, long_poll_answer(status), std::move(on_taken));
  };
  caf::anon_send(session, long_poll_session::publish{make_ref<long_poll_request>(std::move(respond_to_post)),
                                                     std::move(*messages)});
}

void long_poll_transport::state::open(const http_request& request, const ref<http_session>& from,
                                      const std::shared_ptr<socket_route>& route) {
  if (!from->is_open()) return;
  const auto params = query_of(request, route->limits());
  if (!params) return from->respond(for_any_page(plain_response(400, "malformed query string")));
  auto permit = is_closing() ? std::nullopt : count.add(request.peer_address);
  if (!permit) {
    threads.metrics()->add(metric::connections_refused);
    return from->respond(for_any_page(plain_response(503)));
  }
  auto info = request.info();
  if (route->options().auth_token) info.auth_token = request.header("x-phoenix-authtoken");
  try {
    auto verdict = route->connect(*params, info);
    const auto* accepted = std::get_if<std::unique_ptr<accepted_socket>>(&verdict);
    if (accepted == nullptr) {
      return from->respond(json_response(long_poll_answer(long_poll_status::forbidden)));
    }
    const auto token = start(**accepted, std::move(*permit), from->shard().loop, route);
    from->respond(json_response(long_poll_answer(long_poll_status::gone, token, {})));
  } catch (...) {
    threads.log().error("connect on " + route->path() + " failed: " + exception_text());
    from->respond(for_any_page(plain_response(500, "Internal Server Error")));
  }
}

/// Opens the socket, on its home thread. @returns its token
std::string long_poll_transport::state::start(accepted_socket& accepted, connection_count::permit permit,
                                              event_loop& home, const std::shared_ptr<socket_route>& route) {
  const auto token = new_token();
  const auto to = make_ref<long_poll_connection>(&home, route->limits());
  auto handler = accepted.open(to);
  // The route is kept for as long as the socket is.
  auto on_end = [self = shared_from_this(), token, route] { self->remove(token); };
  caf::actor_config config{&threads.host(home.index())};
  auto session = threads.actors().spawn_impl<long_poll_session, caf::no_spawn_options>(
      config, route->limits().long_poll_window, threads.log(), to, std::move(handler), std::move(on_end));
  const std::lock_guard lock{mutex};
  if (closing) caf::anon_send(session, long_poll_session::end{});
  sessions.emplace(token, entry{std::move(session), route.get(), std::move(permit), closing});
  return token;
}

/// A hash table does not compare in constant time, and need not: what its timing could tell of a token is its hash, not
/// its random bytes one by one. A token is good for the mount that gave it out, and no other.
///
/// In a cluster, this is where a request for another node's session would be sent on to it.
caf::actor long_poll_transport::state::find(const std::string& token, const socket_route& route) const {
  const std::lock_guard lock{mutex};
  const auto found = sessions.find(token);
  return found != sessions.end() && found->second.route == &route ? found->second.session : caf::actor{};
}

void long_poll_transport::state::remove(const std::string& token) {
  const std::lock_guard lock{mutex};
  sessions.erase(token);
  if (sessions.empty()) none_left.notify_all();
}

bool long_poll_transport::state::is_closing() const {
  const std::lock_guard lock{mutex};
  return closing;
}

/// Ends `most` of the sessions, and opens none any more.
std::size_t long_poll_transport::state::end(std::size_t most) {
  const std::lock_guard lock{mutex};
  closing = true;
  std::size_t ended = 0;
  for (auto& [token, e] : sessions) {
    if (ended == most) break;
    if (std::exchange(e.ending, true)) continue;
    caf::anon_send(e.session, long_poll_session::end{});
    ++ended;
  }
  return ended;
}

long_poll_transport::long_poll_transport(system& threads, connection_count& count)
    : state_(std::make_shared<state>(threads, count)) {}

long_poll_transport::~long_poll_transport() {
  state_->end(std::numeric_limits<std::size_t>::max());
  std::unique_lock lock{state_->mutex};
  state_->none_left.wait(lock, [this] { return state_->sessions.empty(); });
}

void long_poll_transport::handle(http_request request, const ref<http_session>& from,
                                 const std::shared_ptr<socket_route>& route) {
  if (!origin_allowed(request, *route)) {
    return from->respond(json_response(long_poll_answer(long_poll_status::forbidden)));
  }
  switch (request.message.method()) {
    case http::verb::get:
      return state_->poll(std::move(request), from, route);
    case http::verb::post:
      return state_->publish(request, from, *route);
    case http::verb::options:
      return from->respond(preflight_response(request));
    default:
      return from->respond(for_any_page(plain_response(400)));
  }
}

std::size_t long_poll_transport::drain(std::size_t most) { return state_->end(most); }

}  // namespace bennu
