#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <bennu/pubsub/internal/broker_format.hpp>
#include <bennu/pubsub/internal/link.hpp>
#include <bennu/pubsub/node.hpp>

namespace bennu {

/// A node from which a message has come through a broker, and the link to it. Numbers the batches of the link, and
/// finds out if one is missing. One thread.
class broker_peer {
public:
  using clock = std::chrono::steady_clock;

  broker_peer(node_id id, clock::time_point now) : id_(std::move(id)), heard_(now) {}

  const node_id& id() const noexcept { return id_; }
  /// The last time at which a message of the node came.
  clock::time_point heard() const noexcept { return heard_; }
  void set_heard(clock::time_point now) noexcept { heard_ = now; }

  bool has_link() const noexcept { return link_ != nullptr; }
  bool is_up() const noexcept { return link_ != nullptr && link_->at() == link::stage::up; }
  /// The number of the last link that was begun; 0 if there was none.
  std::uint64_t link_number() const noexcept { return link_number_; }
  /// True if a link has not come up within `limit`.
  bool is_late(clock::time_point now, clock::duration limit) const noexcept {
    return link_ != nullptr && link_->at() == link::stage::opening && now - link_began_ > limit;
  }

  /// Begins a link. @param wake see `link`
  void open(std::uint64_t number, link::shared& with, const std::string& broker, std::function<void()> wake,
            clock::time_point now);
  void close(std::string_view why);
  /// Called when this node leaves: see `link::leave`.
  void leave();

  /// Reads a batch of the present link. @returns nothing if an earlier one is missing
  std::optional<link::reading> read(const broker_batch& batch);
  /// The next batch to send, in the name of `self`; nothing if none waits. The last one of a node that leaves ends the
  /// link.
  std::optional<std::string> take(const node_id& self);

private:
  const node_id id_;
  clock::time_point heard_;
  std::unique_ptr<link> link_;  ///< null if there is none
  std::uint64_t link_number_ = 0;
  clock::time_point link_began_;
  std::uint64_t next_out_ = 0;  ///< number of the next batch
  std::uint64_t next_in_ = 0;
};

}  // namespace bennu
