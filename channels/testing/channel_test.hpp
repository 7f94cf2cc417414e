#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <bennu/channels/testing/failure.hpp>
#include <bennu/channels/testing/node_link.hpp>
#include <bennu/channels/testing/test_node.hpp>
#include <bennu/runtime/limits.hpp>

namespace bennu::testing {

/// How often the network fails by itself in a test with a seed: in so many of 10,000 steps.
struct faults {
  unsigned cuts = 0;    ///< the connection of some client is cut
  unsigned stalls = 0;  ///< some client does not read, until nothing else can happen
  unsigned splits = 0;  ///< some node is cut off from another one; it is healed some time, at the latest by `settle`

  static constexpr unsigned scale = 10'000;
};

struct test_options {
  /// With a seed, what could happen next is picked at random, the same for the same seed; see `explore`.
  std::optional<std::uint64_t> seed = std::nullopt;
  bennu::limits limits = {};
  testing::faults faults = {};
  /// I/O threads of each node, among which its clients are dealt out. Unless it says so, 1, and a random number with a
  /// seed.
  std::optional<std::size_t> threads = std::nullopt;
};

/// A server and its clients in one thread, with a clock of their own: for tests of channels and sockets, after
/// Phoenix.ChannelTest.
///
/// Everything between the bytes of a client and those for it is what serves in production: sockets, channels,
/// serializers, pubsub. Only the network, the threads and the clock are the test's. Nothing happens until the test lets
/// it (`settle`, `advance`, or an assertion), so whether something did not happen is certain, and no test waits.
///
/// Knows no test framework: an expectation that is not met throws `failure`. <bennu/channels/testing/channel_case.hpp>
/// is for doctest.
class channel_test : public test_node {
public:
  explicit channel_test(const test_options& wanted = {});
  /// Ends what still runs.
  virtual ~channel_test();
  channel_test(const channel_test&) = delete;
  channel_test& operator=(const channel_test&) = delete;

  // -- nodes ----------------------------------------------------------------------------------------------------------

  /// Another node of the same cluster, linked with all others. @param name that no other node has; this one's is "test"
  test_node add_node(const std::string& name, place where = std::source_location::current());
  node_link link(const test_node& one, const test_node& other);

  // -- time and order -------------------------------------------------------------------------------------------------

  /// Lets everything happen that is due now.
  void settle(place where = std::source_location::current());
  /// Lets time pass, and everything happen that becomes due on the way, in order.
  void advance(std::chrono::nanoseconds time, place where = std::source_location::current());
  /// Since the test began.
  std::chrono::nanoseconds now() const;

  /// Lets one thing happen. @returns false where nothing was left to do
  bool step();
  /// Lets a random number of things happen, for tests that act while others are under way. Without a seed it settles.
  void run_some(place where = std::source_location::current());
  /// A random number below `n`, which is at least 1: the same for the same seed.
  std::size_t random(std::size_t n);
  std::optional<std::uint64_t> seed() const noexcept;

  // -- jobs that channels returned with `blocking` --------------------------------------------------------------------

  /// From now on jobs wait for `run_job`. Otherwise they run as soon as it is their turn.
  void hold_jobs();
  std::size_t held_jobs() const;
  /// Lets the oldest job that waits run.
  void run_job(place where = std::source_location::current());
  /// Lets all of them run, and those to come.
  void release_jobs();

  // -- what happened --------------------------------------------------------------------------------------------------

  /// What happened so far, a line each: the clients' messages both ways, warnings and errors of the log, how channels
  /// ended.
  std::string transcript() const;
  /// What was logged, from `debug` on, without the time.
  const std::vector<std::string>& log() const;

  /// Ends the test: an expectation was not met. @throws failure, unless `report` throws
  [[noreturn]] void fail(const std::string& what, const place& where);

protected:
  /// Tells a test framework of a failure, in its own way.
  virtual void report(const std::string& what, const place& where);

private:
  explicit channel_test(std::unique_ptr<world> made);

  std::unique_ptr<world> world_;
};

}  // namespace bennu::testing
