#pragma once

#include <memory>
#include <string>

#include <bennu/channels/internal/channel_services.hpp>
#include <bennu/channels/internal/server_sent_events.hpp>
#include <bennu/channels/internal/socket_defaults.hpp>
#include <bennu/channels/serializer.hpp>
#include <bennu/channels/user_socket.hpp>
#include <bennu/transport/socket_route.hpp>
#include <bennu/transport/version.hpp>

namespace bennu {

/// A user's socket class at its path: asks it whether a client may connect, and creates an actor for each that may.
class mounted_socket final : public socket_route {
public:
  mounted_socket(channel_services& services, std::string path, socket_options options,
                 std::shared_ptr<const socket_defaults> defaults, std::unique_ptr<user_socket> user);

  const std::string& path() const noexcept override { return path_; }
  const socket_options& options() const noexcept override { return options_; }
  const origin_check& allowed_origins() const noexcept override {
    return options_.check_origin.is_same_request() ? defaults_->origins.get() : options_.check_origin;
  }
  const bennu::limits& limits() const noexcept override {
    return options_.limits ? *options_.limits : defaults_->limits.get();
  }
  const user_socket& user() const noexcept { return *user_; }
  std::variant<std::unique_ptr<accepted_socket>, http_refusal> connect(const json& params,
                                                                       const connect_info& info) override;
  std::variant<std::unique_ptr<accepted_event_stream>, http_refusal> connect_event_stream(
      const json& params, const connect_info& info) override;

private:
  class accepted;
  class accepted_stream;
  const serializer* serializer_for(const json& params) const;

  channel_services& services_;
  std::string path_;
  socket_options options_;
  std::shared_ptr<const socket_defaults> defaults_;
  std::unique_ptr<user_socket> user_;
  v1_json v1_{0};
  v2_json v2_{1};
  server_sent_events events_{2};
  version_requirement v1_versions_{"~> 1.0.0"};
  version_requirement v2_versions_{"~> 2.0.0"};
};

}  // namespace bennu
