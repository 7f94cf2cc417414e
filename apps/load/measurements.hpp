#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "histogram.hpp"

namespace load {

/// What was seen in some time, by some clients. A plain value; those of several threads and times are merged.
struct measurements {
  /// How long one kind of operation took.
  struct timing {
    histogram response;  ///< since it was due: what a user sees who does not wait for the one before
    histogram service;   ///< since it was sent
  };

  std::map<std::string, timing, std::less<>> timings;  ///< by operation: "connect", "join", "echo", ...
  std::map<std::string, std::uint64_t, std::less<>> errors;

  std::uint64_t ready = 0;       ///< clients that got as far as their scenario wants them before the load begins
  std::uint64_t failed = 0;      ///< clients that did not
  std::uint64_t lost = 0;        ///< clients whose connection ended after that
  std::uint64_t operations = 0;  ///< of those that the load is made of, completed
  std::uint64_t unanswered = 0;  ///< actions that were due and never ended: their client was lost, or none was left
  std::uint64_t duplicates = 0;  ///< broadcasts that a client received again
  std::uint64_t messages_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  duration worst_lag{};  ///< by which this program was late to do what was due

  void record(std::string_view operation, duration response, duration service);
  void error(std::string_view what);
  std::uint64_t all_errors() const;
  void merge(const measurements& other);
};

}  // namespace load
