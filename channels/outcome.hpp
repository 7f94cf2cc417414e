#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <bennu/runtime/exit_reason.hpp>
#include <bennu/runtime/payload.hpp>

/// The results of a channel's callbacks. Each callback has a result type of its own, which accepts only the outcomes
/// that are possible there. For example, a reply from an info handler does not compile, because there is no push to
/// reply to.
namespace bennu {

/// The status of a reply. The JavaScript client listens with `.receive("ok", …)` and `.receive("error", …)`; any other
/// name works too.
class status {
public:
  explicit status(std::string name) : name_(std::move(name)) {}
  const std::string& name() const noexcept { return name_; }
  friend bool operator==(const status&, const status&) = default;

private:
  std::string name_;
};

inline const status ok{"ok"};
inline const status error{"error"};

struct noreply_t {};
/// The message is handled, and has no reply.
inline constexpr noreply_t noreply{};

struct reply_t {
  bennu::status status;
  payload body;
  friend bool operator==(const reply_t&, const reply_t&) = default;
};
/// Answers the current push. The payload may be any JSON, a struct, or bytes. The default is `{}`.
inline reply_t reply(status how, payload body = {}) { return {std::move(how), std::move(body)}; }

struct stop_t {
  exit_reason why;
};
struct stop_with_reply_t {
  exit_reason why;
  reply_t last;
};
/// Ends the channel. For `normal` and `shutdown` the client sees `phx_close`, and does not join again. For an error it
/// sees `phx_error`, and joins again.
inline stop_t stop(exit_reason why) { return {std::move(why)}; }
/// Answers the current push, then ends the channel.
inline stop_with_reply_t stop(exit_reason why, reply_t last) { return {std::move(why), std::move(last)}; }

struct accept_t {
  payload body;
};
/// Accepts the client: its join is answered ok with `body`.
inline accept_t accept(payload body = {}) { return {std::move(body)}; }

struct refuse_t {
  payload body;
};
/// Refuses the client: its join is answered error with `body`. The JavaScript client tries again until the page calls
/// `leave`.
inline refuse_t refuse(payload body = {}) { return {std::move(body)}; }

/// A job for another thread; see `blocking`.
template <class F>
struct blocking_t {
  F job;
};

/// Returns work that takes long or waits (a query, a file, another service) instead of doing it in the callback. `job`
/// runs on a thread for such work, and its result becomes the callback's result.
///
/// Until then the channel handles no other message, so the job may use the channel's members as the callback may. But
/// it must not push, broadcast or send; it returns an outcome that does so. Other channels, including those of the same
/// client, continue.
template <class F>
blocking_t<std::decay_t<F>> blocking(F&& job) {
  return {std::forward<F>(job)};
}

/// A result type: one of `Outcomes`, or a job that returns this type.
template <class... Outcomes>
class result {
public:
  using job = std::function<result()>;

  template <class T>
    requires(std::is_same_v<std::decay_t<T>, Outcomes> || ...)
  result(T&& outcome) : value_(std::forward<T>(outcome)) {}

  template <class F>
    requires std::is_convertible_v<std::invoke_result_t<F&>, result>
  result(blocking_t<F> later) : value_(job(std::move(later.job))) {}

  /// Returns null if the result is another outcome.
  template <class T>
  T* get_if() noexcept {
    return std::get_if<T>(&value_);
  }
  job* if_job() noexcept { return std::get_if<job>(&value_); }

private:
  std::variant<Outcomes..., job> value_;
};

/// The result of `join`: accept or refuse.
using join_result = result<accept_t, refuse_t>;
/// The result of a handler for the client's pushes: noreply, reply or stop.
using in_result = result<noreply_t, reply_t, stop_t, stop_with_reply_t>;
/// The result of a handler for broadcasts to the client, or for messages of other actors: noreply or stop.
using out_result = result<noreply_t, stop_t>;
using info_result = out_result;

}  // namespace bennu
