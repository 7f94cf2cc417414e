#include <bennu/channels/testing/internal/node.hpp>

#include <chrono>
#include <utility>

#include <caf/atom.hpp>
#include <caf/logger.hpp>
#include <caf/scheduler/test_coordinator.hpp>

namespace bennu::testing {

namespace {

caf::actor_system_config& prepare(caf::actor_system_config& config, group_adapter& groups,
                                  std::optional<caf::actor_system>& actors) {
  config.set("scheduler.policy", caf::atom("testing"));
  groups.install(config, *actors);  // only the address is used before the system is created
  return config;
}

/// The time at which each test begins, for histories: 2026-01-01.
constexpr std::chrono::milliseconds start_of_time{1'767'225'600'000};

caf::scheduler::test_coordinator& coordinator_of(caf::actor_system& actors) {
  return dynamic_cast<caf::scheduler::test_coordinator&>(actors.scheduler());
}

}  // namespace

/// Records the broadcasts of a topic.
struct node::spy final : private subscriber {
  spy(bennu::pubsub& of, event_loop& loop, const std::string& topic) : topics(of), home(loop) {
    const event_loop::scope there{home};
    topics.subscribe(topic, *this, actor_id::none, place);
  }
  ~spy() {
    const event_loop::scope there{home};
    topics.unsubscribe(place);
  }
  spy(const spy&) = delete;
  spy& operator=(const spy&) = delete;

  void on_broadcast(const ref<shared_broadcast>& received) override {
    const auto& b = received->value();
    seen.add({b.topic, b.event, b.payload});
  }
  void on_message(const caf::message&) override {}

  bennu::pubsub& topics;
  event_loop& home;
  topic_table::subscription place;
  event_log seen;
};

node::node(std::string name, const surroundings& in, std::size_t threads, const bennu::limits& defaults)
    : name_(std::move(name)), network_(in.nodes), limits_(defaults) {
  actors_.emplace(prepare(config_, groups_, actors_));
  // Keeps the test's thread out of CAF's log: it may outlive the system, which waits for threads that use the log.
  caf::logger::set_current_actor_system(nullptr);
  caf_threads_.emplace(coordinator_of(*actors_), in.order);
  std::vector<event_loop*> loops;
  std::vector<actor_host*> hosts;
  for (std::size_t i = 0; i < threads; ++i) {
    auto& made = *threads_.emplace_back(std::make_unique<io_thread>(*actors_, i, in.order));
    loops.push_back(&made.loop());
    hosts.push_back(&made.host());
  }
  counts_.emplace(loops);
  topics_.emplace(std::move(loops), network_.join(name_, limits_), in.log);
  topics_->keep_history([this](std::string_view topic) { return histories_.find(topic); }, limits_.max_history_bytes,
                        [&order = in.order] {
                          using std::chrono::milliseconds;
                          return start_of_time + std::chrono::duration_cast<milliseconds>(order.now());
                        });
  topics_->cluster().start();
  groups_.bind(*topics_);
  services_.emplace(
      *actors_, std::move(hosts), *topics_, in.log, *counts_,
      [this, run = in.run_blocking](auto job) { run(*this, std::move(job)); }, in.on_socket, in.on_channel, in.on_end);
}

node::~node() {
  mounted_.clear();
  routed_.clear();
  while (!kept_.empty()) kept_.pop_back();
  spies_.clear();
  // An actor of the test that was not asked to end must not block the end of the system.
  actors_->await_actors_before_shutdown(false);
  caf_threads_.reset();
  caf::logger::set_current_actor_system(nullptr);
  actors_.reset();
}

std::unique_ptr<mounted_socket> node::made_mountable(std::unique_ptr<user_socket> made) {
  auto mountable = std::make_unique<mounted_socket>(*services_, "/socket", options_,
                                                    std::make_shared<socket_defaults>(limits_), std::move(made));
  histories_.add({std::shared_ptr<void>{}, &mountable->user()});
  histories_.require_consistency();
  return mountable;
}

void node::mount(std::type_index which, std::unique_ptr<user_socket> made) {
  mounted_[which] = made_mountable(std::move(made));
}

socket_route& node::mount(std::unique_ptr<user_socket> made) {
  return *routed_.emplace_back(made_mountable(std::move(made)));
}

event_log& node::watch(const std::string& topic) {
  auto& place = spies_[topic];
  if (place == nullptr) place = std::make_unique<spy>(*topics_, threads_.front()->loop(), topic);
  return place->seen;
}

void node::crash() {
  crashed_ = true;
  network_.remove(name_);
  caf_threads_->pause();
  for (const auto& thread : threads_) thread->pause();
}

void node::run_again() {
  if (!std::exchange(crashed_, false)) return;
  caf_threads_->go_on();
  for (const auto& thread : threads_) thread->go_on();
}

}  // namespace bennu::testing
