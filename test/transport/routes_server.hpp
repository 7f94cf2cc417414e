#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/runtime/system.hpp>
#include <bennu/transport/http_routes.hpp>
#include <bennu/transport/server.hpp>

#include "http_client.hpp"

namespace bennu::testing {

/// The logged lines.
struct log_lines {
  std::mutex mutex;
  std::vector<std::string> all;

  bool has(std::string_view part) {
    const std::lock_guard lock{mutex};
    for (const auto& line : all) {
      if (line.find(part) != std::string::npos) return true;
    }
    return false;
  }
};

/// A server with routes.
class routes_server {
public:
  explicit routes_server(const std::function<void(http_routes&)>& add,
                         const std::function<void(server::options&)>& set = {},
                         const std::function<void(server&)>& mount = {}) {
    server::options options;
    options.port = 0;
    if (set) set(options);
    running = std::make_unique<server>(*threads, options);
    add(running->routes());
    if (mount) mount(*running);
    port = running->start();
  }
  ~routes_server() { stop(); }

  void stop() {
    if (running) running->stop();
    running.reset();
    threads.reset();
  }
  http_client connect() const { return http_client{port}; }
  std::int64_t counted(metric which) const { return threads->metrics()->value(which); }

  std::shared_ptr<log_lines> log = std::make_shared<log_lines>();
  std::unique_ptr<bennu::system> threads =
      std::make_unique<bennu::system>(bennu::system::options{.io_threads = 1, .scheduler_threads = 1, .configure = {}},
                                      logger{log_level::debug, [lines = log](auto, auto line) {
                                               const std::lock_guard lock{lines->mutex};
                                               lines->all.emplace_back(line);
                                             }});
  std::unique_ptr<server> running;
  std::uint16_t port = 0;
};

/// Keeps the arguments of a handler for the test.
struct kept_request {
  std::promise<std::pair<http_request, http_responder>> promise;

  http_handler handler() {
    return [this](http_request request, http_responder to) { promise.set_value({std::move(request), std::move(to)}); };
  }
  std::pair<http_request, http_responder> get() { return promise.get_future().get(); }
};

inline constexpr std::string_view get_a = "GET /a HTTP/1.1\r\nhost: a\r\n\r\n";

}  // namespace bennu::testing
