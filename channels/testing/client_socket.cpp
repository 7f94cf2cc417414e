#include <bennu/channels/testing/client_socket.hpp>

#include <variant>

#include <bennu/channels/testing/internal/client.hpp>
#include <bennu/channels/testing/internal/world.hpp>

namespace bennu::testing {

namespace {

std::string readable(const std::optional<reply_t>& reply) {
  std::ostringstream out;
  out << reply;
  return out.str();
}

std::string readable(std::optional<close_code> code) {
  return code ? "closed with " + std::to_string(static_cast<int>(*code)) : "cut off";
}

}  // namespace

const client_socket& client_socket::named(std::string name) const {
  client_->rename(std::move(name));
  return *this;
}

// -- joining ----------------------------------------------------------------------------------------------------------

client_channel client_socket::begin_join(const std::string& topic, const payload& params) const {
  return client_channel{*world_, client_->join(topic, params)};
}

client_channel client_socket::join(const std::string& topic, const payload& params, place where) const {
  const auto joined = begin_join(topic, params);
  world_->settle(where);
  const auto& answer = joined.join_reply();
  if (!answer || answer->status != ok) {
    world_->fail("expected the join of " + topic + " to be answered ok, got " + readable(answer), where);
  }
  return joined;
}

payload client_socket::assert_join_refused(const std::string& topic, const payload& params, place where) const {
  const auto joined = begin_join(topic, params);
  world_->settle(where);
  const auto& answer = joined.join_reply();
  if (!answer || answer->status != error) {
    world_->fail("expected the join of " + topic + " to be answered error, got " + readable(answer), where);
  }
  world_->pass(where);
  return answer->body;
}

routed_socket& client_socket::routes(const place& where) const {
  if (client_->routes != nullptr) return *client_->routes;
  world_->fail(
      "the client connected to a socket class, which selects the class for a topic itself: join without a class",
      where);
}

void client_socket::refuse_second_class(const std::string& pattern, const place& where) const {
  world_->fail("the topics " + pattern + " of this socket are served by another class already", where);
}

// -- other messages ---------------------------------------------------------------------------------------------------

push_ref client_socket::push_in(const std::string& topic, std::string_view event, const payload& content) const {
  return client_->push({}, topic, event, content);
}

push_ref client_socket::heartbeat() const { return client_->heartbeat(); }

std::optional<reply_t> client_socket::reply_to(const push_ref& to) const {
  const auto all = client_->replies_to(to);
  return all.empty() ? std::nullopt : std::optional{all.front()};
}

void client_socket::send_text(std::string bytes) const { client_->send(message_kind::text, std::move(bytes)); }

void client_socket::send_binary(std::string bytes) const { client_->send(message_kind::binary, std::move(bytes)); }

// -- the connection ---------------------------------------------------------------------------------------------------

void client_socket::close(close_code code) const { client_->close(code); }

void client_socket::cut() const { client_->line().cut(); }

client_socket client_socket::reconnect(place where) const {
  if (is_open()) cut();
  const auto& to = client_->connected_to;
  const auto result = world_->connect(client_->server(), *to.route, to.params, to.info);
  if (const auto* refusal = std::get_if<http_refusal>(&result)) {
    world_->fail("expected the socket to accept " + client_->name() + " again, but it was answered " +
                     std::to_string(refusal->status) + " " + refusal->body,
                 where);
  }
  auto& again = *std::get<client*>(result);
  again.routes = client_->routes;
  again.rename(client_->name());
  return client_socket{*world_, again};
}

void client_socket::stop_reading() const { client_->read(false); }

void client_socket::resume_reading() const { client_->read(true); }

void client_socket::stop_heartbeats() const { client_->stop_heartbeats(); }

bool client_socket::is_open() const noexcept { return client_->is_open(); }

std::optional<close_code> client_socket::closed_with() const noexcept { return client_->closed_with(); }

void client_socket::assert_closed(close_code with, place where) const {
  world_->settle(where);
  if (!is_open() && closed_with() == with) return world_->pass(where);
  world_->fail("expected " + client_->name() + " to be " + readable(std::optional{with}) + ", it is " +
                   (is_open() ? "open" : readable(closed_with())),
               where);
}

const std::vector<std::string>& client_socket::frames() const noexcept { return client_->frames(); }

std::ostream& operator<<(std::ostream& out, close_code code) { return out << static_cast<int>(code); }

}  // namespace bennu::testing
