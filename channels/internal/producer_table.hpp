#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <bennu/pubsub/keyed_hash.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/metrics.hpp>

namespace bennu {

class push_turn;

/// The newest push of each producer of idempotent pushes: a constant amount of memory for each. Any thread may call.
///
/// A producer numbers its pushes from 0 in each of its epochs. A push has its turn if it is the next one. Until its
/// turn ends, no other push of the producer has one, on whichever connection it arrives. The rule is that of Durable
/// Streams (PROTOCOL.md, "Idempotent Producers").
///
/// The table has at most `limits::max_producers` entries, apart from those whose turn lasts. One more displaces the
/// entry that was not used for the longest time. An entry that was not used for its age counts as absent.
class producer_table {
public:
  using clock = event_loop::clock;

  /// Identifies a producer.
  using key = std::array<char, 16>;
  /// @param owner the id of the socket, so that no user can take part in the pushes of another; empty if it has none
  static key key_of(std::string_view topic, std::string_view owner, std::string_view producer);

  struct options {
    std::size_t most;     ///< number of entries
    clock::duration age;  ///< of an entry that is not used
  };

  enum class verdict : std::uint8_t {
    next,          ///< it has its turn now
    duplicate,     ///< it was handled
    failed,        ///< it was not handled to the end, and will not be handled again
    out_of_order,  ///< pushes before it are missing
    fenced,        ///< its producer has begun a later epoch
    must_wait      ///< another push of the producer has its turn
  };
  struct answer {
    verdict is;
    std::int64_t expected = 0;          ///< the number of the next push in the push's epoch
    std::shared_ptr<push_turn> turn{};  ///< if the push is the next one
  };

  explicit producer_table(metrics& counts) : counts_(counts) {}

  /// Decides on a push.
  answer take(const key& of, std::int64_t epoch, std::int64_t seq, const options& with, clock::time_point now);

  /// Calls `then` once the turn of the producer's present push has ended, on the thread that ends it.
  /// @returns false if no push of the producer has its turn; `then` is not called
  bool when_free(const key& of, std::function<void()> then);

private:
  friend class push_turn;

  enum class state : std::uint8_t { handled, failed, in_turn };
  struct entry {
    key of;
    std::int64_t epoch;
    std::int64_t seq;  ///< of the newest push
    clock::time_point expires;
    state at;
    std::vector<std::function<void()>> waiting{};
  };
  using entries = std::list<entry>;
  struct key_hasher {
    std::size_t operator()(const key& of) const noexcept { return keyed_hash({of.data(), of.size()}); }
  };
  struct table {
    entries idle;  ///< the one that was not used for the longest time first
    entries in_turn;
    std::unordered_map<key, entries::iterator, key_hasher> by_key;
  };

  static answer decide(const entry& known, std::int64_t epoch, std::int64_t seq);
  void make_room(table& in, const options& with, clock::time_point now);
  void erase(table& in, entries::iterator which);
  void end_turn(const key& of, state how);

  metrics& counts_;
  guarded<table> table_;
};

/// The turn of a push, from the call of its handler to its result. If it is destroyed before `done`, the push has
/// failed.
class push_turn {
public:
  push_turn(producer_table& in, const producer_table::key& of) noexcept : table_(&in), key_(of) {}
  ~push_turn() { end(producer_table::state::failed); }
  push_turn(const push_turn&) = delete;
  push_turn& operator=(const push_turn&) = delete;

  /// The push was handled.
  void done() { end(producer_table::state::handled); }

private:
  void end(producer_table::state how);

  producer_table* table_;  ///< null once the turn has ended
  producer_table::key key_;
};

}  // namespace bennu
