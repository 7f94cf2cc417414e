#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include <bennu/transport/http_responder.hpp>

namespace bennu {

class http_route_table;

/// The handlers, by method and path, and the files that a listener serves over HTTP. Filled before the server starts,
/// then read by all its threads.
///
/// A mistake, such as a missing folder, is stored, and reported when the server starts.
class http_routes {
public:
  /// @param table must outlive the object
  explicit http_routes(http_route_table& table) noexcept : table_(table) {}
  http_routes(const http_routes&) = delete;
  http_routes& operator=(const http_routes&) = delete;

  /// Makes `handler` answer requests with this method and path. A segment of the path that begins with a colon stands
  /// for any text without a slash, which the handler finds in `http_request::path_variables`:
  ///
  ///     routes.http("GET", "/rooms/:room", [](http_request request, http_responder to) {
  ///       to.respond(http_response::text(200, "room " + std::string{request.variable("room")}));
  ///     });
  ///
  /// A route for GET answers HEAD too, without the body. Other methods of a path that has a route are answered with
  /// 405. Of several paths that match, the first is used.
  void http(std::string method, std::string path, http_handler handler);

  /// The same with a function that returns the answer.
  template <class Function>
    requires std::is_invocable_r_v<http_response, const Function&, const http_request&>
  void http(std::string method, std::string path, Function answer) {
    http(std::move(method), std::move(path),
         http_handler{[answer = std::move(answer)](const http_request& request, const http_responder& to) {
           to.respond(answer(request));
         }});
  }

  /// Makes `make` compose the answers to requests that no handler answers: 400, 404, 405, 413 and 431, and 500 and 503
  /// if a handler fails or takes too long. By default they are short texts, and 413 is 400, as in Phoenix. The server
  /// adds the field `allow` to 405. Any thread may call `make`, which must not throw.
  void refuse_with(std::function<http_response(unsigned status)> make);

  /// Serves the files below `directory` under `prefix`. Of several prefixes that match, the longest is used.
  /// Handlers come before files.
  void files(std::string prefix, const std::filesystem::path& directory);

private:
  http_route_table& table_;
};

}  // namespace bennu
