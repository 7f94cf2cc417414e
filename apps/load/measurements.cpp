#include "measurements.hpp"

#include <algorithm>

namespace load {

namespace {

/// The value of a key that may be new.
template <class Map>
auto& at(Map& all, std::string_view key) {
  const auto found = all.find(key);
  return found != all.end() ? found->second : all[std::string{key}];
}

}  // namespace

void measurements::record(std::string_view operation, duration response, duration service) {
  auto& t = at(timings, operation);
  t.response.record(response);
  t.service.record(service);
}

void measurements::error(std::string_view text) { ++at(errors, text); }

std::uint64_t measurements::all_errors() const {
  std::uint64_t all = 0;
  for (const auto& [text, count] : errors) all += count;
  return all;
}

void measurements::merge(const measurements& other) {
  for (const auto& [name, t] : other.timings) {
    auto& mine = timings[name];
    mine.response.merge(t.response);
    mine.service.merge(t.service);
  }
  for (const auto& [text, count] : other.errors) errors[text] += count;
  ready += other.ready;
  failed += other.failed;
  lost += other.lost;
  operations += other.operations;
  unanswered += other.unanswered;
  duplicates += other.duplicates;
  messages_in += other.messages_in;
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  worst_lag = std::max(worst_lag, other.worst_lag);
}

}  // namespace load
