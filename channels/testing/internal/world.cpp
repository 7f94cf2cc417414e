#include <bennu/channels/testing/internal/world.hpp>

#include <algorithm>
#include <sstream>
#include <utility>

#include <bennu/runtime/caf.hpp>

#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/logger.hpp>
#include <caf/scheduler/test_coordinator.hpp>

namespace bennu::testing {

namespace {

/// A test that takes more steps to settle never does.
constexpr std::size_t max_steps = 10'000'000;

/// What is left at a test's end gets so many steps to end as well.
constexpr std::size_t max_last_steps = 1'000'000;

caf::actor_system_config& prepare(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("testing"));
  return config;
}

std::string_view name_of(log_level level) {
  static constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
  return names[static_cast<std::size_t>(level)];
}

wire_format format_of(const json& params) {
  const auto* version = params["vsn"].if_string();
  return version != nullptr && version->starts_with("1.") ? wire_format::v1 : wire_format::v2;
}

}  // namespace

/// Keeps the broadcasts of a topic.
struct world::spy final : private subscriber {
  spy(bennu::pubsub& of, const std::string& topic) : topics(of) { topics.subscribe(topic, *this, nullptr, place); }
  ~spy() { topics.unsubscribe(place); }
  spy(const spy&) = delete;
  spy& operator=(const spy&) = delete;

  void on_broadcast(const ref<shared_broadcast>& what) override {
    const auto& b = what->value();
    seen.add({b.topic, b.event, b.payload});
  }
  void on_message(const caf::message&) override {}

  bennu::pubsub& topics;
  topic_table::subscription place;
  event_log seen;
};

// -- beginning and end ------------------------------------------------------------------------------------------------

world::world(channel_test& of, const test_options& wanted) : test_(of), options_(wanted) {
  actors_.emplace(prepare(config_));
  auto& scheduler = dynamic_cast<caf::scheduler::test_coordinator&>(actors_->scheduler());
  order_ = std::make_shared<schedule>(scheduler, options_.seed);
  order_->on_job([this](caf::resumable& job) { notice(job); });
  topics_.emplace(std::vector<event_loop*>{&loop_});
  services_.emplace(channel_services{
      *actors_, {}, *topics_, make_logger(), counts_, [this](auto job) { start_job(std::move(job)); }});
}

world::~world() {
  order_->cancel_timers();
  hold_jobs(false);
  for (const auto& c : clients_) c->connection()->cut();
  order_->be_fair();
  for (std::size_t i = 0; i < max_last_steps && order_->step(); ++i) {
  }
  order_->cancel_timers();
  order_->on_job({});
  records_.clear();
  channels_.clear();
  clients_.clear();
  mounted_.clear();
  routed_.clear();
  while (!kept_.empty()) kept_.pop_back();
  spies_.clear();
  services_.reset();
  topics_.reset();
  // An actor of the test's own that nobody asked to end must not keep it waiting.
  actors_->await_actors_before_shutdown(false);
  caf::logger::set_current_actor_system(nullptr);
  actors_.reset();
}

logger world::make_logger() {
  return logger{log_level::debug, [this](log_level level, std::string_view line) {
                  log_.push_back(std::string{name_of(level)} + ": " + std::string{line});
                  if (level >= log_level::warning) note("log", log_.back());
                }};
}

// -- clients ----------------------------------------------------------------------------------------------------------

void world::mount(std::type_index which, std::unique_ptr<user_socket> made) {
  mounted_[which] =
      std::make_unique<mounted_socket>(*services_, "/socket", socket_options{}, options_.limits, std::move(made));
}

std::variant<client*, http_refusal> world::connect(std::type_index which, json params, const connect_info& info) {
  return connect(*mounted_.at(which), std::move(params), info);
}

client& world::connect_routed(std::optional<std::string> id, bennu::assigns assigns) {
  auto made = std::make_unique<routed_socket>(std::move(id), std::move(assigns));
  auto* const routes = made.get();
  routed_.push_back(
      std::make_unique<mounted_socket>(*services_, "/socket", socket_options{}, options_.limits, std::move(made)));
  auto& connected = *std::get<client*>(connect(*routed_.back(), json::object{}, {}));
  connected.routes = routes;
  return connected;
}

std::variant<client*, http_refusal> world::connect(socket_route& route, json params, const connect_info& info) {
  if (params.find("vsn") == nullptr) params.set("vsn", "2.0.0");
  auto verdict = route.connect(params, info);
  if (auto* refusal = std::get_if<http_refusal>(&verdict)) return std::move(*refusal);
  auto name = "client " + std::to_string(clients_.size() + 1);
  auto& made =
      *clients_.emplace_back(std::make_unique<client>(*this, std::move(name), format_of(params), route.limits()));
  made.connection()->open(std::get<std::unique_ptr<accepted_socket>>(verdict)->open(made.connection()));
  order_->run_newest_actor();  // a client knows that it is connected when its socket has begun
  made.start();
  return &made;
}

// -- channels ---------------------------------------------------------------------------------------------------------

/// Every actor passes here before it runs for the first time, channels' among them.
void world::notice(caf::resumable& job) {
  auto* const actor = dynamic_cast<channel_actor*>(&job);
  if (actor == nullptr || records_.contains(actor)) return;
  auto& record = channels_.emplace_back(channel_record{caf::strong_actor_ptr{actor->ctrl()}, actor, {}});
  records_.emplace(actor, &record);
  actor->attach_functor([this, &record](const caf::error& reason) {
    record.ended = to_exit_reason(reason);
    std::ostringstream line;
    line << record.actor->topic().name() << " of join " << record.actor->join_ref() << " ended: " << *record.ended;
    note("channel", line.str());
  });
}

channel_record* world::find(const client_join& join) {
  const auto* const connection = join.owner.connection().get();
  const auto found = std::find_if(channels_.rbegin(), channels_.rend(), [&](const channel_record& r) {
    return &r.actor->client() == connection && r.actor->join_ref() == json{join.join_ref};
  });
  return found == channels_.rend() ? nullptr : &*found;
}

event_log& world::watch(const std::string& topic) {
  auto& place = spies_[topic];
  if (place == nullptr) place = std::make_unique<spy>(*topics_, topic);
  return place->seen;
}

// -- time and order ---------------------------------------------------------------------------------------------------

void world::count_step(std::size_t& steps, const place& where) {
  if (++steps > max_steps) {
    test_.fail("the test does not settle: after " + std::to_string(max_steps) +
                   " steps there is still something to do; does an actor send itself messages without end?",
               where);
  }
}

void world::settle(const place& where) {
  for (std::size_t steps = 0; order_->step();) count_step(steps, where);
}

void world::advance(std::chrono::nanoseconds time, const place& where) {
  const auto end = order_->now() + time;
  for (std::size_t steps = 0;; count_step(steps, where)) {
    const auto due = order_->next_due();
    const bool timer = due && *due <= end;
    // With a seed, a timer may also fire while there is something to do.
    if (!order_->idle() && !(timer && order_->seeded() && order_->random(8) == 0)) {
      order_->step();
    } else if (timer) {
      order_->jump(*due);
    } else {
      break;
    }
  }
  order_->jump(end);
}

// -- jobs -------------------------------------------------------------------------------------------------------------

void world::start_job(std::function<void()> job) {
  held_.push_back(std::move(job));
  if (!holding_) run_job();
}

bool world::run_job() {
  if (held_.empty()) return false;
  actors_->spawn([job = std::move(held_.front())](caf::event_based_actor*) { job(); });
  held_.pop_front();
  return true;
}

void world::hold_jobs(bool wanted) {
  holding_ = wanted;
  while (!holding_ && run_job()) {
  }
}

}  // namespace bennu::testing
