#include "options.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <type_traits>

#include <bennu/runtime/json_parse.hpp>

#include "number_text.hpp"

namespace load {

namespace {

constexpr std::size_t max_json_depth = 64;

/// The greatest rates and times. A clock in nanoseconds can represent their results.
constexpr double least_number = 0.001;
constexpr double most_number = 1e9;
/// The greatest number of clients, and of objects for each client.
constexpr std::size_t most_clients = 1'000'000;

constexpr const char* about =
    "Puts load on a server of the Phoenix protocol, and reports its response times.\n"
    "\n"
    "  load echo ws://localhost:4000/socket --clients 1000 --rate 5000\n"
    "\n"
    "With --rate, operations begin when they are due, whether those before were answered or not, and their time "
    "counts\n"
    "from when they were due: a server that stalls cannot hide it. Without, each client waits for its answers.\n";

constexpr const char* scenario_names[] = {"idle", "echo", "fanout", "churn", "script"};

/// Checks that a text is JSON of the required type.
CLI::Validator json_text(bool object) {
  return CLI::Validator{[object](std::string& text) -> std::string {
                          const auto parsed = bennu::parse_json(text, max_json_depth);
                          if (const auto* error = std::get_if<bennu::json_parse_error>(&parsed))
                            return "is no JSON: " + error->reason;
                          if (object && !std::get<bennu::json>(parsed).is_object()) return "is no JSON object";
                          return {};
                        },
                        "JSON"};
}

std::string text_of(double number) {
  return number < 1 && number > 0 ? fixed(number, 3) : grouped(static_cast<std::uint64_t>(number));
}

/// Checks that a text is a number in this range, which excludes "nan" and "inf".
template <class Number>
CLI::Validator within(Number least, Number most) {
  constexpr bool whole = std::is_integral_v<Number>;
  const auto range = "from " + text_of(least) + " to " + text_of(most);
  return CLI::Validator{[=](std::string& text) -> std::string {
                          const auto* const end = text.data() + text.size();
                          Number number{};
                          const auto [stopped, error] = std::from_chars(text.data(), end, number);
                          if (error == std::errc{} && stopped == end && number >= least && number <= most) return {};
                          return std::string{"expected a "} + (whole ? "whole " : "") + "number " + range + ", got \"" +
                                 text + '"';
                        },
                        range};
}

/// The values of the command line that need further parsing.
struct raw_options {
  std::string url;
  std::vector<std::string> params;
  std::vector<std::string> from;
  std::string cookie;
  double rate = 0;
  int pid = 0;
};

void add_common(CLI::App& to, options& o, raw_options& raw) {
  const auto count = within<std::size_t>(1, most_clients);
  const auto number = within(least_number, most_number);
  to.add_option("url", raw.url, "the socket, as the JavaScript client takes it: ws://HOST[:PORT]/PATH or wss://")
      ->required();
  to.add_option("-n,--clients", o.clients, "how many clients connect")->check(count)->capture_default_str();
  to.add_option("--connect-rate", o.connect_rate, "new connections a second")->check(number)->capture_default_str();
  to.add_option("-d,--duration", o.duration_s, "how long to measure, in seconds")->check(number)->capture_default_str();
  to.add_option("--warm-up", o.warm_up_s, "load before that, in seconds")
      ->check(within(0.0, most_number))
      ->capture_default_str();
  to.add_option("--heartbeat", o.heartbeat_s, "a client's heartbeats, in seconds")
      ->check(number)
      ->capture_default_str();
  to.add_option("--topic", o.topic, "the topic that clients join")->capture_default_str();
  to.add_option("--topics", o.topics, "the number of topics for the clients; the topic's number follows its name")
      ->check(count)
      ->capture_default_str();
  to.add_option("--join", o.join, "the payload of joins")->check(json_text(false))->capture_default_str();
  to.add_option("--param", raw.params, "a parameter of the URL, NAME=VALUE; may be repeated");
  to.add_option("--threads", o.threads, "threads of this program")->check(within(1, 256))->capture_default_str();
  to.add_option("--from", raw.from, "a local address to connect from; with several they are taken in turn");
  to.add_option("--ca", o.tls.ca_file, "a file of certificates to trust, for wss")->check(CLI::ExistingFile);
  to.add_flag("--insecure", o.tls.insecure, "take any certificate");
  to.add_option("--pid", raw.pid, "the server's process; found by its port if it is on this machine")
      ->check(within(1, std::numeric_limits<int>::max()));
  to.add_option("--json", o.json_file, "write the result to this file, as JSON");
  to.add_option("--svg", o.svg_file, "write a plot to this file");
  to.add_flag("-q,--quiet", o.quiet, "no progress while it runs");
}

void add_rate(CLI::App& to, options& o, raw_options& raw) {
  const auto rate = to.add_option("-r,--rate", raw.rate, "operations a second, of all clients together")
                        ->check(within(least_number, most_number));
  to.add_option("-w,--in-flight", o.in_flight, "without --rate: operations a client has under way")
      ->check(within<std::size_t>(1, most_clients))
      ->excludes(rate)
      ->capture_default_str();
}

void add_push(CLI::App& to, options& o, const char* event) {
  to.add_option("--event", o.event, std::string{"the event that is pushed ("} + event + ')');
  to.add_option("--body", o.body, "the payload that is pushed with it")->check(json_text(true))->capture_default_str();
  to.add_option("--payload", o.payload_bytes, "pad the body to this many bytes")
      ->check(within(0, 900'000))
      ->capture_default_str();
}

void complete(options& o, const raw_options& raw) {
  o.target = parse_target(raw.url, raw.params);
  for (const auto& address : raw.from) o.from.push_back(parse_address(address));
  if (raw.rate > 0) o.rate = raw.rate;
  if (raw.pid > 0) o.server_pid = raw.pid;
  if (o.topics > o.clients) {
    throw std::invalid_argument("--topics " + std::to_string(o.topics) + " wants at least as many --clients, got " +
                                std::to_string(o.clients));
  }
  if (o.threads > o.clients) {
    throw std::invalid_argument("--threads " + std::to_string(o.threads) + " wants at least as many --clients, got " +
                                std::to_string(o.clients));
  }
}

}  // namespace

std::string options::topic_of(std::size_t client) const {
  return topics == 1 ? topic : topic + std::to_string(client % topics);
}

std::string options::padded_body() const {
  auto text = std::get<bennu::json>(bennu::parse_json(body, max_json_depth)).dump();
  text.pop_back();
  constexpr std::string_view member = "\"pad\":\"\"";
  const auto size = text.size() + member.size() + (text.size() > 1 ? 2 : 1);  // a comma and the brace
  if (payload_bytes < size) return text;
  if (text.size() > 1) text += ',';
  return text + "\"pad\":\"" + std::string(payload_bytes - size, 'x') + '"';
}

std::variant<options, exit_message> parse_options(int argc, const char* const* argv) {
  options o;
  raw_options raw;
  CLI::App app{about, "load"};
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  auto* const idle = app.add_subcommand("idle", "clients join, and do nothing but send heartbeats");
  auto* const echo = app.add_subcommand("echo", "clients push, and the server replies");
  auto* const fanout = app.add_subcommand("fanout", "one client of each topic pushes, and all of it receive");
  auto* const churn = app.add_subcommand("churn", "clients leave and join again");
  auto* const script = app.add_subcommand("script", "clients follow the steps in a file");
  script->add_option("file", o.script, "the script, in JSON")->required()->check(CLI::ExistingFile);
  for (auto* const one : {idle, echo, fanout, churn, script}) add_common(*one, o, raw);
  for (auto* const one : {echo, fanout, churn, script}) add_rate(*one, o, raw);
  add_push(*echo, o, "echo");
  add_push(*fanout, o, "shout");

  try {
    app.parse(argc, argv);
    const auto* const chosen = app.get_subcommands().front();
    o.scenario_name = chosen->get_name();
    for (std::size_t i = 0; i < std::size(scenario_names); ++i) {
      if (o.scenario_name == scenario_names[i]) o.scenario = static_cast<scenario_kind>(i);
    }
    complete(o, raw);
    return o;
  } catch (const CLI::ParseError& e) {
    std::ostringstream text;
    if (e.get_exit_code() == 0) {
      app.exit(e, text, text);
      return exit_message{text.str(), 0};
    }
    const std::string why = app.get_subcommands().empty()
                                ? "expected one of the scenarios idle, echo, fanout, churn and script first"
                                : e.what();
    return exit_message{"load: " + why + "; --help tells more\n", 2};
  } catch (const std::invalid_argument& e) {
    return exit_message{std::string{"load: "} + e.what() + '\n', 2};
  }
}

}  // namespace load
