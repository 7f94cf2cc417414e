#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <bennu/channels/testing/channel_state.hpp>
#include <bennu/channels/testing/internal/client_codec.hpp>
#include <bennu/channels/testing/internal/client_line.hpp>
#include <bennu/channels/testing/internal/event_log.hpp>
#include <bennu/channels/testing/internal/schedule.hpp>
#include <bennu/channels/testing/internal/transcript.hpp>
#include <bennu/channels/testing/routed_socket.hpp>
#include <bennu/transport/connect_info.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu::testing {

class client;
class node;

/// A client's join of a topic, with its reply and its events.
struct client_join {
  client& owner;
  std::string topic;
  std::string join_ref;
  channel_state at = channel_state::joining;
  payload params;
  std::optional<reply_t> reply;
  event_log events;
  std::string position;  ///< the newest one; empty if the client has none
  std::string session;
};

/// A client: the part of phoenix.js that a server communicates with.
class client final : public client_line::listener {
public:
  /// @param order the test's time, and `events` its transcript; both, and `server`, must outlive the client
  client(schedule& order, transcript& events, node& server, std::string name, wire_format format);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  node& server() noexcept { return server_; }
  client_line& line() const noexcept { return *line_; }
  /// Called once, before all other functions, when the connection is open.
  void start(std::shared_ptr<client_line> line);

  client_join& join(const std::string& topic, const payload& params);
  push_ref push(const json& join_ref, const std::string& topic, std::string_view event, const payload& content);
  push_ref push(client_join& of, std::string_view event, const payload& content);
  push_ref heartbeat();
  void send(message_kind kind, std::string bytes);
  void close(close_code code);
  void read(bool wanted);
  void stop_heartbeats() { heartbeats_ = false; }

  std::vector<reply_t> replies_to(const push_ref& to) const;

  const std::string& name() const noexcept { return name_; }
  void rename(std::string name) { name_ = std::move(name); }
  bool is_open() const noexcept { return open_; }
  std::optional<close_code> closed_with() const noexcept { return closed_with_; }
  const std::vector<std::string>& frames() const noexcept { return frames_; }

  /// The socket that the client has connected to, and what it has sent of itself.
  struct address {
    socket_route* route = nullptr;
    json params;
    connect_info info;
  };
  address connected_to;

  /// The routes to channel classes, for a client without a socket class of its own.
  routed_socket* routes = nullptr;

private:
  void on_frame(message_kind kind, std::string_view bytes) override;
  void on_closed(std::optional<close_code> code) override;

  void receive(server_message&& m);
  void receive_reply(const server_message& m);
  static void receive_history(client_join& join);
  bool concerns(const client_join& join, const server_message& m) const;
  void beat_later();
  std::string next_ref() { return std::to_string(++refs_); }
  void note(std::string_view arrow, message_kind kind, std::string_view bytes);

  schedule& order_;
  transcript& events_;
  node& server_;
  std::string name_;
  wire_format format_;
  std::shared_ptr<client_line> line_;
  std::deque<client_join> joins_;
  std::multimap<std::string, reply_t> replies_;
  std::vector<std::string> frames_;
  std::uint64_t refs_ = 0;
  bool heartbeats_ = true;
  bool open_ = true;
  std::optional<close_code> closed_with_;
};

}  // namespace bennu::testing
