#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "byte_stream.hpp"
#include "target.hpp"

namespace load {

enum class scenario_kind : std::uint8_t { idle, echo, fanout, churn, script };

/// The options of a run. A plain value.
struct options {
  scenario_kind scenario = scenario_kind::idle;
  std::string scenario_name;

  load::target target;
  tls_settings::options tls;
  std::vector<endpoint> from;  ///< addresses to connect from, in turn; the system's choice if empty

  std::size_t clients = 100;
  double connect_rate = 500;  ///< new connections a second
  std::optional<double>
      rate;  ///< operations a second, of all clients together; empty if each client begins one when one is answered
  std::size_t in_flight = 1;  ///< operations of a client in progress, if there is no rate
  double duration_s = 10;
  double warm_up_s = 1;
  double heartbeat_s = 30;
  std::size_t threads = 1;

  std::string topic = "room:load";
  std::size_t topics = 1;   ///< the number of topics for the clients; the topic's number follows its name
  std::string event;        ///< the scenario's own if empty
  std::string join = "{}";  ///< the payload of joins, as JSON
  std::string body = "{}";  ///< the payload of pushes, as a JSON object
  std::size_t payload_bytes = 128;
  std::string script;  ///< the file's name

  std::optional<int> server_pid;
  std::string json_file;
  std::string svg_file;
  bool quiet = false;

  /// The topic of a client.
  std::string topic_of(std::size_t client) const;
  /// The payload of a push, padded to its size, without the closing brace, so that more members can follow.
  std::string padded_body() const;
};

/// The output of the program if it does not run: its help, or an error in its command line.
struct exit_message {
  std::string text;
  int exit_code;  ///< 0 for help, 2 for an error
};

/// Reads the command line.
std::variant<options, exit_message> parse_options(int argc, const char* const* argv);

}  // namespace load
