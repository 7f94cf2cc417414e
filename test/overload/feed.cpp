#include <string>

#include <bennu/channels/endpoint.hpp>

/// A server with one feed for each policy for slow clients, which run.mjs measures. `shout` is for the load generator.
namespace {

template <class Policy>
class feed_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<feed_channel>& on) {
    on.in("say", [](feed_channel& self, bennu::payload message) { self.broadcast_from("said", std::move(message)); });
    on.in("shout", [](feed_channel& self, bennu::payload message) { self.broadcast("shout", std::move(message)); });
    on.slow_client(Policy::make());
  }
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

struct closes {
  static bennu::slow_client make() { return bennu::close_with(bennu::close_code::try_again_later); }
};
struct newest {
  static bennu::slow_client make() { return bennu::drop_newest().tell("missed"); }
};
struct oldest {
  static bennu::slow_client make() { return bennu::drop_oldest().tell("missed"); }
};
struct latest {
  static bennu::slow_client make() { return bennu::keep_latest("key").tell("missed"); }
};

/// A feed that keeps all of it: clients that read slowly get the rest from the history.
class kept_feed_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<kept_feed_channel>& on) {
    on.in("say",
          [](kept_feed_channel& self, bennu::payload message) { self.broadcast_from("said", std::move(message)); });
    on.history({.messages = 100'000, .bytes = std::size_t{1} << 30});
    on.slow_client(bennu::catch_up());
  }
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

class feed_socket final : public bennu::user_socket {
public:
  feed_socket() {
    channel<feed_channel<closes>>("feed:close_with");
    channel<feed_channel<newest>>("feed:drop_newest");
    channel<feed_channel<oldest>>("feed:drop_oldest");
    channel<feed_channel<latest>>("feed:keep_latest");
    channel<kept_feed_channel>("feed:catch_up");
  }
  bennu::connect_result connect(const bennu::json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

}  // namespace

int main(int argc, char** argv) {
  bennu::config config;
  config.limits.max_history_bytes = std::size_t{1} << 30;
  bennu::endpoint server{bennu::config::from_args(argc, argv, config)};
  server.socket<feed_socket>("/socket");
  server.metrics("/metrics");
  return server.run();
}
