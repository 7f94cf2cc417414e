#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/tracker/internal/replicator.hpp>
#include <bennu/pubsub/tracker/internal/tracker_shard.hpp>
#include <bennu/pubsub/tracker/presence_report.hpp>
#include <bennu/pubsub/tracker/tracker_options.hpp>
#include <bennu/runtime/json.hpp>

namespace caf {
class actor_system;
}

namespace bennu {

/// The shards of a tracker, and the actors that report their changes. It outlives the tracker as long as such
/// actors, or the exit handlers of tracked processes, refer to it. Any thread may call any member.
class tracker_core : public std::enable_shared_from_this<tracker_core> {
public:
  /// @throws std::invalid_argument if the number of shards is not from 1 to 255
  tracker_core(replica self, caf::actor_system& actors, tracker_options options, std::weak_ptr<presence_listener> to);

  const tracker_options& options() const noexcept { return options_; }
  tracker_shard& shard_of(std::string_view topic) const noexcept;
  const std::vector<std::unique_ptr<tracker_shard>>& shards() const noexcept { return shards_; }

  /// A `phx_ref` that no other presence of the cluster has.
  std::string next_ref();
  /// @throws std::invalid_argument if the meta is not an object
  bool is_too_large(std::string_view key, const json& meta) const;

  /// Starts an actor that reports the changes of a shard, after `tracker_options::report_window`.
  void start_reporter(tracker_shard& of);
  /// Removes the presences of a process. @param has_ended false if the process may be tracked again
  void remove_all(tracker_shard& from, std::uint64_t process, bool has_ended);
  /// Performs a step of replication, and reports its changes. @returns the messages to send
  std::vector<replication::outgoing> replicate(tracker_shard& in, const replicator::step& perform);

private:
  void report(tracker_shard& of);
  void report_once(tracker_shard& of);

  caf::actor_system& actors_;
  const tracker_options options_;
  const std::weak_ptr<presence_listener> listener_;
  const std::string ref_prefix_;
  std::atomic<std::uint64_t> next_ref_ = 1;
  std::vector<std::unique_ptr<tracker_shard>> shards_;
};

/// The presences of a topic, sorted by key, of at most `max_keys` keys.
std::vector<presence_ptr> list_of(const presence_state& state, std::string_view topic, std::size_t max_keys);
/// The presences of a topic under one key.
std::vector<presence_ptr> found_under(const presence_state& state, std::string_view topic, std::string_view key);

}  // namespace bennu
