#include <bennu/pubsub/caf_adapter/internal/caf_adapter.hpp>

#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>

#include <bennu/pubsub/caf_adapter/internal/door.hpp>

#include <caf/actor_system.hpp>
#include <caf/openssl/publish.hpp>
#include <caf/send.hpp>

namespace bennu {

caf_adapter::caf_adapter(caf::actor_system& system, std::shared_ptr<this_node> node)
    : system_(system), node_(std::move(node)), ending_(std::make_shared<ending>()) {}

caf_adapter::~caf_adapter() { stop(); }

void caf_adapter::count_with(std::shared_ptr<metrics> counts) {
  node_->counts = counts;
  node_->others.count_with(std::move(counts));
}

void caf_adapter::start(host& of) {
  node_->host.open(of);
  node_->subscribers = &of;
  node_->others.look_at_all_interest();
  const auto opened = caf::actor_cast<caf::actor>(system_.spawn<door, caf::hidden>(node_, [e = ending_] {
    const std::lock_guard lock{e->mutex};
    e->done = true;
    e->changed.notify_all();
  }));
  {
    const std::lock_guard lock{mutex_};
    door_ = opened;
  }
  const auto& [name, host, port] = std::tie(node_->options.name, node_->options.host, node_->options.port);
  const auto listens = caf::openssl::publish(opened, port, host.empty() ? nullptr : host.c_str(), true);
  if (!listens) {
    throw std::runtime_error("cannot listen for other nodes on " + (host.empty() ? "port" : host + " port") + ' ' +
                             std::to_string(port) + ": " + system_.render(listens.error()));
  }
  node_->port = *listens;
  caf::anon_send(opened, link_tick{});
  node_->log.info("node " + name + " listens for others on port " + std::to_string(*listens));
}

void caf_adapter::stop() {
  const auto door = [this] {
    const std::lock_guard lock{mutex_};
    return std::exchange(door_, nullptr);
  }();
  if (door == nullptr) return;
  caf::anon_send(door, link_leave{});
  {
    std::unique_lock lock{ending_->mutex};
    const bool done =
        ending_->changed.wait_for(lock, node_->limits.node_leave_timeout, [this] { return ending_->done; });
    if (!done) node_->log.warning("not all that waited for other nodes was sent");
  }
  caf::anon_send_exit(door, caf::exit_reason::kill);
  node_->host.close();
}

void caf_adapter::find_actor(std::string_view node, std::string_view name, std::function<void(actor_ref)> then) {
  const auto answer = std::make_shared<find_answer>(std::move(then));
  const std::lock_guard lock{mutex_};
  if (door_ != nullptr) caf::anon_send(door_, link_find{std::string{node}, std::string{name}, answer});
}

bool caf_adapter::when_wanted(topic_bucket where, std::function<void()> then) {
  return node_->others.when_wanted(where, std::move(then), peers::clock::now());
}

}  // namespace bennu
