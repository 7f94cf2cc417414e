#include <chrono>
#include <thread>

#include <bennu/channels/endpoint.hpp>

namespace {

constexpr std::chrono::milliseconds slow{50};

/// `room:*`: answers `echo` at once, and two pushes that take 50 ms: `blocking` does the work on another thread,
/// `inline` on the thread that serves the clients, which programs should avoid.
class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("echo", [](room_channel&, bennu::payload request) { return reply(bennu::ok, std::move(request)); });
    on.in("blocking", [](room_channel&, bennu::payload) -> bennu::in_result {
      return bennu::blocking([] {
        std::this_thread::sleep_for(slow);
        return reply(bennu::ok);
      });
    });
    on.in("inline", [](room_channel&, bennu::payload) {
      std::this_thread::sleep_for(slow);
      return reply(bennu::ok);
    });
  }
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

class open_socket final : public bennu::user_socket {
public:
  open_socket() { channel<room_channel>("room:*"); }
  bennu::connect_result connect(const bennu::json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

}  // namespace

/// Measures the cost of one client's slow handler for the other clients of its thread: docs/performance.md.
int main(int argc, char** argv) {
  bennu::config config;
  config.limits.max_socket_rate = config.limits.max_socket_burst = 1'000'000;
  config.limits.max_channel_rate = config.limits.max_channel_burst = 1'000'000;
  bennu::endpoint server{bennu::config::from_args(argc, argv, config)};
  server.socket<open_socket>("/socket", {.check_origin = bennu::origin_check::any()});
  return server.run();
}
