#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/runtime/json.hpp>

#include "websocket.hpp"

namespace load {

using clock = std::chrono::steady_clock;

class client;

/// A push, a join or a leave in progress.
struct request {
  std::string ref;
  std::string topic;
  std::string event;
  clock::time_point due;  ///< the time at which it should have been sent
  clock::time_point sent;
};

/// An event of the server that is not a reply.
struct incoming {
  std::string topic;
  std::string event;
  bennu::json payload;
};

/// Receives the events of one thread's clients.
class client_listener {
public:
  virtual void on_open(client& who) = 0;
  virtual void on_reply(client& who, const request& to, bool ok, const bennu::json& response) = 0;
  virtual void on_event(client& who, const incoming& message) = 0;
  /// The last call for this client.
  virtual void on_closed(client& who, const std::string& why) = 0;
  virtual void on_traffic(std::size_t messages_in, std::size_t bytes_in, std::size_t bytes_out) = 0;

protected:
  ~client_listener() = default;
};

/// One user of the server: uses version 2 of the Phoenix protocol over a WebSocket. For one thread.
class client final : private websocket::listener {
public:
  /// @param number among all clients, from 0
  client(std::size_t number, bennu::event_loop& loop, client_listener& to)
      : number_(number), listener_(to), socket_(loop, *this) {}

  std::size_t number() const noexcept { return number_; }
  bool is_open() const noexcept { return socket_.is_open(); }
  clock::time_point connecting_since() const noexcept { return connecting_since_; }

  void connect(const target& to, const endpoint* from, const tls_settings* tls);
  void close() { socket_.close(); }

  // `on_reply` receives the replies to the following functions, in the order of the replies. The payload is JSON text.
  // `due` is the time at which the message should have been sent.
  void join(std::string_view topic, std::string_view payload, clock::time_point due);
  void leave(std::string_view topic, clock::time_point due);
  void push(std::string_view topic, std::string_view event, std::string_view payload, clock::time_point due);
  void heartbeat(clock::time_point due);

  /// Sends a push, and ignores its reply.
  void cast(std::string_view topic, std::string_view event, std::string_view payload);

  // The state of this client for its worker and scenario.
  std::deque<clock::time_point> waiting;  ///< actions that are due, and wait for the present one
  std::size_t actions = 0;                ///< number of actions that have begun and not ended
  bool ready = false;                     ///< the scenario has prepared the client
  bool refused = false;                   ///< the client could not be prepared

private:
  struct joined {
    std::string topic;
    std::string join_ref;
  };

  void on_open() override { listener_.on_open(*this); }
  void on_text(std::string_view text) override;
  void on_closed(const std::string& why) override { listener_.on_closed(*this, why); }
  void on_traffic(std::size_t in, std::size_t out) override { listener_.on_traffic(0, in, out); }

  std::string next_ref() { return std::to_string(++last_ref_); }
  const std::string* join_ref_of(std::string_view topic) const noexcept;
  void send(const std::string* join_ref, std::string_view ref, std::string_view topic, std::string_view event,
            std::string_view payload);
  void ask(const std::string* join_ref, std::string_view topic, std::string_view event, std::string_view payload,
           clock::time_point due);
  void take_reply(const std::string& ref, const bennu::json& payload);
  void forget(std::string_view topic);

  std::size_t number_;
  client_listener& listener_;
  websocket socket_;
  std::vector<joined> topics_;
  std::vector<request> requests_;
  std::uint64_t last_ref_ = 0;
  clock::time_point connecting_since_{};
};

}  // namespace load
