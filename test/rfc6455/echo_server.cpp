#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <bennu/runtime/system.hpp>
#include <bennu/transport/server.hpp>

#include "../plain_echo_route.hpp"

// The server of the RFC 6455 cases: Bennu's transport with an echo behind it. It knows no channels, so a case may send
// anything.
namespace {

sigset_t end_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

/// @param files a certificate and its key, or none
void serve(const std::vector<std::string>& files) {
  const auto signals = end_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  bennu::limits small;
  small.max_frame_bytes = 1024;
  small.max_message_bytes = 2048;

  bennu::system threads{{}, bennu::logger{bennu::log_level::warning}};
  bennu::server::options options{.port = 0, .limits = {}};
  if (files.size() == 2) options.tls = {.certificate = files[0], .key = files[1]};
  bennu::server server{threads, options};
  const auto add = [&](const char* path, bennu::socket_options how, const bennu::limits& limits) {
    server.add(std::make_shared<bennu::testing::plain_echo_route>(path, std::move(how), limits));
  };
  add("/echo", {}, {});
  add("/small", {}, small);
  add("/deflate", {.compress = true}, {});
  add("/small_deflate", {.compress = true}, small);
  add("/protocols", {.subprotocols = {"chat", "superchat"}}, {});

  std::printf("listening on %s://127.0.0.1:%u\n", options.tls ? "https" : "http",
              static_cast<unsigned>(server.start()));
  std::fflush(stdout);
  int which = 0;
  sigwait(&signals, &which);
  server.drain();
  server.stop();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    serve({argv + 1, argv + argc});
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
