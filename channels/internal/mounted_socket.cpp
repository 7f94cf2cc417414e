#include <bennu/channels/internal/mounted_socket.hpp>

#include <chrono>
#include <utility>

#include <bennu/channels/internal/socket_actor.hpp>
#include <bennu/channels/internal/socket_handler.hpp>
#include <bennu/runtime/event_loop.hpp>

namespace bennu {

class mounted_socket::accepted final : public accepted_socket {
public:
  accepted(const mounted_socket& route, const serializer& wire, bennu::assigns assigns, std::optional<std::string> id,
           std::string address)
      : route_(route), wire_(wire), assigns_(std::move(assigns)), id_(std::move(id)), address_(std::move(address)) {}

  std::unique_ptr<connection_handler> open(const ref<connection>& to) override {
    auto& services = route_.services_;
    socket_origin origin{route_.path_, std::move(address_), std::chrono::system_clock::now()};
    auto context = make_ref<socket_context>(services, route_.options_, route_.limits(), to, wire_, std::move(id_),
                                            std::move(origin));
    auto socket =
        spawn_pinned<socket_actor>(*services.hosts[to->home()->index()], context, *route_.user_, std::move(assigns_));
    if (const auto& see = services.on_socket) see(*socket);
    socket->deliver(to_socket{fence_message{[] {}}});  // starts the actor, which receives a "disconnect" from now on
    return std::make_unique<socket_handler>(std::move(socket), std::move(context));
  }

private:
  const mounted_socket& route_;
  const serializer& wire_;
  bennu::assigns assigns_;
  std::optional<std::string> id_;
  std::string address_;
};

mounted_socket::mounted_socket(channel_services& services, std::string path, socket_options options,
                               std::shared_ptr<const socket_defaults> defaults, std::unique_ptr<user_socket> user)
    : services_(services),
      path_(std::move(path)),
      options_(std::move(options)),
      defaults_(std::move(defaults)),
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
  return std::make_unique<accepted>(*this, *wire, std::move(to), std::move(id), info.peer_address);
}

}  // namespace bennu
