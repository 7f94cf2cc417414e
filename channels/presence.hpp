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

/// Who came to a topic and who went, as the clients are told: objects like `{"ana": {"metas": [{"phx_ref": "…", …}]}}`.
struct presence_diff {
  std::string topic;
  json joins;
  json leaves;
  /// For `handle_metas`: what is present after this diff under the keys that it names. A key that is not there has left
  /// altogether.
  json presences;
};

/// Who is present in a topic: what `presence::send_list` sends to a channel's info handler.
struct presence_list {
  std::string topic;
  payload presences;      ///< as `presence::list` has it; in summaries, the first `summary_keys` of them
  std::size_t count = 0;  ///< how many keys there are
};

/// What the clients in a topic are told of its presences.
enum class presence_news : std::uint8_t {
  /// Who comes and goes, as `presence_diff`: what Phoenix's class Presence wants.
  diffs,
  /// How many there are, and the first of them, as `presence_summary` `{"count": 1200, "presences": {…}}`, whenever
  /// that may have changed. For large audiences: it costs the same however many there are.
  summaries,
  nothing,
};

struct presence_options {
  /// Nodes exchange what presences of one name have. An endpoint's presences need different names.
  std::string name = "presence";

  /// Adds to presences what is known about their keys, such as names from a database: gets `{"ana": {"metas": […]},
  /// …}`, returns it with further members beside the metas. Called once for all keys that came, or went, together. May
  /// wait: what is told is told from threads of its own, one for each of the 8 parts into which topics fall.
  std::function<json(std::string_view topic, json presences)> fetch = nullptr;

  /// Hears of every diff, in order, after the clients were told: on each node, and also of what happened on others. May
  /// wait, like `fetch`.
  std::function<void(const presence_diff&)> handle_metas = nullptr;

  presence_news news = presence_news::diffs;
  std::size_t summary_keys = 0;  ///< keys that a summary names, the first ones; 0: it has the number only

  /// How long changes are gathered before clients are told of them in one diff; so long the list waits too that
  /// `send_list` sends. What is asked is answered at once all the same. Where many come and go, a longer one saves as
  /// many broadcasts to as many clients.
  std::chrono::milliseconds diff_window{0};

  std::size_t max_presences_per_process = 10'000;  ///< in each of 8 parts into which topics fall by their hash
  std::size_t max_meta_bytes = 16 * 1024;          ///< of a meta with its key, as JSON

  /// Presences in the changes that wait, in one of those parts, until clients can be told. Where more wait, clients are
  /// told what comes of them: who came and went again meanwhile is left out, and of many updates the last one counts.
  std::size_t max_gathered_changes = 1'000;

  /// How nodes of a cluster tell each other.
  replication_options replication{};

  logger log{log_level::warning};  ///< hears when `fetch` or `handle_metas` threw, or another node makes no sense
};

/// Who is there: processes, mostly channels, that are present in a topic under a key, mostly a user's name. All clients
/// in the topic are told of changes as Phoenix tells them, so its JavaScript class Presence works with it (phoenix,
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
/// (In `join` itself the channel is not subscribed yet: it would miss diffs.)
///
/// An object made in `main` for an endpoint, and handed on by reference:
///
///     bennu::endpoint server{config};
///     bennu::presence here{server};
///     server.socket<user_socket>("/socket", {}, std::ref(here));
///
/// where `user_socket` hands it to its channels: `channel<room_channel>("room:*", std::ref(here))`. It must live until
/// the endpoint has stopped. `presence_channel` does all this, and has the list arrive before any diff.
///
/// A key may be present many times, once for each process (each tab of a user): it has one meta for each. A process
/// that ends, however it ends, is gone at once. What is asked here is answered at once and from memory; the diffs
/// follow in order. All members may be called by any thread, and wait for nothing, but for `fetch` where it is
/// mentioned.
class presence {
public:
  /// The `phx_ref` of the meta, or why the process is not tracked.
  using tracked = std::variant<std::string, presence_error>;

  static constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

  explicit presence(endpoint& of, presence_options wanted = {});
  /// For programs without an endpoint. Both must outlive the actors that are tracked. The hooks run on the scheduler of
  /// `actors`: what they wait for, others wait for too.
  presence(bennu::pubsub& topics, caf::actor_system& actors, presence_options wanted = {});
  ~presence();
  presence(const presence&) = delete;
  presence& operator=(const presence&) = delete;

  /// `who` is present in the topic under `key` from now on. A process may be present in many topics, and under many
  /// keys.
  /// @param who a channel's `self()`, or any other actor
  /// @throws std::invalid_argument where the meta is no object
  tracked track(const actor_ref& who, std::string_view topic, std::string_view key, json meta = json::object{});

  /// Puts another meta in the place of the one that `who` has there. Clients are told in one diff, as one who comes and
  /// one who goes.
  /// @throws std::invalid_argument where the meta is no object
  tracked update(const actor_ref& who, std::string_view topic, std::string_view key, json meta);
  /// As above, with what `change` makes of the present meta.
  tracked update(const actor_ref& who, std::string_view topic, std::string_view key,
                 const std::function<json(json)>& change);

  /// `who` is not present there any more. Where it was not, nothing happens.
  void untrack(const actor_ref& who, std::string_view topic, std::string_view key);
  /// Nor anywhere else.
  void untrack(const actor_ref& who);

  /// Who is present in a topic: `{"ana": {"metas": […]}, …}`, sorted by key, the metas in the order they came. Calls
  /// `fetch`: where that waits for something, `send_list` is for channels.
  /// @param most keys, from the first on
  json list(std::string_view topic, std::size_t most = all) const;
  /// `{"metas": […]}`, or null where nobody is present under this key. Calls `fetch`.
  json get_by_key(std::string_view topic, std::string_view key) const;
  /// How many keys are present in a topic.
  std::size_t count(std::string_view topic) const;
  /// What a `presence_summary` says now. Calls `fetch`.
  json summary(std::string_view topic) const;

  presence_news news() const noexcept;

  /// Sends a channel the list of a topic, as a `presence_list` for its info handler. It comes in its place among the
  /// diffs: those before it are contained in it, and those after it are not.
  /// @param to a channel's `self()`; another actor gets nothing
  void send_list(const actor_ref& to, std::string_view topic) const;

private:
  struct state;
  presence(bennu::pubsub& topics, caf::actor_system& actors, presence_options wanted, bool hooks_may_wait);

  std::shared_ptr<state> state_;
};

}  // namespace bennu
