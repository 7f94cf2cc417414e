#include <bennu/channels/testing/channel_test.hpp>

#include <bennu/channels/testing/internal/world.hpp>

namespace bennu::testing {

channel_test::channel_test(const test_options& wanted) : world_(std::make_unique<world>(*this, wanted)) {}

channel_test::~channel_test() = default;

void channel_test::report(const std::string&, const place&) {}

void channel_test::fail(const std::string& what, const place& where) {
  report(what, where);
  auto text = std::string{where.file()} + ":" + std::to_string(where.line()) + ": " + what + "\nwhat happened";
  if (const auto used = seed()) text += ", with BENNU_SEED=" + std::to_string(*used);
  throw failure(text + ":\n" + transcript(), where);
}

// -- clients ----------------------------------------------------------------------------------------------------------

bool channel_test::is_mounted(std::type_index which) const { return world_->is_mounted(which); }

void channel_test::mount(std::type_index which, std::unique_ptr<user_socket> made) {
  world_->mount(which, std::move(made));
}

void channel_test::keep(std::shared_ptr<void> what) { world_->keep(std::move(what)); }

client_socket channel_test::connect(std::type_index which, json params, const connect_info& info, const place& where) {
  if (!is_mounted(which)) fail("the socket's class has no constructor without arguments: mount it first", where);
  const auto result = world_->connect(which, std::move(params), info);
  if (const auto* refusal = std::get_if<http_refusal>(&result)) {
    fail("expected the socket to let the client in, but it was answered " + std::to_string(refusal->status) + " " +
             refusal->body,
         where);
  }
  return client_socket{*std::get<client*>(result)};
}

http_refusal channel_test::assert_refused(std::type_index which, json params, const connect_info& info,
                                          const place& where) {
  if (!is_mounted(which)) fail("the socket's class has no constructor without arguments: mount it first", where);
  auto result = world_->connect(which, std::move(params), info);
  if (auto* refusal = std::get_if<http_refusal>(&result)) return std::move(*refusal);
  fail("expected the socket to refuse the client, but it was let in", where);
}

client_socket channel_test::socket(std::optional<std::string> id, bennu::assigns assigns) {
  return client_socket{world_->connect_routed(std::move(id), std::move(assigns))};
}

limits& channel_test::limits() noexcept { return world_->limits(); }

// -- broadcasts -------------------------------------------------------------------------------------------------------

void channel_test::broadcast(std::string_view topic, std::string_view event, const payload& what) {
  world_->note("test", "broadcasts to " + std::string{topic} + ": " + readable(event, &what));
  world_->topics().broadcast(topic, event, what);
}

void channel_test::broadcast_from(const client_channel& from, std::string_view topic, std::string_view event,
                                  const payload& what) {
  auto* const record = world_->find(*from.join_);
  world_->note("test", "broadcasts to all others of " + std::string{topic} + ": " + readable(event, &what));
  world_->topics().broadcast_from(record != nullptr ? record->keep.get() : nullptr, topic, event, what);
}

void channel_test::publish(std::string_view topic, json message) {
  world_->topics().publish(topic, std::move(message));
}

void channel_test::watch(const std::string& topic) { world_->watch(topic); }

const std::vector<push>& channel_test::broadcasts(const std::string& topic) const { return world_->watch(topic).all(); }

namespace {

payload take_broadcast(channel_test& test, event_log& log, const std::string& topic, std::string_view event,
                       const payload* what, const place& where) {
  test.settle(where);
  if (const auto* found = log.take(event, what)) return found->payload;
  test.fail("expected the broadcast " + readable(event, what) + " to " + topic + ", got\n" + log.text(), where);
}

}  // namespace

payload channel_test::assert_broadcast(const std::string& topic, std::string_view event, place where) {
  return take_broadcast(*this, world_->watch(topic), topic, event, nullptr, where);
}

void channel_test::assert_broadcast(const std::string& topic, std::string_view event, const payload& what,
                                    place where) {
  take_broadcast(*this, world_->watch(topic), topic, event, &what, where);
}

void channel_test::refute_broadcast(const std::string& topic, std::string_view event, place where) {
  settle(where);
  const auto& log = world_->watch(topic);
  if (log.find(event, nullptr) == nullptr) return;
  fail("expected no broadcast " + readable(event, nullptr) + " to " + topic + ", got\n" + log.text(), where);
}

// -- time and order ---------------------------------------------------------------------------------------------------

void channel_test::settle(place where) { world_->settle(where); }

void channel_test::advance(std::chrono::nanoseconds time, place where) { world_->advance(time, where); }

std::chrono::nanoseconds channel_test::now() const { return world_->order()->now(); }

bool channel_test::step() { return world_->order()->step(); }

void channel_test::run_some(place where) {
  constexpr std::size_t many = 32;
  if (!seed()) return settle(where);
  for (auto n = random(many); n > 0 && step(); --n) {
  }
}

std::size_t channel_test::random(std::size_t n) { return world_->order()->random(n); }

std::optional<std::uint64_t> channel_test::seed() const noexcept { return world_->options().seed; }

// -- jobs -------------------------------------------------------------------------------------------------------------

void channel_test::hold_jobs() { world_->hold_jobs(true); }

std::size_t channel_test::held_jobs() const { return world_->held_jobs(); }

void channel_test::run_job(place where) {
  if (!world_->run_job()) fail("expected a job that waits, there is none", where);
}

void channel_test::release_jobs() { world_->hold_jobs(false); }

std::int64_t channel_test::counted(metric which) const { return world_->counts().value(which); }

// -- what is under it -------------------------------------------------------------------------------------------------

pubsub& channel_test::pubsub() noexcept { return world_->topics(); }

caf::actor_system& channel_test::actors() noexcept { return world_->actors(); }

std::string channel_test::transcript() const { return world_->transcript(); }

const std::vector<std::string>& channel_test::log() const { return world_->log(); }

}  // namespace bennu::testing
