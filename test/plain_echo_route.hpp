#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <bennu/transport/socket_route.hpp>

namespace bennu::testing {

/// The socket behind a connection that sends every message back.
class echo_handler final : public connection_handler {
public:
  explicit echo_handler(ref<connection> to) : to_(std::move(to)) {}

  void on_message(message_kind kind, std::string_view bytes) override { to_->send(frame::make(kind, bytes)); }
  void when_handled(std::function<void()> done) override { done(); }
  void on_closed(exit_reason::kind) override { to_ = nullptr; }

private:
  ref<connection> to_;
};

class accepted_echo final : public accepted_socket {
public:
  std::unique_ptr<connection_handler> open(const ref<connection>& to) override {
    return std::make_unique<echo_handler>(to);
  }
};

/// A socket without channels: every client may connect, and its messages are sent back to it.
class plain_echo_route : public socket_route {
public:
  plain_echo_route(std::string path, socket_options options, const bennu::limits& limits = {})
      : path_(std::move(path)), options_(std::move(options)), limits_(limits) {}

  const std::string& path() const noexcept override { return path_; }
  const socket_options& options() const noexcept override { return options_; }
  const bennu::limits& limits() const noexcept override { return limits_; }
  std::variant<std::unique_ptr<accepted_socket>, http_refusal> connect(const json&, const connect_info&) override {
    return std::make_unique<accepted_echo>();
  }

private:
  std::string path_;
  socket_options options_;
  bennu::limits limits_;
};

}  // namespace bennu::testing
