#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <bennu/channels/handlers.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/token_bucket.hpp>

namespace bennu {

/// Counts the crashes of each channel class on one socket, like the restart intensity of an Erlang supervisor. A class
/// that crashes too often cannot be joined for a while. Crashes are counted for each socket, so a client that makes its
/// own channels crash does not affect others.
class crash_record {
public:
  using clock = token_bucket::clock;

  void note(const channel_class& of, clock::time_point now, const limits& l) {
    auto found = find(of);
    if (found == crashes_.end()) found = crashes_.insert(found, {&of, {}});
    found->second.take(now, rate(l));
  }

  /// The time until the class may be joined again; 0 if it may be joined.
  clock::duration wait(const channel_class& of, clock::time_point now, const limits& l) {
    const auto found = find(of);
    return found == crashes_.end() ? clock::duration{} : found->second.wait(now, rate(l));
  }

private:
  using entry = std::pair<const channel_class*, token_bucket>;

  std::vector<entry>::iterator find(const channel_class& of) {
    return std::find_if(crashes_.begin(), crashes_.end(), [&](const entry& e) { return e.first == &of; });
  }
  static token_bucket::rate rate(const limits& l) noexcept {
    return {l.max_channel_crashes, l.channel_crash_period, l.max_channel_crashes};
  }

  std::vector<entry> crashes_;  ///< entries of the classes that have crashed
};

}  // namespace bennu
