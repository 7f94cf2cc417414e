#include "info_socket.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>
#include <variant>

#include <bennu/channels/token.hpp>

#include "fault_channel.hpp"

namespace edge {

using bennu::json;

namespace {

/// The same secret as in the cases.
std::string secret_key_base() {
  std::string all;
  for (int i = 0; i < 8; ++i) all += "reference";
  return all;
}

json list_of(const std::vector<bennu::connect_info::header>& headers) {
  json::array all;
  for (const auto& [name, value] : headers) all.push_back(json::array{name, value});
  return all;
}

json or_null(const auto& value) { return value ? json{*value} : json{}; }

json session_of(const bennu::connect_info& info) {
  static const bennu::token tokens{secret_key_base()};
  const auto found = tokens.verify("session", info.cookie("session").value_or(""));
  const auto* user = std::get_if<json>(&found);
  return user != nullptr ? *user : json{};
}

json describe(const json& params, const bennu::connect_info& info) {
  return {{"params", params},
          {"peer", json::array{info.peer_address, info.peer_port}},
          {"uri",
           {{"scheme", info.uri.scheme},
            {"host", info.uri.host},
            {"port", or_null(info.uri.port)},
            {"path", info.uri.path},
            {"query", info.uri.query}}},
          {"user_agent", or_null(info.user_agent)},
          {"x_headers", list_of(info.x_headers)},
          {"trace_context_headers", list_of(info.trace_context_headers)},
          {"sec_websocket_headers", list_of(info.sec_websocket_headers)},
          {"auth_token", or_null(info.auth_token)},
          {"session", session_of(info)}};
}

[[noreturn]] void fail(const json& how) {
  if (how == "number") throw 7;
  throw std::runtime_error("connect was asked to");
}

/// Answers its join with the data of the connection.
class info_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<info_channel>&) {}
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(assigns()["info"]); }
};

/// Answers its join with the name of its route and the rest of its topic, after the requested delay.
class route_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<route_channel>&) {}
  explicit route_channel(const char* route) : route_(route) {}

  bennu::join_result join(const bennu::topic& topic, bennu::payload params) override {
    json answer{{"route", route_}, {"rest", topic.subtopic()}};
    const auto* wanted = params.if_json();
    const auto ms = wanted != nullptr ? (*wanted)["sleep"].if_int64().value_or(0) : 0;
    if (ms == 0) return bennu::accept(std::move(answer));
    return bennu::blocking([answer = std::move(answer), ms] {
      std::this_thread::sleep_for(std::chrono::milliseconds{ms});
      return bennu::accept(answer);
    });
  }

private:
  std::string route_;
};

}  // namespace

info_socket::info_socket() {
  channel<info_channel>("info");
  channel<route_channel>("route:exact", "route:exact");
  channel<route_channel>("route:ex*", "route:ex*");
  channel<route_channel>("route:*", "route:*");
  channel<route_channel>("route:never", "route:never");
  channel<route_channel>("bare*", "bare*");
  channel<fault_channel>("fault:*");
  channel<fault_channel>("room:*");
  channel<unborn_channel>("unborn");
}

bennu::connect_result info_socket::connect(const json& params, const bennu::connect_info& info,
                                           bennu::assigns& to) const {
  if (params.find("throw") != nullptr) fail(params["throw"]);
  if (const auto* status = params["status"].if_string()) {
    const auto* body = params["body"].if_string();
    return bennu::deny(std::stoi(*status), body != nullptr ? *body : std::string{});
  }
  to.set("info", describe(params, info));
  to.set("throw_in_id", params["throw_in_id"]);
  return bennu::accept();
}

std::optional<std::string> info_socket::id(const bennu::assigns& of) const {
  if (!of["throw_in_id"].is_null()) fail(of["throw_in_id"]);
  return std::nullopt;
}

}  // namespace edge
