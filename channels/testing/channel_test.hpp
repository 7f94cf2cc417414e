#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include <bennu/channels/testing/client_channel.hpp>
#include <bennu/channels/testing/client_socket.hpp>
#include <bennu/channels/testing/failure.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/metrics.hpp>

namespace caf {
class actor_system;
}

namespace bennu::testing {

class world;

struct test_options {
  /// With a seed, what could happen next is picked at random, the same for the same seed; see `explore`.
  std::optional<std::uint64_t> seed = std::nullopt;
  bennu::limits limits = {};
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
class channel_test {
public:
  explicit channel_test(const test_options& wanted = {});
  /// Ends what still runs.
  virtual ~channel_test();
  channel_test(const channel_test&) = delete;
  channel_test& operator=(const channel_test&) = delete;

  // -- clients --------------------------------------------------------------------------------------------------------

  /// Makes the socket class with these arguments; one without arguments is made by the first `connect`.
  template <class Socket, class... Arguments>
  void mount(Arguments&&... arguments) {
    mount(typeid(Socket), std::make_unique<Socket>(std::forward<Arguments>(arguments)...));
  }

  /// Connects a client, which must be let in.
  /// @param params of the client's URL; `vsn` is 2.0.0 unless it is among them
  template <class Socket>
  client_socket connect(json params = json::object{}, const connect_info& info = {},
                        place where = std::source_location::current()) {
    return connect(mounted<Socket>(), std::move(params), info, where);
  }
  /// Connects a client, which must not be let in. @returns what it is answered
  template <class Socket>
  http_refusal assert_refused(json params = json::object{}, const connect_info& info = {},
                              place where = std::source_location::current()) {
    return assert_refused(mounted<Socket>(), std::move(params), info, where);
  }

  /// A connected client of a socket without a class of its own: say which channel class to join.
  client_socket socket(std::optional<std::string> id = std::nullopt, bennu::assigns assigns = {});

  /// A new client that joins a channel of this class: `socket().join<Channel>(topic, params)`.
  template <class Channel>
  client_channel join(const std::string& topic, const payload& params = {},
                      place where = std::source_location::current()) {
    return socket().join<Channel>(topic, params, where);
  }

  /// Makes an object that sockets and channels use, such as a `presence`: it lives until all of them have ended. A
  /// member of a fixture does not live that long.
  template <class T, class... Arguments>
  T& provide(Arguments&&... arguments) {
    auto made = std::make_shared<T>(std::forward<Arguments>(arguments)...);
    keep(made);
    return *made;
  }

  /// The limits of clients that connect from now on.
  bennu::limits& limits() noexcept;

  // -- broadcasts -----------------------------------------------------------------------------------------------------

  void broadcast(std::string_view topic, std::string_view event, const payload& what = {});
  /// To all but the client of `from`.
  void broadcast_from(const client_channel& from, std::string_view topic, std::string_view event,
                      const payload& what = {});
  /// To the processes that subscribed.
  void publish(std::string_view topic, json message);

  /// From now on the topic's broadcasts are kept. A topic that a client joins is watched already.
  void watch(const std::string& topic);
  /// What was broadcast there while it was watched.
  const std::vector<push>& broadcasts(const std::string& topic) const;
  payload assert_broadcast(const std::string& topic, std::string_view event,
                           place where = std::source_location::current());
  void assert_broadcast(const std::string& topic, std::string_view event, const payload& what,
                        place where = std::source_location::current());
  void refute_broadcast(const std::string& topic, std::string_view event,
                        place where = std::source_location::current());

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

  /// What was counted: see `bennu::metrics`.
  std::int64_t counted(metric which) const;

  // -- what is under it -----------------------------------------------------------------------------------------------

  bennu::pubsub& pubsub() noexcept;
  caf::actor_system& actors() noexcept;

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
  template <class Socket>
  std::type_index mounted() {
    if constexpr (std::is_default_constructible_v<Socket>) {
      if (!is_mounted(typeid(Socket))) mount<Socket>();
    }
    return typeid(Socket);
  }
  bool is_mounted(std::type_index which) const;
  void mount(std::type_index which, std::unique_ptr<user_socket> made);
  void keep(std::shared_ptr<void> what);
  client_socket connect(std::type_index which, json params, const connect_info& info, const place& where);
  http_refusal assert_refused(std::type_index which, json params, const connect_info& info, const place& where);

  std::unique_ptr<world> world_;
};

}  // namespace bennu::testing
