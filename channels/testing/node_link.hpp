#pragma once

#include <cstddef>
#include <string>

namespace bennu::testing {

class world;

/// The link between two nodes of a test, for a test to break. Messages on it arrive when the schedule decides, in order
/// in each direction.
///
/// A handle: copies refer to the same link, and are valid as long as the test.
class node_link {
public:
  /// Breaks the link: nothing gets through any more, and messages under way are lost. Both nodes notice, each in its
  /// own time.
  void cut() const;
  /// Repairs the link: the nodes find each other again.
  void heal() const;
  bool is_cut() const;

  /// Holds all messages, those under way and new ones, until `release`.
  void hold() const;
  void release() const;

  /// Loses the next messages in each direction, as an overloaded link does. The nodes stay linked.
  void lose(std::size_t messages) const;

private:
  friend class channel_test;
  node_link(world& in, std::string one, std::string other)
      : world_(&in), one_(std::move(one)), other_(std::move(other)) {}

  void note(const std::string& action) const;

  world* world_;
  std::string one_;
  std::string other_;
};

}  // namespace bennu::testing
