#include <bennu/channels/internal/mounted_socket.hpp>

#include <chrono>
#include <utility>

#include <bennu/channels/internal/event_stream_join.hpp>
#include <bennu/channels/internal/socket_actor.hpp>
#include <bennu/channels/internal/socket_handler.hpp>
#include <bennu/runtime/event_loop.hpp>

namespace bennu {

namespace {

/// Spawns the actor of a client on the thread of its connection.
caf::intrusive_ptr<socket_actor> spawn_socket(const ref<socket_context>& context, const user_socket& user,
                                              bennu::assigns assigns) {
  const auto& services = context->services;
  auto socket =
      spawn_pinned<socket_actor>(*services.hosts[context->client->home()->index()], context, user, std::move(assigns));
  if (const auto& see = services.on_socket) see(*socket);
  return socket;
}

}  // namespace

class mounted_socket::accepted final : public accepted_socket {
public:
  accepted(const mounted_socket& route, const serializer& wire, bennu::assigns assigns, std::optional<std::string> id,
           std::string address)
      : route_(route), wire_(wire), assigns_(std::move(assigns)), id_(std::move(id)), address_(std::move(address)) {}

  std::unique_ptr<connection_handler> open(const ref<connection>& to) override {
    socket_origin origin{route_.path_, std::move(address_), std::chrono::system_clock::now()};
    auto context = make_ref<socket_context>(route_.services_, route_.options_, route_.limits(), to, wire_,
                                            std::move(id_), std::move(origin));
    auto socket = spawn_socket(context, *route_.user_, std::move(assigns_));
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

/// A client that joins one topic with its request.
class mounted_socket::accepted_stream final : public accepted_event_stream {
public:
  accepted_stream(const mounted_socket& route, bennu::assigns assigns, std::optional<std::string> id,
                  std::string address, message join)
      : route_(route),
        assigns_(std::move(assigns)),
        id_(std::move(id)),
        address_(std::move(address)),
        join_(std::move(join)) {}

  std::unique_ptr<connection_handler> open(const ref<event_stream>& to) override {
    socket_origin origin{route_.path_, std::move(address_), std::chrono::system_clock::now()};
    auto context = make_ref<socket_context>(route_.services_, route_.options_, route_.limits(), to, route_.events_,
                                            std::move(id_), std::move(origin), to.get());
    auto socket = spawn_socket(context, *route_.user_, std::move(assigns_));
    socket->deliver(to_socket{client_message{std::move(join_)}});
    return std::make_unique<socket_handler>(std::move(socket), std::move(context));
  }

private:
  const mounted_socket& route_;
  bennu::assigns assigns_;
  std::optional<std::string> id_;
  std::string address_;
  message join_;
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

std::variant<std::unique_ptr<accepted_event_stream>, http_refusal> mounted_socket::connect_event_stream(
    const json& params, const connect_info& info) {
  auto join = event_stream_join(params);
  if (!join) return http_refusal{400, "the parameter topic, and those that begin with join, name the topic to join"};
  assigns to;
  auto verdict = user_->connect(params, info, to);
  if (auto* refusal = std::get_if<http_refusal>(&verdict)) return std::move(*refusal);
  const auto* of = user_->find(join->topic);
  if (of != nullptr && of->handlers->history) ask_for_history(*join, info.last_event_id);
  join->bytes = info.uri.query.size();
  auto id = user_->id(to);
  return std::make_unique<accepted_stream>(*this, std::move(to), std::move(id), info.peer_address, std::move(*join));
}

}  // namespace bennu
