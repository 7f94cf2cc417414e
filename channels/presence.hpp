#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include <bennu/channels/presence_diff.hpp>
#include <bennu/pubsub/tracker/presence_error.hpp>
#include <bennu/pubsub/tracker/replication_options.hpp>
#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/json.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/payload.hpp>

namespace caf {
class actor_system;
}

namespace bennu {

class endpoint;
class pubsub;

/// The presences of a topic. `presence::send_list` sends it to a channel's info handler.
struct presence_list {
  std::string topic;
  payload presences;      ///< as `presence::list` returns them; with summaries, the first `summary_keys` of them
  std::size_t count = 0;  ///< the number of keys
};

/// The events about a topic's presences that its clients receive.
enum class presence_news : std::uint8_t {
  /// `presence_diff` for presences that come and go, as Phoenix's JavaScript class Presence expects it.
  diffs,
  /// `presence_summary` `{"count": 1200, "presences": {…}}`, with the number of keys and the first of them, whenever
  /// they
  /// may have changed. For large audiences: its cost does not depend on the number of presences.
  summaries,
  nothing,
};

struct presence_options {
  /// Nodes replicate presences of the same name to each other. Several presences of one endpoint need different names.
  std::string name = "presence";

  /// Adds data to presences by their keys, such as names from a database: receives `{"ana": {"metas": […]}, …}`, and
  /// returns it with further members beside the metas. Called once for all keys that came, or left, together. May
  /// block: each of the 8 shards into which topics are divided reports its changes from a thread of its own.
  std::function<json(std::string_view topic, json presences)> fetch = nullptr;

  /// Receives every diff, in order, after the clients: on each node, also for changes on other nodes. May block, like
  /// `fetch`.
  std::function<void(const presence_diff&)> handle_metas = nullptr;

  presence_news news = presence_news::diffs;
  std::size_t summary_keys = 0;  ///< keys in a summary, the first ones; with 0 it has only the number

  /// The time for which changes are gathered before clients receive them in one diff. A list of `send_list` waits as
  /// long. Queries are still answered at once. If many presences come and go, a longer window saves broadcasts.
  std::chrono::milliseconds diff_window{0};

  std::size_t max_presences_per_process = 10'000;  ///< in each of the 8 shards into which topics are divided by hash
  std::size_t max_meta_bytes = 16 * 1024;          ///< size of a meta with its key, as JSON

  /// Presences in the changes that wait in one shard until clients can be told. Beyond it, clients receive only the net
  /// change: a presence that came and left again is left out, and of several updates only the last is reported.
  std::size_t max_gathered_changes = 1'000;

  /// The replication between the nodes of a cluster.
  replication_options replication{};

  logger log{log_level::warning};  ///< logs exceptions of `fetch` and `handle_metas`, and malformed messages of nodes
};

/// Records which actors, usually channels, are present in a topic under a key, usually a user's name. All clients in
/// the topic receive changes in Phoenix's format, so its JavaScript class Presence works with it (phoenix,
/// lib/phoenix/presence.ex).
///
///     class room_channel final : public bennu::channel {
///     public:
///       explicit room_channel(bennu::presence& here) : here_(here) {}
///       static void handlers(bennu::handlers<room_channel>& on) {
///         on.info(&room_channel::after_join);
///         on.info(&room_channel::push_list);
///       }
///       bennu::join_result join(const bennu::topic&, bennu::payload) override {
///         send_self(joined{});
///         return bennu::accept();
///       }
///     private:
///       void after_join(const joined&) {
///         here_.track(self(), topic().name(), user(), {{"status", "online"}});
///         here_.send_list(self(), topic().name());
///       }
///       void push_list(const bennu::presence_list& all) { push("presence_state", all.presences); }
///
/// (In `join` itself the channel is not subscribed yet, and would miss diffs.)
///
/// Create the object in `main` for an endpoint, and pass it on by reference:
///
///     bennu::endpoint server{config};
///     bennu::presence here{server};
///     server.socket<user_socket>("/socket", {}, std::ref(here));
///
/// where `user_socket` passes it to its channels: `channel<room_channel>("room:*", std::ref(here))`. It must live until
/// the endpoint has stopped. `presence_channel` does all this, and lets the list arrive before any diff.
///
/// A key may be present many times, once for each actor (each tab of a user). It has one meta for each. An actor that
/// ends, however it ends, is removed at once. Queries are answered at once from memory; the diffs follow in order. Any
/// thread may call all members. They do not block, except those that call `fetch`.
class presence {
public:
  /// The `phx_ref` of the meta, or the reason why the actor is not tracked.
  using tracked = std::variant<std::string, presence_error>;

  static constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

  explicit presence(endpoint& of, presence_options wanted = {});
  /// For programs without an endpoint. Both must outlive the tracked actors. The hooks run on the scheduler of
  /// `actors`: a hook that blocks delays its other actors.
  presence(bennu::pubsub& topics, caf::actor_system& actors, presence_options wanted = {});
  ~presence();
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;

  /// Makes `who` present in the topic under `key`. An actor may be present in many topics, and under many keys.
  /// @param who a channel's `self()`, or any other actor
  /// @throws std::invalid_argument if the meta is not an object
  tracked track(const actor_ref& who, std::string_view topic, std::string_view key, json meta = json::object{});

  /// Replaces the meta of `who` in the topic, under `key`. Clients receive one diff, with the new meta as a join and
  /// the old one as a leave.
  /// @throws std::invalid_argument if the meta is not an object
  tracked update(const actor_ref& who, std::string_view topic, std::string_view key, json meta);
  /// Replaces the meta by the result of `change`, which receives the present meta.
  tracked update(const actor_ref& who, std::string_view topic, std::string_view key,
                 const std::function<json(json)>& change);

  /// Removes the presence of `who` in the topic, under `key`. Does nothing if there is none.
  void untrack(const actor_ref& who, std::string_view topic, std::string_view key);
  /// Removes all presences of `who`.
  void untrack(const actor_ref& who);

  /// Returns the presences of a topic: `{"ana": {"metas": […]}, …}`, sorted by key, the metas in the order of their
  /// arrival. Calls `fetch`. If that blocks, channels should use `send_list` instead.
  /// @param most the greatest number of keys; the first ones are returned
  json list(std::string_view topic, std::size_t most = all) const;
  /// Returns `{"metas": […]}`, or null if nothing is present under this key. Calls `fetch`.
  json get_by_key(std::string_view topic, std::string_view key) const;
  /// Returns the number of keys that are present in a topic.
  std::size_t count(std::string_view topic) const;
  /// Returns the payload of a `presence_summary` at this moment. Calls `fetch`.
  json summary(std::string_view topic) const;

  presence_news news() const noexcept;

  /// Sends a channel the list of a topic, as a `presence_list` for its info handler. The list arrives in order with the
  /// diffs: it contains the changes of those before it, and not those after it.
  /// @param to a channel's `self()`; other actors receive nothing
  void send_list(const actor_ref& to, std::string_view topic) const;

private:
  struct state;
  presence(bennu::pubsub& topics, caf::actor_system& actors, presence_options wanted, bool hooks_may_wait);

  std::shared_ptr<state> state_;
};

}  // namespace bennu
