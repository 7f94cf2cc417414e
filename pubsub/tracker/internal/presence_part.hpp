#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <bennu/pubsub/tracker/replica_presences.hpp>

/// Selects the presences of a replica that fit into one message. Pure functions.
namespace bennu {

/// The remaining bytes of one message. The first presence always fits.
class message_budget {
public:
  explicit message_budget(std::size_t bytes) : left_(bytes) {}

  /// Reserves bytes for a presence. @returns false, and reserves nothing, if it does not fit
  /// @param entry must outlive this
  bool take(const presence_entry& entry);

private:
  std::size_t left_;
  bool is_empty_ = true;
  std::string_view topic_;  // of the last presence that fitted
  std::string meta_;
};

/// The last clock up to which all live presences after `since` fit; `since` if none does.
replica_clock last_that_fits(const replica_presences& of, replica_clock since, message_budget& budget);

/// The operations after `since` up to `last`, and the removals of earlier presences: a removal may be among the former
/// and the removed presence among the latter, and no node may see one without the other.
replica_presences part_of(const replica_presences& all, replica_clock since, replica_clock last);

}  // namespace bennu
