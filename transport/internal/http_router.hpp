#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <bennu/transport/internal/http_session.hpp>
#include <bennu/transport/internal/path_pattern.hpp>
#include <bennu/transport/internal/static_files.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu {

class long_poll_transport;

/// Sends each request where its path belongs: a socket's WebSocket or long poll, or a file. Complete before the server
/// accepts connections, then read by all its threads.
class http_router final : public http_handler {
public:
  explicit http_router(long_poll_transport& long_polls) : long_polls_(long_polls) {}

  /// @throws std::invalid_argument where its path makes no sense
  void add(std::shared_ptr<socket_route> route);
  /// Answers GET at exactly this path with what `text` returns; it is called on any loop's thread.
  void add_page(std::string path, std::string content_type, std::function<std::string()> text) {
    pages_.push_back({std::move(path), std::move(content_type), std::move(text)});
  }
  /// Of several prefixes that match, the longest counts.
  void add_files(std::string prefix, static_files files) { files_.emplace_back(std::move(prefix), std::move(files)); }

  /// Where a function of the user's throws, the answer is 500.
  void handle(http_request request, const ref<http_session>& from) override;

private:
  struct mount {
    std::shared_ptr<socket_route> socket;
    path_pattern websocket;
    path_pattern long_poll;
  };
  void route(http_request&& request, const ref<http_session>& from);
  struct page {
    std::string path;
    std::string content_type;
    std::function<std::string()> text;
  };

  static void serve_page(const http_request& request, const ref<http_session>& from, const page& what);
  void serve_file(const http_request& request, const ref<http_session>& from);

  long_poll_transport& long_polls_;
  std::vector<mount> mounts_;
  std::vector<page> pages_;
  std::vector<std::pair<std::string, static_files>> files_;
};

}  // namespace bennu
