#include <bennu/pubsub/cluster.hpp>

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace bennu {

namespace {

/// The longest name of a service. A message starts with the length of the name, in one byte, and the name.
constexpr std::size_t max_name = 255;

std::string address_to(std::string_view service, std::size_t reserve = 0) {
  std::string out;
  out.reserve(1 + service.size() + reserve);
  out.push_back(static_cast<char>(service.size()));
  out.append(service);
  return out;
}

adapter::bytes message_to(std::string_view service, std::string_view what) {
  auto out = address_to(service, what.size());
  out.append(what);
  return std::make_shared<const std::string>(std::move(out));
}

}  // namespace

cluster::cluster(std::unique_ptr<adapter> link, logger log)
    : link_(std::move(link)), may_have_others_(link_->may_have_others()), log_(std::move(log)) {}

cluster::~cluster() { stop(); }

void cluster::start() { link_->start(*this); }

void cluster::leave() {
  std::vector<std::shared_ptr<service>> all;
  {
    const std::shared_lock lock{mutex_};
    for (const auto& [name, who] : services_) all.push_back(who.lock());
  }
  for (const auto& who : all) {
    if (who != nullptr) who->on_leave();
  }
}

void cluster::stop() { link_->stop(); }

void cluster::attach(const std::string& name, std::weak_ptr<service> who) {
  if (name.size() > max_name) {
    throw std::invalid_argument("a service's name may be " + std::to_string(max_name) + " bytes long, got " +
                                std::to_string(name.size()));
  }
  const std::unique_lock lock{mutex_};
  auto& place = services_[name];
  if (place.lock() != nullptr) throw std::invalid_argument("there is a service \"" + name + "\" already");
  if (const auto alive = who.lock()) {
    for (const auto& node : up_) alive->on_node_up(node);
  }
  place = std::move(who);
}

// -- to other nodes ---------------------------------------------------------------------------------------------------

void cluster::send_to_all(std::string_view service, std::string_view what) {
  link_->send_to_all(message_to(service, what));
}

bool cluster::send(const node_id& to, std::string_view service, std::string_view what) {
  return link_->send(to, message_to(service, what));
}

void cluster::broadcast(topic_bucket where, std::string_view service,
                        const std::function<void(std::string& out)>& append) {
  if (!link_->is_wanted(where)) return;
  auto out = address_to(service);
  append(out);
  link_->broadcast(where, std::make_shared<const std::string>(std::move(out)));
}

void cluster::subscribed(topic_bucket where) {
  if (may_have_others_ && wanted_.add(where)) link_->on_interest(where);
}

void cluster::unsubscribed(topic_bucket where, std::uint32_t how_many) {
  if (may_have_others_ && wanted_.remove(where, how_many)) link_->on_interest(where);
}

bool cluster::when_wanted(topic_bucket where, std::function<void()> then) {
  return !may_have_others_ || link_->when_wanted(where, std::move(then));
}

// -- from other nodes -------------------------------------------------------------------------------------------------

void cluster::on_node_up(const node_id& who) {
  const std::unique_lock lock{mutex_};
  up_.insert(who);
  for (const auto& [name, to] : services_) {
    if (const auto alive = to.lock()) alive->on_node_up(who);
  }
}

void cluster::on_node_down(const node_id& who) {
  const std::unique_lock lock{mutex_};
  up_.erase(who);
  for (const auto& [name, to] : services_) {
    if (const auto alive = to.lock()) alive->on_node_down(who);
  }
}

void cluster::on_message(const node_id& from, std::string_view what) {
  const auto length = what.empty() ? 0U : static_cast<unsigned char>(what.front());
  if (what.size() < 1 + std::size_t{length}) return log_.warning("node " + from.name + " sent a malformed message");
  const auto name = what.substr(1, length);
  const std::shared_lock lock{mutex_};
  const auto found = services_.find(name);
  const auto to = found != services_.end() ? found->second.lock() : nullptr;
  if (to != nullptr) return to->on_node_message(from, what.substr(1 + length));
  log_.debug("node " + from.name + " sent a message for the unknown service \"" + std::string{name} + "\"");
}

bool cluster::wants(topic_bucket where) const noexcept { return wanted_.has(where); }

}  // namespace bennu
