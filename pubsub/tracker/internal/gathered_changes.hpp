#pragma once

#include <cstddef>
#include <vector>

#include <bennu/pubsub/tracker/presence_entry.hpp>

namespace bennu {

/// The net effect of these changes, in this order, as one. A presence that came and left again is not in it, nor one
/// that left and came again. Of the updates of one presence, the state before the first is a leave, and the state after
/// the last a join.
presence_changes net_effect(const std::vector<presence_changes>& all);

/// Changes in order, until they are taken. If there are many, they are replaced by their net effect, so there are never
/// more than a few for each presence that existed before them or exists after them. A value.
class gathered_changes {
public:
  /// @param most the number of presences up to which changes are kept unchanged
  explicit gathered_changes(std::size_t most) : most_(most), fold_above_(most) {}

  void add(presence_changes changes);
  bool empty() const noexcept { return changes_.empty(); }
  std::vector<presence_changes> take();

private:
  void fold();

  std::size_t most_;
  std::size_t fold_above_;  ///< grows with the size after folding, so that folding costs little for each change
  std::size_t size_ = 0;    ///< presences in the changes
  std::vector<presence_changes> changes_;
};

}  // namespace bennu
