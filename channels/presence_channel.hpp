#pragma once

#include <optional>
#include <string>
#include <utility>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/presence.hpp>

namespace bennu {

/// A channel whose client sees who else is there: first `presence_state` with all of them, then a `presence_diff` for
/// each change. No diff comes before the state, none that the state contains already, and none is missing. (Phoenix
/// leaves sending the state to each channel, and its first diffs may come before; its JavaScript class puts up with
/// either.)
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
/// Where the presences are told as summaries, the client gets `presence_summary` in the place of both.
class presence_channel : public channel {
protected:
  /// @param of must outlive the channel
  explicit presence_channel(bennu::presence& of) : here_(of) {}

  /// To be called by the class's `handlers`.
  template <class Channel>
  static void show_presences(bennu::handlers<Channel>& on) {
    // Until the state is told, no client of this class hears of changes: what comes before is contained in it.
    for (const auto* news : {"presence_diff", "presence_summary"}) on.out(news, [](Channel&, const payload&) {});
    on.info(&presence_channel::arrive);
    on.info(&presence_channel::push_state);
  }

  /// This channel is present in its topic under `key`, and its client sees the presences, as soon as the join is done.
  /// In `join`, or later. A presence that is refused (see `presence_error`) ends the channel with that error.
  void enter(std::string key, json meta = json::object{});

  /// The client sees the presences without being one of them, as soon as the join is done.
  void watch();

  bennu::presence& here() const noexcept { return here_; }

private:
  enum class stage { blind, waiting, watching };
  /// Sent to this channel itself: in `join` it is not subscribed yet, and would miss diffs.
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
