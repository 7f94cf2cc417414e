#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <bennu/channels/internal/mounted_socket.hpp>
#include <bennu/channels/internal/socket_context.hpp>
#include <bennu/channels/user_socket.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/runtime/system.hpp>
#include <bennu/transport/connection.hpp>

namespace benchmarks {

/// A connection without a network: messages of its client go directly to its socket, and messages to the client are
/// counted and dropped. Lives on its home's thread, as every connection.
class memory_client final : public bennu::connection, private bennu::event_loop::deferred {
public:
  explicit memory_client(bennu::event_loop& home) : connection(&home) {}
  ~memory_client() override = default;

  void open(bennu::accepted_socket& to) { handler_ = to.open(bennu::ref<connection>{this}); }

  /// Receives a message of the client.
  void say(std::string_view text) { handler_->on_message(bennu::message_kind::text, text); }
  /// The client is gone. This may be the end of the connection.
  void hang_up();

  using connection::send;
  std::size_t send(bennu::ref<const bennu::frame> message, const bennu::overflow&) override {
    ++frames_;
    bytes_ += message->wire().size();
    return 0;
  }
  bool has_room() override { return true; }
  void await_sent() override {
    home()->post([self = bennu::ref<memory_client>{this}] {
      if (self->handler_ != nullptr) self->handler_->on_caught_up();
    });
  }
  void pause(bool) override {}
  void close(bennu::close_code code, bennu::exit_reason::kind why) override;

  std::uint64_t frames() const noexcept { return frames_; }
  std::uint64_t bytes() const noexcept { return bytes_; }

private:
  void at_turn_end() override { hang_up(); }

  std::unique_ptr<bennu::connection_handler> handler_;
  std::uint64_t frames_ = 0;
  std::uint64_t bytes_ = 0;
};

/// A server without a network: the event loops, the pubsub, the socket and channel actors of a real one.
class memory_server {
public:
  using socket_factory = std::function<std::unique_ptr<bennu::user_socket>(bennu::pubsub&, caf::actor_system&)>;

  /// With a channel `room:*` that answers `echo` and broadcasts `shout`.
  explicit memory_server(std::size_t io_threads);
  memory_server(std::size_t io_threads, const socket_factory& make_socket);
  ~memory_server();
  memory_server(const memory_server&) = delete;
  memory_server& operator=(const memory_server&) = delete;

  bennu::system& threads() noexcept { return threads_; }
  bennu::pubsub& topics() noexcept { return topics_; }

  /// Runs `action` on a loop's thread. @returns its result
  template <class F>
  auto on_loop(std::size_t i, F&& action) {
    std::promise<std::invoke_result_t<F>> done;
    threads_.loop(i).post([&] {
      if constexpr (std::is_void_v<std::invoke_result_t<F>>) {
        action();
        done.set_value();
      } else {
        done.set_value(action());
      }
    });
    return done.get_future().get();
  }

  /// Connects a client. On the thread of loop `i` only.
  memory_client& connect(std::size_t i);
  /// Connects a client and joins it to `topic`. On the thread of loop `i` only.
  /// @param params as JSON
  memory_client& join(std::size_t i, std::string_view topic, std::string_view params = "{}");

  /// Runs the loop's actors that have messages, as the end of a turn would. On its thread only.
  void run_actors(std::size_t i) { threads_.host(i).run_actors(); }

  const std::vector<bennu::ref<memory_client>>& clients(std::size_t i) const noexcept { return clients_[i]; }

private:
  /// Limits whose rates are checked, but never reached.
  static bennu::limits high_limits() {
    bennu::limits all;
    all.max_socket_rate = all.max_socket_burst = all.max_channel_rate = all.max_channel_burst = 1'000'000'000;
    return all;
  }

  bennu::system threads_;
  bennu::metrics counts_;
  bennu::pubsub topics_;
  bennu::channel_services services_;
  bennu::mounted_socket sockets_;
  std::vector<std::vector<bennu::ref<memory_client>>> clients_;
};

}  // namespace benchmarks
