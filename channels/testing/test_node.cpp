#include <bennu/channels/testing/test_node.hpp>

#include <variant>

#include <bennu/channels/internal/sendable.hpp>
#include <bennu/channels/testing/internal/world.hpp>

namespace bennu::testing {

namespace {

std::string text_of(std::string_view event, const payload& content) {
  const pattern exactly{content};
  return readable(event, &exactly);
}

}  // namespace

const std::string& test_node::name() const noexcept { return node_->name(); }

// -- clients ----------------------------------------------------------------------------------------------------------

bool test_node::is_mounted(std::type_index which) const { return node_->is_mounted(which); }

void test_node::mount(std::type_index which, std::unique_ptr<user_socket> made) {
  node_->mount(which, std::move(made));
}

void test_node::keep(std::shared_ptr<void> object) { node_->keep(std::move(object)); }

client_socket test_node::connect(std::type_index which, json params, const connect_info& info, const place& where) {
  if (!is_mounted(which))
    world_->fail("the socket's class has no constructor without arguments: mount it first", where);
  const auto result = world_->connect(*node_, node_->mounted(which), std::move(params), info);
  if (const auto* refusal = std::get_if<http_refusal>(&result)) {
    world_->fail("expected the socket to accept the client, but it was answered " + std::to_string(refusal->status) +
                     " " + refusal->body,
                 where);
  }
  return client_socket{*world_, *std::get<client*>(result)};
}

http_refusal test_node::assert_refused(std::type_index which, json params, const connect_info& info,
                                       const place& where) {
  if (!is_mounted(which))
    world_->fail("the socket's class has no constructor without arguments: mount it first", where);
  auto result = world_->connect(*node_, node_->mounted(which), std::move(params), info);
  if (auto* refusal = std::get_if<http_refusal>(&result)) {
    world_->pass(where);
    return std::move(*refusal);
  }
  world_->fail("expected the socket to refuse the client, but it accepted it", where);
}

client_socket test_node::socket(std::optional<std::string> id, bennu::assigns assigns) {
  auto made = std::make_unique<routed_socket>(std::move(id), std::move(assigns));
  auto* const routes = made.get();
  auto& connected = *std::get<client*>(world_->connect(*node_, node_->mount(std::move(made)), json::object{}, {}));
  connected.routes = routes;
  return client_socket{*world_, connected};
}

void test_node::use(transport how) noexcept { node_->let_clients_poll(how == transport::long_poll); }

limits& test_node::limits() noexcept { return node_->limits(); }

socket_options& test_node::options() noexcept { return node_->options(); }

// -- broadcasts -------------------------------------------------------------------------------------------------------

void test_node::broadcast(std::string_view topic, std::string_view event, const payload& content) {
  world_->events().add(name(), "broadcasts to " + std::string{topic} + ": " + text_of(event, content));
  require_sendable(topic, event, content);
  world_->act_on(*node_, [&] { node_->topics().broadcast(topic, event, content); });
}

void test_node::broadcast_from(const client_channel& from, std::string_view topic, std::string_view event,
                               const payload& content) {
  auto* const record = world_->find(*from.join_);
  world_->events().add(name(), "broadcasts to all others of " + std::string{topic} + ": " + text_of(event, content));
  const auto sender = record != nullptr ? actor_ref{record->keep.get()}.id() : actor_id::none;
  require_sendable(topic, event, content);
  world_->act_on(*node_, [&] { node_->topics().broadcast(topic, event, content, {.from = sender}); });
}

void test_node::publish(std::string_view topic, json message) {
  world_->events().add(name(), "publishes to " + std::string{topic} + ": " + message.dump());
  world_->act_on(*node_, [&] { node_->topics().publish(topic, std::move(message)); });
}

void test_node::watch(const std::string& topic) { node_->watch(topic); }

const std::vector<push>& test_node::broadcasts(const std::string& topic) const { return node_->watch(topic).all(); }

payload test_node::take_broadcast(const std::string& topic, std::string_view event, const pattern* expected,
                                  const place& where) {
  world_->settle(where);
  auto& log = node_->watch(topic);
  if (const auto* found = log.take(event, expected)) {
    world_->pass(where);
    return found->payload;
  }
  world_->fail("expected the broadcast " + readable(event, expected) + " to " + topic + ", got\n" + log.text(), where);
}

void test_node::refuse_broadcast(const std::string& topic, std::string_view event, const pattern* expected,
                                 const place& where) {
  world_->settle(where);
  const auto& log = node_->watch(topic);
  if (log.find(event, expected) == nullptr) return world_->pass(where);
  world_->fail("expected no broadcast " + readable(event, expected) + " to " + topic + ", got\n" + log.text(), where);
}

payload test_node::assert_broadcast(const std::string& topic, std::string_view event, place where) {
  return take_broadcast(topic, event, nullptr, where);
}

payload test_node::assert_broadcast(const std::string& topic, std::string_view event, const pattern& expected,
                                    place where) {
  return take_broadcast(topic, event, &expected, where);
}

void test_node::refute_broadcast(const std::string& topic, std::string_view event, place where) {
  refuse_broadcast(topic, event, nullptr, where);
}

void test_node::refute_broadcast(const std::string& topic, std::string_view event, const pattern& expected,
                                 place where) {
  refuse_broadcast(topic, event, &expected, where);
}

// -- the layers below -------------------------------------------------------------------------------------------------

std::int64_t test_node::counted(metric which) const { return node_->counts().value(which); }

pubsub& test_node::pubsub() noexcept { return node_->topics(); }

caf::actor_system& test_node::actors() noexcept { return node_->actors(); }

void test_node::crash() { world_->crash(*node_); }

}  // namespace bennu::testing
