#include <bennu/transport/internal/long_poll_transport.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <openssl/rand.h>

#include <bennu/runtime/base64.hpp>
#include <bennu/runtime/exception_text.hpp>
#include <bennu/runtime/system.hpp>
#include <bennu/transport/internal/long_poll_relay.hpp>
#include <bennu/transport/internal/long_poll_responses.hpp>
#include <bennu/transport/internal/long_poll_session.hpp>
#include <bennu/transport/internal/long_poll_sessions.hpp>
#include <bennu/transport/internal/socket_request.hpp>

#include <caf/send.hpp>

namespace bennu {

namespace {

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

/// True if no message exceeds the limit that holds for WebSockets.
bool are_within(const std::vector<posted_message>& messages, std::size_t max_bytes) {
  return std::all_of(messages.begin(), messages.end(), [&](const auto& m) { return m.bytes.size() <= max_bytes; });
}

/// Sends a session's answer to the client.
long_poll_relay::answer answer_for(const http_responder& to) {
  return
      [to](auto, auto body, auto on_delivered) { to.respond(json_response(std::move(body)), std::move(on_delivered)); };
}

}  // namespace

struct long_poll_transport::state : std::enable_shared_from_this<state> {
  state(system& t, connection_count& c) : threads(t), count(c), sessions(std::make_shared<long_poll_sessions>(t)) {}

  void poll(http_request request, const http_responder& to, const std::shared_ptr<socket_route>& route);
  void publish(const http_request& request, const http_responder& to, const socket_route& route);
  void ask(event_loop& loop, const bennu::limits& limits, long_poll_question question, long_poll_relay::answer then);
  void ask_here(long_poll_question question, long_poll_relay::answer then);
  void open(const http_request& request, const http_responder& to, const std::shared_ptr<socket_route>& route);
  void refuse(const http_responder& to, std::string text, std::string_view reason);
  std::optional<std::string> other_node(const std::string& token) const;
  refusal_log refusals() const { return {threads.log(), *threads.metrics()}; }

  system& threads;
  connection_count& count;
  const std::shared_ptr<long_poll_sessions> sessions;
  std::shared_ptr<long_poll_relay> relay;  ///< null if this node is alone
};

/// A request for an unknown session opens a new one. While a poll waits, its request is not kept, except for headers
/// that are needed if the session is on another node. If a session ends while its poll waits, the client receives an
/// empty token, with which it requests a new session.
void long_poll_transport::state::poll(http_request request, const http_responder& to,
                                      const std::shared_ptr<socket_route>& route) {
  auto token = token_of(request, route->limits());
  if (!token) return refuse(to, "malformed query string", "malformed query string");
  long_poll_question question{route->path(), std::move(*token), std::nullopt};
  if (other_node(question.token)) {
    std::string{}.swap(request.body);
    const auto kept = std::make_shared<const http_request>(std::move(request));
    return ask(to.home(), route->limits(), std::move(question),
               [self = shared_from_this(), to, route, kept](auto status, auto body, auto on_delivered) {
                 if (status == long_poll_status::gone && !self->sessions->is_closing()) {
                   return self->open(*kept, to, route);
                 }
                 to.respond(json_response(std::move(body)), std::move(on_delivered));
               });
  }
  if (!sessions->find(question.token, question.path)) {
    const bool comes_back = !question.token.empty() && sessions->is_closing();
    if (comes_back) return to.respond(json_response(long_poll_answer(long_poll_status::gone, "", {})));
    return open(request, to, route);
  }
  ask_here(std::move(question), [to](auto status, auto body, auto on_delivered) {
    if (status == long_poll_status::gone) body = long_poll_answer(status, "", {});
    to.respond(json_response(std::move(body)), std::move(on_delivered));
  });
}

void long_poll_transport::state::publish(const http_request& request, const http_responder& to,
                                         const socket_route& route) {
  if (request.body.size() > route.limits().max_request_body_bytes) return refuse(to, {}, "max_request_body_bytes");
  auto token = token_of(request, route.limits());
  if (!token) return refuse(to, "malformed query string", "malformed query string");
  long_poll_question question{route.path(), std::move(*token), std::nullopt};
  if (!other_node(question.token) && !sessions->find(question.token, question.path)) {
    return to.respond(json_response(long_poll_answer(long_poll_status::gone)));
  }
  auto batch = parse_long_poll_post(request.header("content-type").value_or(""), request.body,
                                    route.limits().max_long_poll_batch);
  if (!batch || !are_within(batch->messages, route.limits().max_message_bytes)) {
    return refuse(to, {}, "a malformed POST, or max_message_bytes");
  }
  if (batch->ignored > 0) threads.metrics()->add(metric::messages_ignored, static_cast<std::int64_t>(batch->ignored));
  question.post = std::move(batch->messages);
  ask(to.home(), route.limits(), std::move(question), answer_for(to));
}

void long_poll_transport::state::refuse(const http_responder& to, std::string text, std::string_view reason) {
  refusals().refuse(400, reason);
  to.respond(for_any_page(http_response::text(400, std::move(text))));
}

/// Asks the session, on this node or another.
/// @param then called on any thread if the session is on this node, otherwise on `loop`, which is the current one
void long_poll_transport::state::ask(event_loop& loop, const bennu::limits& limits, long_poll_question question,
                                     long_poll_relay::answer then) {
  const auto node = other_node(question.token);
  if (!node) return ask_here(std::move(question), std::move(then));
  relay->ask(loop, *node, std::move(question), limits.long_poll_window + limits.node_timeout, std::move(then));
}

/// Asks a session of this node. @param then called on any thread
void long_poll_transport::state::ask_here(long_poll_question question, long_poll_relay::answer then) {
  const auto session = sessions->find(question.token, question.path);
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

void long_poll_transport::state::open(const http_request& request, const http_responder& to,
                                      const std::shared_ptr<socket_route>& route) {
  if (!to.is_waiting()) return;
  const auto params = connect_params(request, route->limits());
  if (!params) return refuse(to, "malformed query string", "malformed query string");
  auto permit = sessions->is_closing() ? std::nullopt : count.add(request.peer_address);
  if (!permit) {
    threads.metrics()->add(metric::connections_refused);
    return to.respond(for_any_page(http_response::text(503)));
  }
  auto info = connect_info_of(request);
  if (route->options().auth_token) info.auth_token = request.header("x-phoenix-authtoken");
  try {
    auto verdict = ask_connect(*route, *params, info, refusals());
    const auto* accepted = std::get_if<std::unique_ptr<accepted_socket>>(&verdict);
    if (accepted == nullptr) {
      return to.respond(json_response(long_poll_answer(long_poll_status::forbidden)));
    }
    const auto token = relay ? relay->token_of(new_secret()) : new_secret();
    sessions->open(token, **accepted, std::move(*permit), to.home(), route);
    to.respond(json_response(long_poll_answer(long_poll_status::gone, token, {})));
  } catch (...) {
    threads.log().error("connect on " + route->path() + " failed: " + exception_text());
    to.respond(for_any_page(http_response::text(500, "Internal Server Error")));
  }
}

/// The node that has a token's session; nothing if it is this node, or if no node has it.
std::optional<std::string> long_poll_transport::state::other_node(const std::string& token) const {
  return relay ? relay->node_of(token) : std::nullopt;
}

long_poll_transport::long_poll_transport(system& threads, connection_count& count)
    : state_(std::make_shared<state>(threads, count)) {}

void long_poll_transport::share(std::shared_ptr<long_poll_nodes> nodes, const bennu::limits& limits) {
  state_->relay = std::make_shared<long_poll_relay>(
      std::move(nodes),
      [self = std::weak_ptr{state_}](auto question, auto then) {
        if (const auto s = self.lock()) s->ask_here(std::move(question), std::move(then));
      },
      limits.request_timeout + limits.node_timeout, limits.max_node_outbox_bytes / 4);
  state_->relay->start();
}

long_poll_transport::~long_poll_transport() {
  drain(std::numeric_limits<std::size_t>::max());
  state_->sessions->await_none();
}

void long_poll_transport::handle(http_request request, const http_responder& to,
                                 const std::shared_ptr<socket_route>& route) {
  if (!origin_allowed(request, *route, state_->refusals())) {
    return to.respond(json_response(long_poll_answer(long_poll_status::forbidden)));
  }
  if (request.method == "GET") return state_->poll(std::move(request), to, route);
  if (request.method == "POST") return state_->publish(request, to, *route);
  if (request.method == "OPTIONS") return to.respond(preflight_response(request));
  to.respond(for_any_page(http_response::text(400)));
}

/// Sessions of other nodes continue, and their clients have to poll there.
std::size_t long_poll_transport::drain(std::size_t most) {
  if (state_->relay) state_->relay->end_polls();
  return state_->sessions->end(most);
}

}  // namespace bennu
