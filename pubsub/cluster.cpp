#include <bennu/pubsub/cluster.hpp>

#include <algorithm>
#include <shared_mutex>
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

adapter::bytes message_to(std::string_view service, std::string_view message) {
  auto out = address_to(service, message.size());
  out.append(message);
  return std::make_shared<const std::string>(std::move(out));
}

}  // namespace

cluster::cluster(std::unique_ptr<adapter> link, logger log)
    : link_(std::move(link)), may_have_others_(link_->may_have_others()), log_(std::move(log)) {}

cluster::~cluster() { stop(); }

void cluster::start() { link_->start(*this); }

void cluster::leave() {
  std::vector<std::shared_ptr<service>> all;
  for (const auto& [name, who] : members_.lock_shared()->services) all.push_back(who.lock());
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
  const auto members = members_.lock();
  auto& registered = members->services[name];
  if (registered.lock() != nullptr) throw std::invalid_argument("there is a service \"" + name + "\" already");
  if (const auto alive = who.lock()) {
    for (const auto& node : members->up) alive->on_node_up(node);
  }
  registered = std::move(who);
}

// -- to other nodes ---------------------------------------------------------------------------------------------------

void cluster::send_to_all(std::string_view service, std::string_view message) {
  link_->send_to_all(message_to(service, message));
}

bool cluster::send(const node_id& to, std::string_view service, std::string_view message) {
  return link_->send(to, message_to(service, message));
}

void cluster::broadcast(topic_bucket bucket, std::string_view service,
                        const std::function<void(std::string& out)>& append) {
  if (!link_->has_interest(bucket)) return;
  auto out = address_to(service);
  append(out);
  link_->broadcast(bucket, std::make_shared<const std::string>(std::move(out)));
}

void cluster::subscribed(topic_bucket bucket) {
  if (may_have_others_ && interest_.add(bucket)) link_->on_interest(bucket);
}

void cluster::unsubscribed(topic_bucket bucket, std::uint32_t how_many) {
  if (may_have_others_ && interest_.remove(bucket, how_many)) link_->on_interest(bucket);
}

bool cluster::when_interest_known(topic_bucket bucket, std::function<void()> then) {
  return !may_have_others_ || link_->when_interest_known(bucket, std::move(then));
}

// -- from other nodes -------------------------------------------------------------------------------------------------

void cluster::on_node_up(const node_id& who) {
  const auto members = members_.lock();
  members->up.insert(who);
  for (const auto& [name, to] : members->services) {
    if (const auto alive = to.lock()) alive->on_node_up(who);
  }
}

void cluster::on_node_down(const node_id& who) {
  const auto members = members_.lock();
  members->up.erase(who);
  for (const auto& [name, to] : members->services) {
    if (const auto alive = to.lock()) alive->on_node_down(who);
  }
}

void cluster::on_message(const node_id& from, std::string_view message) {
  const auto length = message.empty() ? 0U : static_cast<unsigned char>(message.front());
  if (message.size() < 1 + std::size_t{length}) return log_.warning("node " + from.name + " sent a malformed message");
  const auto name = message.substr(1, length);
  const auto members = members_.lock_shared();
  const auto found = members->services.find(name);
  const auto to = found != members->services.end() ? found->second.lock() : nullptr;
  if (to != nullptr) return to->on_node_message(from, message.substr(1 + length));
  log_.debug("node " + from.name + " sent a message for the unknown service \"" + std::string{name} + "\"");
}

void cluster::on_loss(const node_id& from) {
  const auto members = members_.lock_shared();
  for (const auto& [name, to] : members->services) {
    if (const auto alive = to.lock()) alive->on_loss(from);
  }
}

bool cluster::is_interested(topic_bucket bucket) const noexcept { return interest_.has(bucket); }

}  // namespace bennu
