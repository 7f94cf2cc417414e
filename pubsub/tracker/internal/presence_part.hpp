#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <bennu/pubsub/tracker/presence_state.hpp>

/// What of a replica's presences is told in one message. Pure functions.
namespace bennu {

/// What is left of the room in one message. Whatever is first fits.
class message_room {
public:
  explicit message_room(std::size_t bytes) : left_(bytes) {}

  /// @returns whether it fits; what does not takes no room. @param what lives as long as this
  bool take(const presence_entry& what);

private:
  std::size_t left_;
  bool is_empty_ = true;
  std::string_view topic_;  // of the last one that fitted
  std::string meta_;
};

/// The last clock up to which all that is live after `since` fits; `since` where nothing does.
replica_clock last_that_fits(const replica_presences& of, replica_clock since, message_room& into);

/// What happened after `since` up to `last`, and what is gone of what came before: a removal may be among the former,
/// and what it removed among the latter, and nobody may see the one without the other.
replica_presences part_of(const replica_presences& all, replica_clock since, replica_clock last);

}  // namespace bennu
