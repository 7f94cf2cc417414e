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

/// What lies between the nodes of a test. From each node to each other one goes a wire: what is put on it arrives in
/// steps of the schedule, in order, if the test does not lose it.
class network {
public:
  explicit network(schedule& when);
  ~network();
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  /// Makes the adapter of a node, which is linked with all others from its start on. A name that was used before is
  /// that of a node that was restarted. This outlives the adapter, and so do the limits.
  std::unique_ptr<adapter> join(const std::string& name, const limits& of);

  /// No message gets through from now on, and what is on its way is lost. Both notice in time.
  void cut(const std::string& a, const std::string& b);
  /// Both find each other again.
  void heal(const std::string& a, const std::string& b);
  bool is_cut(const std::string& a, const std::string& b) const;
  /// What is on its way from `from` to `to` waits, until `release`.
  void hold(const std::string& from, const std::string& to);
  void release(const std::string& from, const std::string& to);
  /// The next messages from `from` to `to` are lost, though both see each other all the time.
  void lose(const std::string& from, const std::string& to, std::size_t messages);
  /// The node is gone: all its links are cut, and stay so.
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
