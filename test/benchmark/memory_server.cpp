#include "memory_server.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/user_socket.hpp>

namespace benchmarks {

namespace {

using bennu::payload;

class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("echo", [](room_channel&, payload request) { return reply(bennu::ok, std::move(request)); });
    on.in("shout", [](room_channel& self, payload message) { self.broadcast("shout", std::move(message)); });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

class open_socket final : public bennu::user_socket {
public:
  open_socket() { channel<room_channel>("room:*"); }
  bennu::connect_result connect(const bennu::json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

template <class Get>
auto each(bennu::system& threads, Get get) {
  std::vector<decltype(get(std::size_t{}))> all;
  for (std::size_t i = 0; i < threads.io_threads(); ++i) all.push_back(get(i));
  return all;
}

}  // namespace

void memory_client::hang_up() {
  if (const auto handler = std::move(handler_)) handler->on_closed(bennu::exit_reason::kind::closed);
}

void memory_client::close(bennu::close_code, bennu::exit_reason::kind) { home()->defer(*this); }

memory_server::memory_server(std::size_t io_threads)
    : memory_server(io_threads, [](auto&, auto&) { return std::make_unique<open_socket>(); }) {}

memory_server::memory_server(std::size_t io_threads, const socket_factory& make_socket)
    : threads_({.io_threads = io_threads, .configure = {}}, bennu::logger{bennu::log_level::warning}),
      counts_(each(threads_, [this](std::size_t i) { return &threads_.loop(i); })),
      topics_(each(threads_, [this](std::size_t i) { return &threads_.loop(i); })),
      services_{threads_.actors(), each(threads_, [this](std::size_t i) { return &threads_.host(i); }),
                topics_,           threads_.log(),
                counts_,           [](const auto& job) { job(); }},
      sockets_(services_, "/socket", {}, std::make_shared<bennu::socket_defaults>(high_limits()),
               make_socket(topics_, threads_.actors())),
      clients_(io_threads) {}

memory_server::~memory_server() {
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    on_loop(i, [&] {
      for (const auto& c : clients_[i]) c->hang_up();
    });
  }
  threads_.await_actors(std::chrono::minutes{1});
  for (std::size_t i = 0; i < clients_.size(); ++i) on_loop(i, [&] { clients_[i].clear(); });
}

memory_client& memory_server::connect(std::size_t i) {
  auto verdict = sockets_.connect({{"vsn", "2.0.0"}}, {});
  auto& made = *clients_[i].emplace_back(bennu::make_ref<memory_client>(threads_.loop(i)));
  made.open(*std::get<std::unique_ptr<bennu::accepted_socket>>(verdict));
  return made;
}

memory_client& memory_server::join(std::size_t i, std::string_view topic, std::string_view params) {
  auto& made = connect(i);
  made.say(std::string{R"(["1","1",")"}.append(topic).append(R"(","phx_join",)").append(params).append("]"));
  run_actors(i);  // the socket is told that its channel has joined
  if (made.frames() == 1) return made;
  std::fprintf(stderr, "a join was not answered at once\n");
  std::abort();
}

}  // namespace benchmarks
