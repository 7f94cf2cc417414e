#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <bennu/channels/jwt/internal/key_set.hpp>
#include <bennu/channels/jwt/key_fetch_options.hpp>
#include <bennu/runtime/guarded.hpp>

namespace bennu::internal {

/// Keeps the key set of a URL up to date, on a thread of its own.
class key_fetcher {
public:
  using clock = std::chrono::steady_clock;
  using set = std::shared_ptr<const key_set>;

  /// @throws std::invalid_argument if keys must not be fetched from there
  key_fetcher(std::string url, key_fetch_options options);

  /// Ends a fetch that is under way, and calls all who wait.
  ~key_fetcher();

  /// The last set that was fetched; null if none was.
  set current() const { return state_.lock()->keys; }

  /// Asks for a fetch, unless the last one began less than `min_interval` ago.
  void request();

  /// Calls `then` once with a set other than `known`, or with `known` if there is none: at once, or after a fetch that
  /// is under way or asked for, on the thread that fetches.
  void await_newer(const set& known, std::function<void(const set&)> then);

  /// Waits until there is a set, for at most `patience`. @returns true if there is
  bool wait(std::chrono::milliseconds patience);

  bool is_on_this_thread() const noexcept { return thread_.get_id() == std::this_thread::get_id(); }

private:
  enum class stage { idle, requested, fetching };
  struct state {
    stage now = stage::requested;
    set keys;
    clock::time_point next_request;  ///< is granted from then on
    std::vector<std::function<void(const set&)>> waiting;
  };

  void run(const std::stop_token& stop);
  set fetch(const std::stop_token& stop) const;  ///< null after a failure, which is logged
  void end_fetch(const set& fetched);

  const std::string url_;
  const key_fetch_options options_;
  guarded<state> state_;
  std::condition_variable_any changed_;
  std::jthread thread_;
};

}  // namespace bennu::internal
