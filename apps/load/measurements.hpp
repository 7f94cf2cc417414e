#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "histogram.hpp"

namespace load {

/// The measurements of a group of clients in a period. A plain value. Measurements of several threads and periods can
/// be merged.
struct measurements {
  /// The times of one kind of operation.
  struct timing {
    histogram response;  ///< since the operation was due, as for a user who does not wait for the one before
    histogram service;   ///< since the operation was sent
  };

  std::map<std::string, timing, std::less<>> timings;  ///< by operation: "connect", "join", "echo", ...
  std::map<std::string, std::uint64_t, std::less<>> errors;

  std::uint64_t ready = 0;       ///< clients that their scenario has prepared
  std::uint64_t failed = 0;      ///< clients that could not be prepared
  std::uint64_t lost = 0;        ///< prepared clients whose connection ended
  std::uint64_t operations = 0;  ///< completed operations of the load
  std::uint64_t unanswered = 0;  ///< actions that were due and never ended: their client was lost, or none was left
  std::uint64_t duplicates = 0;  ///< broadcasts that a client received again
  std::uint64_t messages_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  duration worst_lag{};  ///< greatest delay of this program with an operation that was due

  void record(std::string_view operation, duration response, duration service);
  void error(std::string_view text);
  std::uint64_t all_errors() const;
  void merge(const measurements& other);
};

}  // namespace load
