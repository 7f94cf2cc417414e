#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <bennu/runtime/system.hpp>
#include <bennu/transport/server.hpp>

// What the RFC 6455 cases talk to: Bennu's transport with nothing behind it but an echo. It knows no channels, so a
// case may send whatever it wants.
namespace {

class echo_handler final : public bennu::connection_handler {
public:
  explicit echo_handler(bennu::ref<bennu::connection> to) : to_(std::move(to)) {}

  void on_message(bennu::message_kind kind, std::string_view bytes) override {
    to_->send(bennu::frame::make(kind, bytes));
  }
  void when_handled(std::function<void()> done) override { done(); }
  void on_closed(bennu::exit_reason::kind) override { to_ = nullptr; }

private:
  bennu::ref<bennu::connection> to_;
};

class accepted_echo final : public bennu::accepted_socket {
public:
  std::unique_ptr<bennu::connection_handler> open(const bennu::ref<bennu::connection>& to) override {
    return std::make_unique<echo_handler>(to);
  }
};

class echo_route final : public bennu::socket_route {
public:
  echo_route(std::string path, bennu::socket_options options, const bennu::limits& limits)
      : path_(std::move(path)), options_(std::move(options)), limits_(limits) {}

  const std::string& path() const noexcept override { return path_; }
  const bennu::socket_options& options() const noexcept override { return options_; }
  const bennu::limits& limits() const noexcept override { return limits_; }

  std::variant<std::unique_ptr<bennu::accepted_socket>, bennu::http_refusal> connect(
      const bennu::json&, const bennu::connect_info&) override {
    return std::make_unique<accepted_echo>();
  }

private:
  std::string path_;
  bennu::socket_options options_;
  bennu::limits limits_;
};

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
    server.add(std::make_shared<echo_route>(path, std::move(how), limits));
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
