#pragma once

#include <cstddef>
#include <string>

namespace bennu::testing {

class world;

/// What lies between two nodes of a test, for a test to break. What they send each other takes the schedule's time to
/// arrive, in order in each direction.
///
/// A handle: copies mean the same link, and are valid as long as the test.
class node_link {
public:
  /// Nothing gets through any more, and what is on its way is lost. Both nodes notice, each in its own time.
  void cut() const;
  /// They find each other again.
  void heal() const;
  bool is_cut() const;

  /// What is on its way, and what is sent from now on, waits until `release`.
  void hold() const;
  void release() const;

  /// The next messages in each direction are lost, though neither node notices: what an overloaded link does.
  void lose(std::size_t messages) const;

private:
  friend class channel_test;
  node_link(world& in, std::string one, std::string other)
      : world_(&in), one_(std::move(one)), other_(std::move(other)) {}

  void note(const std::string& what) const;

  world* world_;
  std::string one_;
  std::string other_;
};

}  // namespace bennu::testing
