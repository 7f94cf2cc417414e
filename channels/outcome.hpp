#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <bennu/runtime/exit_reason.hpp>
#include <bennu/runtime/payload.hpp>

/// What a channel's callbacks return. Each callback has a result type of its own that takes only what makes sense
/// there: a reply out of `handle_info`, which answers no push, does not compile.
namespace bennu {

/// A reply's status. Clients of the JavaScript kind listen with `.receive("ok", …)` and `.receive("error", …)`; any
/// other name works too.
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
/// The message is dealt with, and there is nothing to say.
inline constexpr noreply_t noreply{};

struct reply_t {
  status what;
  payload body;
  friend bool operator==(const reply_t&, const reply_t&) = default;
};
/// Answers the push at hand. The payload may be any JSON, a struct, or bytes; without one it is `{}`.
inline reply_t reply(status what, payload body = {}) { return {std::move(what), std::move(body)}; }

struct stop_t {
  exit_reason why;
};
struct stop_with_reply_t {
  exit_reason why;
  reply_t last;
};
/// Ends the channel. The client sees `phx_close` and stays away for `normal` and `shutdown`; for an error it sees
/// `phx_error` and joins again.
inline stop_t stop(exit_reason why) { return {std::move(why)}; }
/// Answers the push at hand, then ends the channel.
inline stop_with_reply_t stop(exit_reason why, reply_t last) { return {std::move(why), std::move(last)}; }

struct accept_t {
  payload body;
};
/// Lets the client in. A join is answered ok with `body`.
inline accept_t accept(payload body = {}) { return {std::move(body)}; }

struct refuse_t {
  payload body;
};
/// Keeps the client out: its join is answered error with `body`. The JavaScript client tries again until told to leave.
inline refuse_t refuse(payload body = {}) { return {std::move(body)}; }

/// A job for another thread; see `blocking`.
template <class F>
struct blocking_t {
  F job;
};

/// Work that takes long or waits (a query, a file, another service) is returned instead of done: `job` then runs on a
/// thread for such work, and what it returns counts as the callback's result.
///
/// Meanwhile the channel handles no other message, so the job may use the channel's members as if it was the callback
/// itself; but it must neither push, broadcast nor send: it returns what is to be done. Other channels, those of the
/// same client too, go on.
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

  /// Null where it is another outcome.
  template <class T>
  T* get_if() noexcept {
    return std::get_if<T>(&value_);
  }
  job* if_job() noexcept { return std::get_if<job>(&value_); }

private:
  std::variant<Outcomes..., job> value_;
};

/// Of `join`: accept or refuse.
using join_result = result<accept_t, refuse_t>;
/// Of a handler for what the client pushes: noreply, reply or stop.
using in_result = result<noreply_t, reply_t, stop_t, stop_with_reply_t>;
/// Of a handler for a broadcast on its way to the client, and of one for messages of other actors: noreply or stop.
using out_result = result<noreply_t, stop_t>;
using info_result = out_result;

}  // namespace bennu
