#include <bennu/channels/config.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>

#include <bennu/channels/internal/cluster_args.hpp>

namespace bennu {

namespace {

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(2);
}

void or_refuse(auto&& action) {
  try {
    action();
  } catch (const std::invalid_argument& e) {
    refuse(e.what());
  }
}

template <class N>
N number(std::string_view option, std::string_view text) {
  N value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size()) return value;
  refuse(std::string{option} + " takes a number from 0 to " + std::to_string(std::numeric_limits<N>::max()) +
         ", got \"" + std::string{text} + '"');
}

logger logger_of(std::string_view level) {
  static constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
  for (std::size_t i = 0; i < std::size(names); ++i) {
    if (names[i] == level) return logger{static_cast<log_level>(i)};
  }
  refuse("--log-level takes debug, info, warning or error, got \"" + std::string{level} + '"');
}

/// The defaults may have a certificate of their own.
tls_options& tls_of(config& c) { return c.tls ? *c.tls : c.tls.emplace(); }

[[noreturn]] void help(const char* program, const config& c, const std::vector<program_option>& own) {
  std::printf("usage: %s [options]\n", program);
  for (const auto& o : own) std::printf("  %-17s  %s\n", (o.name + ' ' + o.value).c_str(), o.help.c_str());
  std::printf(
      "  --host HOST        address to listen on (%s)\n"
      "  --port PORT        port to listen on, 0 for a free one (%u)\n"
      "  --threads N        I/O threads, 0 for one a core (%zu)\n"
      "  --cert FILE        certificate to speak TLS with, and those above it (none: plain HTTP)\n"
      "  --key FILE         the certificate's private key\n"
      "  --log-level LEVEL  debug, info, warning or error (info)\n"
      "  --help             this text\n"
      "%s",
      c.host.c_str(), static_cast<unsigned>(c.port), c.threads, cluster_args_help);
  std::exit(0);
}

}  // namespace

config config::from_args(int argc, char** argv) { return from_args(argc, argv, config{}); }

config config::from_args(int argc, char** argv, config result, const std::vector<program_option>& own) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--help") help(argv[0], result, own);
    static constexpr std::string_view all[] = {"--host", "--port", "--threads", "--cert", "--key", "--log-level"};
    const auto mine = std::find_if(own.begin(), own.end(), [&](const program_option& o) { return o.name == option; });
    const bool is_mine = mine != own.end();
    if (!is_mine && std::find(std::begin(all), std::end(all), option) == std::end(all) && !is_cluster_arg(option)) {
      refuse("unknown option \"" + std::string{option} + "\"; --help names those there are");
    }
    if (i + 1 == argc) refuse(std::string{option} + " wants a value");
    const std::string_view value = argv[++i];
    if (is_mine) or_refuse([&] { mine->take(value); });
    if (option == "--host") result.host = value;
    if (option == "--port") result.port = number<std::uint16_t>(option, value);
    if (option == "--threads") result.threads = number<std::uint8_t>(option, value);
    if (option == "--cert") tls_of(result).certificate = value;
    if (option == "--key") tls_of(result).key = value;
    if (option == "--log-level") result.logger = logger_of(value);
    or_refuse([&] { take_cluster_arg(option, value, result.cluster, result.limits); });
  }
  if (result.tls && (result.tls->certificate.empty() || result.tls->key.empty())) {
    refuse("--cert and --key are of use only together");
  }
  or_refuse([&] { check_cluster_args(result.cluster, result.limits); });
  return result;
}

}  // namespace bennu
