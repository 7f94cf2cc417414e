#include <bennu/channels/internal/mounted_socket.hpp>

#include <utility>

#include <bennu/channels/internal/socket_actor.hpp>
#include <bennu/runtime/actor_host.hpp>

#include <caf/actor_system.hpp>

namespace bennu {

namespace {

/// What a connection says, as messages to the socket's actor.
class socket_handler final : public connection_handler {
public:
  socket_handler(caf::strong_actor_ptr socket, ref<socket_context> context)
      : keep_(std::move(socket)),
        socket_(static_cast<socket_actor*>(caf::actor_cast<caf::abstract_actor*>(keep_))),
        context_(std::move(context)) {}

  void on_message(message_kind kind, std::string_view bytes) override {
    to_socket said{client_message{}};
    auto& into = std::get<client_message>(said.what).what;
    if (auto wrong = context_->wire.decode(kind, bytes, context_->limits.max_json_depth, into)) {
      said.what = malformed_message{std::move(wrong->why)};
    } else {
      into.bytes = bytes.size();
    }
    socket_->deliver(std::move(said));
  }

  void when_handled(std::function<void()> done) override {
    socket_->deliver(to_socket{fence_message{std::move(done)}});
  }

  void on_caught_up() override { socket_->deliver(to_socket{caught_up_message{}}); }

  void on_closed(exit_reason::kind why) override { socket_->deliver(to_socket{closed_message{why}}); }

private:
  caf::strong_actor_ptr keep_;
  socket_actor* socket_;
  ref<socket_context> context_;
};

}  // namespace

class mounted_socket::accepted final : public accepted_socket {
public:
  accepted(const mounted_socket& route, const serializer& wire, bennu::assigns assigns, std::optional<std::string> id)
      : route_(route), wire_(wire), assigns_(std::move(assigns)), id_(std::move(id)) {}

  std::unique_ptr<connection_handler> open(const ref<connection>& to) override {
    auto& services = route_.services_;
    auto context = make_ref<socket_context>(services, route_.options_, route_.limits_, to, wire_, std::move(id_));
    caf::actor_config config;
    if (to->home() != nullptr && !services.hosts.empty()) config.host = services.hosts[to->home()->index()];
    const auto socket =
        services.actors.spawn_impl<socket_actor, caf::lazy_init>(config, context, *route_.user_, std::move(assigns_));
    auto handle = caf::actor_cast<caf::strong_actor_ptr>(socket);
    // Its first message, so that it hears a "disconnect" from now on.
    static_cast<socket_actor*>(caf::actor_cast<caf::abstract_actor*>(handle))->deliver(to_socket{fence_message{[] {}}});
    return std::make_unique<socket_handler>(std::move(handle), std::move(context));
  }

private:
  const mounted_socket& route_;
  const serializer& wire_;
  bennu::assigns assigns_;
  std::optional<std::string> id_;
};

mounted_socket::mounted_socket(channel_services& services, std::string path, socket_options options,
                               const bennu::limits& defaults, std::unique_ptr<user_socket> user)
    : services_(services),
      path_(std::move(path)),
      options_(std::move(options)),
      limits_(options_.limits.value_or(defaults)),
      user_(std::move(user)) {}

const serializer* mounted_socket::serializer_for(const json& params) const {
  const auto wanted = requested_version(params);
  if (!wanted) return nullptr;
  if (v1_versions_.matches(*wanted)) return &v1_;
  if (v2_versions_.matches(*wanted)) return &v2_;
  return nullptr;
}

std::variant<std::unique_ptr<accepted_socket>, http_refusal> mounted_socket::connect(const json& params,
                                                                                     const connect_info& info) {
  const auto* wire = serializer_for(params);
  if (wire == nullptr) return http_refusal{};
  assigns to;
  auto verdict = user_->connect(params, info, to);
  if (auto* refusal = std::get_if<http_refusal>(&verdict)) return std::move(*refusal);
  auto id = user_->id(to);
  return std::make_unique<accepted>(*this, *wire, std::move(to), std::move(id));
}

}  // namespace bennu
