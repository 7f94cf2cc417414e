#include <bennu/pubsub/direct_adapter/internal/link_manager.hpp>

#include <algorithm>
#include <utility>

namespace bennu {

namespace {

std::vector<node_address> seeds_of(const cluster_options& options) {
  std::vector<node_address> all;
  for (const auto& seed : options.seeds) all.push_back(*parse_node_address(seed));
  return all;
}

}  // namespace

link_manager::link_manager(event_loop& loop, node_id self, const cluster_options& options, const limits& l,
                           const logger& log, peers& others, host_gate& host, node_tunnels::user& tunnel_user,
                           std::function<void(const std::string& node)> flush_soon)
    : self_(std::move(self)),
      options_(options),
      limits_(l),
      log_(log),
      others_(others),
      tunnel_user_(tunnel_user),
      flush_soon_(std::move(flush_soon)),
      shared_{others, host, log, *this},
      book_(seeds_of(options), l.node_retry_interval, self_.incarnation),
      listener_(loop, l, *this),
      dialer_(loop, l, *this),
      announcer_(others),
      tunnels_(loop, tunnel_user) {}

void link_manager::set_credentials(const std::shared_ptr<const node_credentials>& proof) {
  listener_.set_credentials(proof);
  dialer_.set_credentials(proof);
}

void link_manager::count_with(std::shared_ptr<metrics> counts) {
  listener_.count_with(counts);
  counts_ = std::move(counts);
}

std::uint16_t link_manager::start() {
  port_ = listener_.listen(options_.host, options_.port);
  dial_due(clock::now());
  return port_;
}

// -- from time to time ------------------------------------------------------------------------------------------------

void link_manager::tick(clock::time_point now) {
  ended_links_.clear();
  tunnels_.tick();
  others_.tick(now);
  listener_.tick(now);
  dialer_.tick(now);
  std::vector<direct_link*> links;
  for (const auto& [name, l] : links_) links.push_back(l.get());
  for (auto* const l : links) l->tick(now);
  if (is_leaving_) return;
  std::vector<std::string> forgotten;
  for (const auto& [name, since] : lost_) {
    if (now - since >= limits_.node_forget_time) forgotten.push_back(name);
  }
  for (const auto& name : forgotten) forget(name);
  dial_due(now);
  announcer_.tick(now);
}

void link_manager::dial_due(clock::time_point now) {
  std::set<node_address> known;
  for (const auto& [number, name] : numbers_) {
    if (name == self_.name || is_up(name)) known.insert(number);
  }
  for (const auto& where : book_.due(now, [this](const std::string& name) { return is_up(name); })) {
    dialer_.dial(where, known);
  }
}

bool link_manager::is_first_round_over() const {
  const bool all_up = std::all_of(links_.begin(), links_.end(), [this](const auto& l) { return is_up(l.first); });
  return all_up && dialer_.is_idle() && book_.all_tried([this](const std::string& name) { return is_up(name); });
}

void link_manager::forget(const std::string& node) {
  book_.forget(node);
  others_.forget(node);
  lost_.erase(node);
  std::erase_if(numbers_, [&](const auto& entry) { return entry.second == node; });
}

// -- links ------------------------------------------------------------------------------------------------------------

void link_manager::flush(const std::string& node) {
  const auto found = links_.find(node);
  if (found != links_.end()) found->second->flush();
}

/// Removes a link, and the tunnel beside it. @returns null if there was none
std::unique_ptr<direct_link> link_manager::remove(const std::string& node) {
  auto found = links_.extract(node);
  if (found.empty()) return nullptr;
  announcer_.remove(node);
  tunnels_.end(node);
  return std::move(found.mapped());
}

void link_manager::on_link_up(const link& l) {
  const auto& name = l.peer().name;
  const known_node node{name, links_.at(name)->address()};
  announcer_.add(node);
  lost_.erase(name);
  if (node.address.port != 0) book_.learn(node, clock::now(), false);
}

void link_manager::on_link_ended(direct_link& l, bool left) {
  const auto name = l.peer().name;
  const auto found = links_.find(name);
  if (found == links_.end() || found->second.get() != &l) return;
  const bool was_up = is_up(name);
  ended_links_.push_back(remove(name));
  const auto now = clock::now();
  if (left) return forget(name);
  lost_.emplace(name, now);
  if (was_up) book_.lost(name, now);
}

void link_manager::learn(const known_node& node) {
  if (node.name == self_.name || !is_node_name(node.name) || node.address.port == 0 || is_up(node.name)) return;
  if (!others_.know(node.name, to_string(node.address))) return;
  const auto now = clock::now();
  lost_.emplace(node.name, now);
  // If two nodes learn of each other at the same time, the one with the lesser name dials first.
  book_.learn(node, now, self_.name > node.name);
}

// -- tunnels for actors -----------------------------------------------------------------------------------------------

void link_manager::request_tunnel(const std::string& node) {
  const auto found = links_.find(node);
  if (is_leaving_ || found == links_.end() || !is_up(node)) return tunnel_user_.on_no_socket(node);
  if (tunnels_.has(node)) return;
  if (found->second->was_dialed_here()) return on_tunnel_requested(*found->second);
  found->second->request_tunnel();
}

/// Both nodes may request a tunnel at the same time. One of them dials, once.
void link_manager::on_tunnel_requested(direct_link& l) {
  const auto& node = l.peer().name;
  if (!l.was_dialed_here() || tunnels_.has(node) || dialer_.is_dialing_for_actors(node)) return;
  dialer_.dial_for_actors(node, l.remote());
}

// -- the end ----------------------------------------------------------------------------------------------------------

void link_manager::leave() {
  is_leaving_ = true;
  listener_.stop();
  dialer_.stop();
  std::vector<direct_link*> links;
  for (const auto& [name, l] : links_) links.push_back(l.get());
  for (auto* const l : links) l->leave();
}

void link_manager::stop() {
  is_leaving_ = true;
  listener_.stop();
  dialer_.stop();
  tunnels_.end_all();
  links_.clear();
  announcer_.clear();
  ended_links_.clear();
}

}  // namespace bennu
