#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <bennu/channels/handlers.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/token_bucket.hpp>

namespace bennu {

/// How often channels of each class crashed on one socket: what a supervisor's restart intensity is to Erlang. A class
/// that fails again and again is left alone for a while. It counts by socket, so that a client which makes its own
/// channels crash keeps nobody else out.
class crash_record {
public:
  using clock = token_bucket::clock;

  void note(const channel_class& of, clock::time_point now, const limits& l) {
    auto found = find(of);
    if (found == crashes_.end()) found = crashes_.insert(found, {&of, {}});
    found->second.take(now, rate(l));
  }

  /// How long until the class may be joined again; 0: it may.
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

  std::vector<entry> crashes_;  ///< of the classes that have crashed
};

}  // namespace bennu
