#include <bennu/transport/internal/long_poll_sessions.hpp>

#include <utility>

#include <bennu/transport/internal/long_poll_session.hpp>

#include <caf/send.hpp>

namespace bennu {

void long_poll_sessions::open(const std::string& token, accepted_socket& accepted, connection_count::permit permit,
                              event_loop& home, const std::shared_ptr<socket_route>& route) {
  const auto to = make_ref<long_poll_connection>(&home, route->limits());
  auto handler = accepted.open(to);
  // The route lives as long as the socket.
  auto on_end = [self = shared_from_this(), token, route] { self->remove(token); };
  caf::actor_config config{&threads_.host(home.index())};
  auto session = threads_.actors().spawn_impl<long_poll_session, caf::no_spawn_options>(
      config, long_poll_session::context{route->limits(), *threads_.metrics(), threads_.log()}, to, std::move(handler),
      std::move(on_end));
  const auto t = table_.lock();
  if (t->closing) caf::anon_send(session, long_poll_session::end{});
  t->sessions.emplace(token, entry{std::move(session), route.get(), std::move(permit), t->closing});
}

/// A hash table does not compare in constant time, and need not: its timing could reveal the hash of a token, but not
/// its random bytes one by one.
caf::actor long_poll_sessions::find(const std::string& token, const std::string& path) const {
  const auto t = table_.lock();
  const auto found = t->sessions.find(token);
  return found != t->sessions.end() && found->second.route->path() == path ? found->second.session : caf::actor{};
}

void long_poll_sessions::remove(const std::string& token) {
  const auto t = table_.lock();
  t->sessions.erase(token);
  if (t->sessions.empty()) none_left_.notify_all();
}

bool long_poll_sessions::is_closing() const { return table_.lock()->closing; }

std::size_t long_poll_sessions::end(std::size_t most) {
  const auto t = table_.lock();
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

void long_poll_sessions::await_none() {
  auto t = table_.lock();
  t.wait(none_left_, [](const table& left) { return left.sessions.empty(); });
}

}  // namespace bennu
