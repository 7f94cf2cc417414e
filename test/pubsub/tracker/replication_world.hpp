#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <bennu/pubsub/tracker/replication.hpp>
#include <bennu/pubsub/tracker/replication_codec.hpp>

#include "replication_node.hpp"

/// Nodes that replicate their presences over a bad network, in one thread and with a clock of its own. Faults
/// are picked at random, the same for the same seed; an expectation that is not met throws.
namespace replication_world {

/// The faults of the network. Chances are out of 100.
struct weather {
  unsigned loss = 0;
  unsigned doubling = 0;
  std::chrono::milliseconds max_delay{20};
  bool connections_are_noticed = true;  ///< true if nodes are told which others they can reach
};

class world {
public:
  world(std::uint64_t seed, std::size_t nodes, weather w, bennu::replication_options options)
      : random_(seed), weather_(w), options_(options), max_removals_(pick(2) == 0 ? 10'000 : pick(5)) {
    for (std::size_t i = 0; i < nodes; ++i) start("n" + std::to_string(i));
  }

  std::size_t pick(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool chance(unsigned of_100) { return pick(100) < of_100; }
  const std::string& pick_name() { return names_[pick(names_.size())]; }
  node* find(const std::string& name) { return running_.contains(name) ? running_.at(name).get() : nullptr; }

  // -- events -------------------------------------------------------------------------------------------------

  void toggle(const std::string& name, std::uint64_t process, const std::string& topic, const std::string& key,
              bool update) {
    auto* const n = find(name);
    if (n == nullptr) return;
    const auto before = n->own();
    n->toggle(process, topic, key, update, run_of(n->id()) + std::to_string(++refs_));
    note_leaves(*n, before);
  }
  void end(const std::string& name, std::uint64_t process) {
    auto* const n = find(name);
    if (n == nullptr) return;
    const auto before = n->own();
    n->end(process);
    note_leaves(*n, before);
  }

  /// Ends a node without a farewell. Its messages may still arrive.
  void crash(const std::string& name) {
    if (running_.erase(name) == 0) return;
    for (const auto& other : names_) notice(other, name, false);
  }
  void leave(const std::string& name) {
    auto* const n = find(name);
    if (n == nullptr) return;
    perform(*n, n->replication().leave());
    crash(name);
  }
  /// Under its old name, as another run.
  /// @param clock_set_back the node's clock was, so that the new run looks older than the last
  void start(const std::string& name, bool clock_set_back = false) {
    if (running_.contains(name)) return;
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
    runs_ += 1'000;
    const auto incarnation = clock_set_back ? runs_ - 999'999 : runs_;
    auto made = std::make_unique<node>(bennu::replica{name, incarnation}, options_, max_removals_);
    next_tick_[name] = now_ + std::chrono::milliseconds{pick(250)};
    running_.emplace(name, std::move(made));
    for (const auto& other : names_) {
      notice(name, other, true);
      notice(other, name, true);
    }
  }

  void cut(const std::string& a, const std::string& b) {
    if (a == b || !cut_.insert(std::minmax(a, b)).second) return;
    notice(a, b, false);
    notice(b, a, false);
  }
  void mend(const std::string& a, const std::string& b) {
    if (cut_.erase(std::minmax(a, b)) == 0) return;
    notice(a, b, true);
    notice(b, a, true);
  }

  void advance(std::chrono::milliseconds by) {
    const auto end = now_ + by;
    for (;;) {
      auto next = end;
      for (const auto& [name, when] : next_tick_) next = std::min(next, when);
      if (!flying_.empty()) next = std::min(next, flying_.begin()->first);
      now_ = std::max(now_, next);
      if (next >= end) break;
      arrive();
      tick();
    }
  }

  /// Repairs all links, and ends all faults.
  void heal() {
    weather_.loss = weather_.doubling = 0;
    for (const auto& a : names_) {
      for (const auto& b : names_) mend(a, b);
    }
  }

  // -- expectations ---------------------------------------------------------------------------------------------------

  void check() const {
    for (const auto& [name, n] : running_) n->check();
  }

  /// Checks that all nodes see exactly the existing presences.
  void check_agreement() const {
    check();
    refs all;
    for (const auto& [name, n] : running_) all.insert(n->own().begin(), n->own().end());
    for (const auto& [name, n] : running_) {
      for (const auto& ref : n->believed()) require(all.contains(ref), name, " sees the ghost ", ref);
      for (const auto& ref : all) require(n->believed().contains(ref), name, " lost ", ref);
      require(n->state().clocks() == running_.begin()->second->state().clocks(), name, " is at other clocks");
    }
  }

  std::uint64_t requests() const {
    std::uint64_t all = 0;
    for (const auto& [name, n] : running_) all += n->replication().counted().requests;
    return all;
  }
  std::uint64_t sent_bytes() const { return sent_bytes_; }

private:
  struct flight {
    std::string from;
    std::string to;
    std::string bytes;
  };

  /// The beginning of the references of an incarnation's presences.
  static std::string run_of(const bennu::replica& who) {
    return who.name + '@' + std::to_string(who.incarnation) + '.';
  }

  bool is_cut(const std::string& a, const std::string& b) const { return cut_.contains(std::minmax(a, b)); }

  void note_leaves(const node& n, const refs& before) {
    for (const auto& ref : before) {
      if (!n.own().contains(ref)) left_.emplace(ref, now_);
    }
  }

  /// Checks that no presence joins that left long ago, or whose node sent a farewell.
  void check_joins(const node& n, const bennu::presence_changes& changes) const {
    const auto long_ago = options_.down_period + 4 * options_.heartbeat_period;
    for (const auto& presence : changes.joins) {
      const auto ref = ref_of(presence);
      const auto left = left_.find(ref);
      require(left == left_.end() || now_ - left->second < long_ago, n.name(), " sees ", ref, ", who left long ago");
      const auto said = farewells_.find(n.id());
      if (said == farewells_.end()) continue;
      for (const auto& run : said->second) require(!ref.starts_with(run), n.name(), " sees again ", ref);
    }
  }

  /// `who` is told whether it can reach `other`.
  void notice(const std::string& who, const std::string& other, bool up) {
    auto* const n = find(who);
    if (!weather_.connections_are_noticed || n == nullptr || who == other) return;
    if (!up) {
      n->replication().node_down(other, now_);
    } else if (find(other) != nullptr && !is_cut(who, other)) {
      perform(*n, n->replication().node_up(other));
    }
  }

  void perform(node& n, const bennu::replication::outcome& out) {
    check_joins(n, out.changes);
    n.hear(out.changes);
    for (const auto& [to, message] : out.messages) {
      const auto bytes = bennu::encode_replication({}, message);
      for (const auto& name : names_) {
        if (name != n.name() && (!to || *to == name)) send(n.name(), name, bytes);
      }
    }
  }

  void send(const std::string& from, const std::string& to, const std::string& bytes) {
    sent_bytes_ += bytes.size();
    for (int copies = chance(weather_.doubling) ? 2 : 1; copies > 0; --copies) {
      if (is_cut(from, to) || chance(weather_.loss)) continue;
      const std::chrono::milliseconds delay{pick(static_cast<std::size_t>(weather_.max_delay.count()) + 1)};
      flying_.emplace(now_ + delay, flight{from, to, bytes});
    }
  }

  void arrive() {
    while (!flying_.empty() && flying_.begin()->first <= now_) {
      const auto arrived = std::move(flying_.extract(flying_.begin()).mapped());
      auto* const n = find(arrived.to);
      if (n == nullptr || is_cut(arrived.from, arrived.to)) continue;
      const auto decoded = bennu::decode_replication(arrived.bytes, 10);
      const auto* const message = std::get_if<bennu::addressed_message>(&decoded);
      require(message != nullptr, "a message cannot be read");
      perform(*n, n->replication().receive(message->message, now_));
      if (std::holds_alternative<bennu::replication_message::farewell>(message->message.body)) {
        farewells_[n->id()].insert(run_of(message->message.from));
      }
    }
  }

  void tick() {
    for (auto& [name, when] : next_tick_) {
      if (when > now_) continue;
      when = now_ + options_.broadcast_period;
      if (auto* const n = find(name)) {
        perform(*n, n->replication().tick(now_));
      }
    }
  }

  std::mt19937_64 random_;
  weather weather_;
  bennu::replication_options options_;
  std::size_t max_removals_;
  time now_{};
  std::vector<std::string> names_;
  std::map<std::string, std::unique_ptr<node>> running_;
  std::map<std::string, time> next_tick_;
  std::set<std::pair<std::string, std::string>> cut_;
  std::multimap<time, flight> flying_;
  std::map<std::string, time> left_;  ///< presences that have left by themselves, with the time
  std::map<bennu::replica, std::set<std::string>> farewells_;  ///< the incarnations whose farewell a node has received
  std::uint64_t refs_ = 0;
  std::uint64_t runs_ = 1'000'000;
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace replication_world
