#pragma once

#include <cstddef>
#include <vector>

#include <bennu/pubsub/tracker/presence_entry.hpp>

namespace bennu {

/// What comes of all these changes, one after the other, as one: who came and went again is not in it, nor who went and
/// came again. Of the updates of one presence, what it was before the first leaves, and what it is after the last
/// joins.
presence_changes net_effect(const std::vector<presence_changes>& all);

/// Changes in order, until somebody takes them. Where they are many they are replaced by their net effect, so there are
/// never more than a few for each presence that was there before them or is there after them. A value.
class gathered_changes {
public:
  /// @param most presences in the changes that are kept as they came
  explicit gathered_changes(std::size_t most) : most_(most), fold_above_(most) {}

  void add(presence_changes what);
  bool empty() const noexcept { return changes_.empty(); }
  std::vector<presence_changes> take();

private:
  void fold();

  std::size_t most_;
  std::size_t fold_above_;  ///< grows with what cannot be folded, so that folding costs little for each change
  std::size_t size_ = 0;    ///< presences in the changes
  std::vector<presence_changes> changes_;
};

}  // namespace bennu
