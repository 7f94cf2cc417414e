#include <bennu/channels/internal/cluster_args.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <bennu/pubsub/caf_adapter/caf_network.hpp>
#include <bennu/pubsub/redis_adapter/redis_adapter.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

namespace {

constexpr std::string_view options[] = {"--node",    "--cluster-host", "--cluster-port", "--advertise",
                                        "--seed",    "--cookie-file",  "--node-cert",    "--node-key",
                                        "--node-ca", "--node-timeout", "--redis",        "--redis-password-file"};

template <class N>
N number_from(std::string_view option, std::string_view text, N least, N most) {
  N number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  if (is_number && number >= least && number <= most) return number;
  throw std::invalid_argument(std::string{option} + " takes a number from " + std::to_string(least) + " to " +
                              std::to_string(most) + ", got \"" + std::string{text} + '"');
}

constexpr std::uint16_t max_port = 65'535;
/// CAF looks at its connections a few times within that, and a shorter one would take a busy node for a lost one.
constexpr std::uint32_t min_timeout_ms = 100;
constexpr std::uint32_t max_timeout_ms = 3'600'000;

/// What is in a file, without the end of its last line. @param what it is
std::string secret_in(const std::string& path, const std::string& what) {
  std::ifstream file{path, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (!file) throw std::invalid_argument("cannot read the " + what + " in " + path);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace

const char* const cluster_args_help =
    "a node of a cluster:\n"
    "  --node NAME          what the other nodes know this one by (none: it is alone)\n"
    "  --cluster-host HOST  address to listen on for other nodes (all)\n"
    "  --cluster-port PORT  port to listen on for other nodes, 0 for a free one (0)\n"
    "  --advertise HOST     where others reach this node, if not where its connections come from\n"
    "  --seed HOST:PORT     a node to look for; may be given many times\n"
    "  --cookie-file FILE   a secret that all nodes share\n"
    "  --node-cert FILE     or: a certificate for this node,\n"
    "  --node-key FILE      its private key,\n"
    "  --node-ca FILE       and the authority that signs those of all nodes\n"
    "  --redis URL          or: nodes meet at redis://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]...][/CLUSTER],\n"
    "                       the same with rediss:// for TLS (then --node-cert, -key and -ca are for it),\n"
    "                       or unix://[[USER]:PASSWORD@]/PATH[?cluster=CLUSTER]\n"
    "  --redis-password-file FILE  the password there, not to be read in the list of processes\n"
    "  --node-timeout MS    another node that says nothing for so long is lost; the same on all (4000)\n";

bool is_cluster_arg(std::string_view option) noexcept {
  return std::find(std::begin(options), std::end(options), option) != std::end(options);
}

bool take_cluster_arg(std::string_view option, std::string_view value, cluster_options& to, limits& l) {
  if (!is_cluster_arg(option)) return false;
  const std::string text{value};
  if (option == "--node") to.name = text;
  if (option == "--cluster-host") to.host = text;
  if (option == "--cluster-port") to.port = number_from<std::uint16_t>(option, value, 0, max_port);
  if (option == "--advertise") to.advertised_host = text;
  if (option == "--seed") to.seeds.push_back(text);
  if (option == "--cookie-file") to.cookie = secret_in(text, "cookie");
  if (option == "--node-cert") to.certificate_file = text;
  if (option == "--node-key") to.key_file = text;
  if (option == "--node-ca") to.authority_file = text;
  if (option == "--redis") to.redis_url = text;
  if (option == "--redis-password-file") to.redis_password = secret_in(text, "password");
  if (option == "--node-timeout") {
    l.node_timeout = std::chrono::milliseconds{number_from(option, value, min_timeout_ms, max_timeout_ms)};
  }
  return true;
}

void check_cluster_args(const cluster_options& all, const limits& l) {
  const bool is_direct = !all.seeds.empty() || !all.cookie.empty() || all.port != 0 ||
                         (all.redis_url.empty() && !all.certificate_file.empty());
  if (all.redis_url.empty() && !all.redis_password.empty()) {
    throw std::invalid_argument("a password for Redis is of use only with --redis URL");
  }
  if (all.name.empty() && !all.redis_url.empty()) {
    throw std::invalid_argument("a node that is to join others through Redis wants a name: --node NAME");
  }
  if (!all.redis_url.empty()) {
    if (is_direct) throw std::invalid_argument("nodes reach each other through Redis or directly, not both");
    make_redis_adapter(redis_options_of(all), l, logger{log_level::error});
  } else if (!all.name.empty()) {
    const caf_network would_do{all, l, logger{log_level::error}, nullptr};
  } else if (is_direct) {
    throw std::invalid_argument("a node that is to join others wants a name: --node NAME");
  }
}

}  // namespace bennu
