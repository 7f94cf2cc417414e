#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <bennu/pubsub/tracker/replica_presences.hpp>

/// Chooses the part of a replica's presences that one message carries. Pure functions.
namespace bennu {

/// The bytes that are left in one message. The first entry always fits.
class message_budget {
public:
  explicit message_budget(std::size_t bytes) : left_(bytes) {}

  /// Spends the bytes of an entry. @returns whether it fits; an entry that does not costs nothing
  /// @param added must outlive this
  bool take(const presence_entry& added);

private:
  std::size_t left_;
  bool is_empty_ = true;
  std::string_view topic_;  // of the last entry that fitted
  std::string meta_;
};

/// @returns the last clock up to which all presences that are live after `since` fit; `since` if none does
replica_clock last_that_fits(const replica_presences& of, replica_clock since, message_budget& into);

/// The operations after `since` up to `last`, and what is gone of those before: a removal may be among the former and
/// the presence that it removed among the latter, and a node must not see one without the other.
replica_presences part_of(const replica_presences& all, replica_clock since, replica_clock last);

}  // namespace bennu
