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
#include <bennu/channels/testing/test_options.hpp>

namespace bennu::testing {

/// A server and its clients in one thread, with a clock of their own: for tests of channels and sockets, after
/// Phoenix.ChannelTest.
///
/// Everything between the bytes from a client and those to it is the code of production: sockets, channels,
/// serializers, pubsub. Only the network, the threads and the clock are replaced. Nothing happens until the test allows
/// it (`settle`, `advance`, or an assertion), so a test can be certain that something did not happen, and never waits.
///
/// Uses no test framework: a failed expectation throws `failure`. <bennu/channels/testing/channel_case.hpp> is for
/// doctest.
class channel_test : public test_node {
public:
  explicit channel_test(const test_options& wanted = {});
  /// Ends the nodes and clients that still run.
  virtual ~channel_test();
  channel_test(const channel_test&) = delete;
  channel_test& operator=(const channel_test&) = delete;

  // -- nodes ----------------------------------------------------------------------------------------------------------

  /// Adds a node to the same cluster, linked with all others. @param name must be unique; this node's is "test"
  test_node add_node(const std::string& name, place where = std::source_location::current());
  node_link link(const test_node& one, const test_node& other);

  // -- time and order -------------------------------------------------------------------------------------------------

  /// Runs everything that is due now.
  void settle(place where = std::source_location::current());
  /// Lets time pass, and runs everything that becomes due in between, in order.
  void advance(std::chrono::nanoseconds time, place where = std::source_location::current());
  /// The time since the test began.
  std::chrono::nanoseconds now() const;

  /// Runs one step. @returns false if there was none
  bool step();
  /// Runs a random number of steps, for tests that act while other work is in progress. Without a seed it settles.
  void run_some(place where = std::source_location::current());
  /// A random number below `n`, the same for the same seed. `n` must be at least 1.
  std::size_t random(std::size_t n);
  std::optional<std::uint64_t> seed() const noexcept;

  // -- jobs that channels returned with `blocking` --------------------------------------------------------------------

  /// Makes jobs wait for `run_job` from now on. Otherwise they run in order with the other steps.
  void hold_jobs();
  std::size_t held_jobs() const;
  /// Runs the oldest waiting job.
  void run_job(place where = std::source_location::current());
  /// Runs all waiting jobs, and later ones in order with the other steps.
  void release_jobs();

  // -- events so far --------------------------------------------------------------------------------------------------

  /// The events so far, one line for each: the clients' messages in both directions, warnings and errors of the log,
  /// ends of channels.
  std::string transcript() const;
  /// The logged lines, from `debug` on, without the time.
  const std::vector<std::string>& log() const;

  /// Ends the test: an expectation was not met. @throws failure, unless `report` throws
  [[noreturn]] void fail(const std::string& description, const place& where);
  /// Counts an expectation that was met.
  void pass(const place& where);

protected:
  /// Tells a test framework of a failure, in its own way.
  virtual void report(const std::string& description, const place& where);
  /// Tells a test framework that an expectation was met, in its own way.
  virtual void report_met(const place& where);

private:
  explicit channel_test(std::unique_ptr<world> made);

  std::unique_ptr<world> world_;
};

}  // namespace bennu::testing
