#pragma once

#include <optional>
#include <string>
#include <utility>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/presence.hpp>

namespace bennu {

/// A channel whose client receives the presences of its topic: first `presence_state` with all of them, then a
/// `presence_diff` for each change. No diff comes before the state, the state contains no later diff, and no diff is
/// missing. (In Phoenix each channel sends the state itself, and the first diffs may come before it. Phoenix's
/// JavaScript class works with either.)
///
///     class room_channel final : public bennu::presence_channel {
///     public:
///       explicit room_channel(bennu::presence& here) : presence_channel(here) {}
///       static void handlers(bennu::handlers<room_channel>& on) { show_presences(on); }
///
///       bennu::join_result join(const bennu::topic&, bennu::payload) override {
///         enter(user(), {{"status", "online"}});
///         return bennu::accept();
///       }
///
/// With `presence_news::summaries`, the client receives `presence_summary` instead of both.
class presence_channel : public channel {
protected:
  /// @param of must outlive the channel
  explicit presence_channel(bennu::presence& of) : here_(of) {}

  /// Registers the handlers of this class. Call it in the class's `handlers`.
  template <class Channel>
  static void show_presences(bennu::handlers<Channel>& on) {
    // Until the state is sent, clients of this class receive no changes: the state contains the earlier ones.
    for (const auto* news : {"presence_diff", "presence_summary"}) on.out(news, [](Channel&, const payload&) {});
    on.info(&presence_channel::arrive);
    on.info(&presence_channel::push_state);
  }

  /// Makes this channel present in its topic under `key`, and sends its client the presences, as soon as the join is
  /// done. May be called in `join` or later. If the presence is refused (see `presence_error`), the channel ends with
  /// that error.
  void enter(std::string key, json meta = json::object{});

  /// Sends the client the presences, as soon as the join is done, without making this channel present.
  void watch();

  bennu::presence& here() const noexcept { return here_; }

private:
  enum class stage { blind, waiting, watching };
  /// A message of the channel to itself: in `join` it is not subscribed yet, and would miss diffs.
  struct arrival {
    std::optional<std::string> key;
    json meta;
  };

  void arrive(const arrival& how);
  void push_state(const presence_list& all);

  bennu::presence& here_;
  stage at_ = stage::blind;
};

}  // namespace bennu
