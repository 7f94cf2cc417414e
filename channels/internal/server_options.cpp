#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>

#include <bennu/channels/internal/option.hpp>
#include <bennu/channels/internal/option_value.hpp>
#include <bennu/runtime/limit_info.hpp>
#include <bennu/transport/check_origin.hpp>

namespace bennu {

namespace {

using values = std::vector<std::string>;

constexpr std::uint64_t max_port = 65'535;
constexpr std::uint64_t max_threads = 255;

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

values text_if_set(const std::string& text) { return text.empty() ? values{} : values{text}; }

/// The defaults may have a certificate of their own.
tls_options& tls_of(config& c) { return c.tls ? *c.tls : c.tls.emplace(); }

option certificate_option(std::string name, std::string help, std::filesystem::path tls_options::* file) {
  return {.name = std::move(name),
          .value = "FILE",
          .help = std::move(help),
          .is_reloadable = true,
          .set = [file](config& c, const values& v) { tls_of(c).*file = v.front(); },
          .get = [file](const config& c) { return c.tls ? text_if_set(((*c.tls).*file).string()) : values{}; }};
}

option log_level_option() {
  return {.name = "log_level",
          .value = "LEVEL",
          .help = "debug, info, warning or error",
          .is_reloadable = true,
          .set =
              [](config& c, const values& v) {
                const auto found = std::find(level_names.begin(), level_names.end(), v.front());
                if (found == level_names.end()) {
                  throw std::invalid_argument("takes debug, info, warning or error, got \"" + v.front() + '"');
                }
                c.logger.set_level(static_cast<log_level>(found - level_names.begin()));
              },
          .get = [](const config& c) -> values {
            std::size_t level = 0;
            while (level + 1 < level_names.size() && !c.logger.enabled(static_cast<log_level>(level))) ++level;
            return {std::string{level_names[level]}};
          }};
}

option limit_option(const limit_info& info) {
  option made{.name = std::string{info.name},
              .value = info.is_duration() ? "MS" : "N",
              .help = std::string{info.meaning},
              .group = "limits",
              .is_reloadable = info.is_reloadable(),
              .old_name = std::string{info.old_name}};
  made.set = [&info](config& c, const values& v) {
    const auto read = info.is_duration() ? milliseconds_of : count_of;
    info.set(c.limits, read(v.front(), info.least, info.most));
  };
  made.get = [&info](const config& c) { return values{std::to_string(info.value(c.limits))}; };
  return made;
}

}  // namespace

option config_file_option() {
  // This option sets nothing itself: its file was read before the other options of the environment and the command
  // line.
  return {.name = "config",
          .value = "FILE",
          .help = "a file of options in TOML: cluster_port = 4370; the environment and the command line come first",
          .set = [](config&, const values&) {}};
}

std::vector<option> server_options() {
  std::vector<option> all;
  all.push_back({.name = "host",
                 .value = "HOST",
                 .help = "address to listen on",
                 .set = [](config& c, const values& v) { c.host = v.front(); },
                 .get = [](const config& c) { return text_if_set(c.host); }});
  all.push_back({.name = "port",
                 .value = "PORT",
                 .help = "port to listen on, 0 for a free one",
                 .set = [](config& c,
                           const values& v) { c.port = static_cast<std::uint16_t>(number_of(v.front(), 0, max_port)); },
                 .get = [](const config& c) { return values{std::to_string(c.port)}; }});
  all.push_back({.name = "threads",
                 .value = "N",
                 .help = "I/O threads, 0 for one a core",
                 .set = [](config& c, const values& v) { c.threads = number_of(v.front(), 0, max_threads); },
                 .get = [](const config& c) { return values{std::to_string(c.threads)}; }});
  all.push_back(certificate_option("cert", "certificate for TLS, followed by those above it; none: plain HTTP",
                                   &tls_options::certificate));
  all.push_back(certificate_option("key", "the certificate's private key", &tls_options::key));
  all.push_back({.name = "origin",
                 .value = "ORIGIN",
                 .help = "an origin whose pages may connect, such as https://example.com; none: this server's own",
                 .is_list = true,
                 .is_reloadable = true,
                 .set =
                     [](config& c, const values& v) {
                       origin_check::list(v);
                       c.origins = v;
                     },
                 .get = [](const config& c) { return c.origins; }});
  all.push_back({.name = "health_path",
                 .value = "PATH",
                 .help = "serve PATH/live, PATH/ready and PATH/started to clients too",
                 .set =
                     [](config& c, const values& v) {
                       if (!v.front().starts_with('/')) {
                         throw std::invalid_argument("takes a path that begins with a slash, got \"" + v.front() + '"');
                       }
                       c.health_path = v.front();
                     },
                 .get = [](const config& c) { return text_if_set(c.health_path); }});
  all.push_back(log_level_option());
  return all;
}

std::vector<option> limit_options() {
  std::vector<option> all;
  for (const auto& info : all_limits()) all.push_back(limit_option(info));
  return all;
}

}  // namespace bennu
