#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <new>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <bennu/transport/outbox.hpp>

#include <doctest/doctest.h>

namespace bennu::testing::outboxes {

using texts = std::vector<std::string>;

/// Room for four messages before some are dropped, and for eight at all.
inline bennu::limits small() {
  bennu::limits l;
  l.shed_outbox_messages = 4;
  l.max_outbox_messages = 8;
  return l;
}

inline constexpr std::uint64_t mine = 1;
inline constexpr std::uint64_t others = 2;

/// An outbox whose network accepts nothing, unless a test changes that.
struct box {
  bennu::limits limits = small();
  bennu::outbox out{limits};
  std::function<void()> write = [] {};

  bennu::outbox::push_result push(const std::string& text, const overflow& rule) {
    return out.push(frame::make(message_kind::text, text), rule, [this] { write(); });
  }
  std::size_t offer(overflow::action policy, const std::string& text, std::uint64_t key = 0,
                    std::uint64_t sender = mine) {
    return push(text, {policy, {}, sender, key}).dropped;
  }
  bool overflows_with(const std::string& text) { return push(text, {}).overflowed; }
  void must(const std::string& text) { out.push(frame::make(message_kind::text, text)); }

  /// The first messages, as a poll would get them.
  texts take(std::size_t max_bytes) {
    texts all;
    for (const auto& message : out.begin_batch(max_bytes)) all.emplace_back(message->payload());
    return all;
  }
  texts waiting() {
    auto all = take(SIZE_MAX);
    out.end_batch(false);
    return all;
  }
  /// The rest, as it would be written.
  std::string written() {
    std::string all;
    char scratch[16];
    while (!out.empty()) {
      const auto part = out.next(scratch, sizeof scratch);
      all += part;
      out.advance(part.size());
    }
    return all;
  }
};

inline std::string wire(const texts& of) {
  std::string all;
  for (const auto& text : of) all += frame::make(message_kind::text, text)->wire();
  return all;
}

inline constexpr auto oldest = overflow::action::drop_oldest;
inline constexpr auto newest = overflow::action::drop_newest;
inline constexpr auto latest = overflow::action::keep_latest;

}  // namespace bennu::testing::outboxes
