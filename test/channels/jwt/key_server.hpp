#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/unique_fd.hpp>

namespace test {

/// An HTTP or HTTPS server on a loopback port, which serves one connection and one request at a time on a thread of its
/// own.
class key_server {
public:
  /// @param answer called with the number of the request, from 1; returns all that is sent, or "" to send nothing until
  /// the client goes
  /// @param port 0 selects a free one
  explicit key_server(std::function<std::string(int)> answer, bool with_tls = false, std::uint16_t port = 0);

  /// Closes the port, and the connection that is open.
  ~key_server();

  std::uint16_t port() const noexcept { return port_; }
  std::string url() const;
  int requests() const { return state_.lock()->requests; }

private:
  struct state {
    int client = -1;  ///< the open connection
    bool is_stopping = false;
    int requests = 0;
  };

  void run();
  void serve(int client);

  const std::function<std::string(int)> answer_;
  const bool with_tls_;
  std::uint16_t port_ = 0;
  bennu::unique_fd listener_;
  bennu::guarded<state> state_;
  std::jthread thread_;
};

/// A 200 answer with this body.
std::string answer_of(const std::string& body);

}  // namespace test
