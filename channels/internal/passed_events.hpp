#pragma once

#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include <bennu/channels/handlers.hpp>

namespace bennu {

/// The events that a channel's class intercepts and this channel no longer does: they are passed on to its client.
/// Small, because every channel has one.
class passed_events {
public:
  using out_table = handler_table::out_table;

  /// Adds an event. Does nothing if the class does not intercept it.
  /// @throws std::logic_error if it is not among the first 64 events in the table of the class
  void add(const out_table& intercepted, std::string_view event) {
    const auto found = intercepted.find(event);
    if (found == intercepted.end()) return;
    const auto bit = bit_of(intercepted, found);
    if (bit == 0) throw std::logic_error("a class that intercepts more than 64 events cannot stop with all of them");
    bits_ |= bit;
  }

  bool contains(const out_table& intercepted, out_table::const_iterator which) const {
    return bits_ != 0 && (bits_ & bit_of(intercepted, which)) != 0;
  }

private:
  static std::uint64_t bit_of(const out_table& in, out_table::const_iterator which) {
    const auto index = std::distance(in.begin(), which);
    return index < 64 ? std::uint64_t{1} << index : 0;
  }

  std::uint64_t bits_ = 0;  ///< bits by the position of the event in the table
};

}  // namespace bennu
