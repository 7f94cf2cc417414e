#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <bennu/channels/testing/internal/schedule.hpp>
#include <bennu/pubsub/adapter.hpp>
#include <bennu/runtime/limits.hpp>

namespace bennu::testing {

class wire;

/// The network between the nodes of a test. A wire leads from each node to each other one. Messages on it arrive in
/// steps of the schedule, in order, unless the test loses them.
class network {
public:
  explicit network(schedule& when);
  ~network();
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  /// Creates the adapter of a node, which is linked with all others when it starts. A name that was used before is that
  /// of a restarted node. The network and the limits must outlive the adapter.
  std::unique_ptr<adapter> join(const std::string& name, const limits& of);

  /// Breaks a link: no message gets through from now on, and those under way are lost. Both nodes notice in time.
  void cut(const std::string& a, const std::string& b);
  /// Repairs a link: both nodes find each other again.
  void heal(const std::string& a, const std::string& b);
  bool is_cut(const std::string& a, const std::string& b) const;
  /// Holds the messages from `from` to `to` until `release`.
  void hold(const std::string& from, const std::string& to);
  void release(const std::string& from, const std::string& to);
  /// Loses the next messages from `from` to `to`, as an overloaded link does: the services of `to` are told.
  void lose(const std::string& from, const std::string& to, std::size_t messages);
  /// Removes a node: all its links are cut for good.
  void remove(const std::string& name);

private:
  class member;

  wire& from(const std::string& a, const std::string& b);

  schedule& schedule_;
  std::map<std::string, std::uint64_t> runs_;
  std::map<std::string, member*> members_;  // that have started
  std::map<std::pair<std::string, std::string>, std::unique_ptr<wire>> wires_;
};

}  // namespace bennu::testing
