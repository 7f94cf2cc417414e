#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace bennu {

/// The handlers of a class by event. It is made for events that mostly have no handler: a broadcast asks for its own
/// once for each subscriber, and the length of the name alone answers most of these questions.
template <class Handler>
class event_table {
  using map = std::map<std::string, Handler, std::less<>>;

public:
  using const_iterator = typename map::const_iterator;

  /// Adds a handler, unless the event has one. @returns false if it has
  bool add(std::string event, Handler handler) {
    const auto length = event.size();
    if (!handlers_.try_emplace(std::move(event), std::move(handler)).second) return false;
    lengths_ |= bit_of(length);
    return true;
  }

  const_iterator find(std::string_view event) const {
    return (lengths_ & bit_of(event.size())) == 0 ? end() : handlers_.find(event);
  }
  const_iterator begin() const noexcept { return handlers_.begin(); }
  const_iterator end() const noexcept { return handlers_.end(); }
  bool empty() const noexcept { return handlers_.empty(); }

private:
  static std::uint64_t bit_of(std::size_t length) noexcept { return std::uint64_t{1} << (length % 64); }

  map handlers_;
  std::uint64_t lengths_ = 0;  ///< a bit for each length of a name, modulo 64
};

}  // namespace bennu
