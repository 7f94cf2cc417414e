#include <chrono>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <bennu/channels/endpoint.hpp>

#include "info_socket.hpp"

namespace {

/// Removes `name` and its number from the arguments.
long take_option(std::vector<char*>& args, std::string_view name, long otherwise) {
  for (std::size_t i = 1; i + 1 < args.size(); ++i) {
    if (name != args[i]) continue;
    const auto value = std::strtol(args[i + 1], nullptr, 10);
    args.erase(args.begin() + static_cast<std::ptrdiff_t>(i), args.begin() + static_cast<std::ptrdiff_t>(i) + 2);
    return value;
  }
  return otherwise;
}

bool is_asked_for(const bennu::uri& origin) {
  if (origin.host == "throw.test") throw 7;
  return origin.scheme == "app" || origin.host == "asked.test";
}

}  // namespace

/// A server for features that the reference server does not use: a socket for each option, refusals of every kind, and
/// callbacks that throw. In addition to the options of every server it has --drain-batch N, --drain-interval MS and
/// --shutdown-timeout MS.
int main(int argc, char** argv) {
  using bennu::origin_check;
  std::vector<char*> args{argv, argv + argc};
  bennu::config config;
  config.limits.drain_batch_size = static_cast<std::size_t>(take_option(args, "--drain-batch", 10'000));
  config.limits.drain_batch_interval = std::chrono::milliseconds{take_option(args, "--drain-interval", 100)};
  config.limits.shutdown_timeout = std::chrono::milliseconds{take_option(args, "--shutdown-timeout", 30'000)};
  config = bennu::config::from_args(static_cast<int>(args.size()), args.data(), config);
  auto timed = config.limits;
  timed.join_timeout = std::chrono::milliseconds{200};

  bennu::endpoint server{config};
  const auto mount = [&server](const char* path, bennu::socket_options options) {
    options.long_poll = true;
    server.socket<edge::info_socket>(path, std::move(options));
  };
  mount("/any", {.check_origin = origin_check::any()});
  mount("/same_request", {});
  mount("/same_host", {.check_origin = origin_check::same_host("app.test")});
  mount("/list", {.check_origin = origin_check::list({"https://secure.test", "//any.test", "//*.below.test",
                                                      "http://port.test:8080", "//[2001:db8::1]:444"})});
  mount("/nobody", {.check_origin = origin_check::list({})});
  mount("/function", {.check_origin = origin_check::function(is_asked_for)});
  mount("/tokens", {.auth_token = true});
  mount("/protocols", {.subprotocols = {"chat.v2", "chat.v1"}});
  mount("/tokens_and_protocols", {.subprotocols = {"chat.v2", "chat.v1"}, .auth_token = true});
  mount("/compressed", {.compress = true});
  mount("/patient", {.answer_malformed = true});
  mount("/timed", {.limits = timed});
  server.socket<edge::hasty_socket>("/side_by_side");
  server.socket<edge::info_socket>("/rooms/:room",
                                   {.long_poll = true, .websocket_path = "/live", .long_poll_path = "/live/:how"});
  server.socket<edge::info_socket>("/long_poll_only", {.websocket = false, .long_poll = true});
  return server.run();
}
