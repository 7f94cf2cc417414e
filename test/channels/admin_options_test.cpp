#include <bennu/channels/internal/admin_check.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/channels/internal/option.hpp>
#include <bennu/channels/internal/option_settings.hpp>
#include <bennu/channels/internal/option_text.hpp>

#include <doctest/doctest.h>

using bennu::config;
using bennu::option_settings;
using words = std::vector<std::string_view>;

namespace {

const std::vector<bennu::option>& all() {
  static const auto options = bennu::admin_options();
  return options;
}

config configured(const words& arguments, const config& defaults = {}) {
  option_settings given;
  bennu::read_command_line(all(), arguments, given);
  auto made = defaults;
  bennu::apply(given, made);
  bennu::check_admin(made, given, defaults);
  return made;
}

std::string error_of(const words& arguments) {
  try {
    configured(arguments);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return {};
}

}  // namespace

TEST_CASE("there is no listener for operators unless a port or a socket is given") {
  CHECK_FALSE(configured({}).admin);
  CHECK(configured({"--admin-port", "0"}).admin->host == "127.0.0.1");
  CHECK(configured({"--admin-port", "4001", "--admin-host", "::1"}).admin->port == 4001);
  CHECK(configured({"--admin-socket", "/run/a.sock"}).admin->unix_socket == "/run/a.sock");
}

TEST_CASE("options of the listener that contradict each other are refused") {
  CHECK(error_of({"--admin-port", "1", "--admin-socket", "a"}) == "--admin-port and --admin-socket exclude each other");
  CHECK(error_of({"--admin-host", "::1", "--admin-socket", "a"}) ==
        "--admin-host and --admin-socket exclude each other");
  CHECK(error_of({"--admin-host", "::1"}) == "--admin-host is of use only with --admin-port or --admin-socket");
  CHECK(error_of({"--admin-ca", "a"}) == "--admin-ca is of use only with --admin-port or --admin-socket");
  const std::string_view together = "--admin-cert and --admin-key are of use only together, and --admin-ca with them";
  CHECK(error_of({"--admin-port", "1", "--admin-cert", "a"}) == together);
  CHECK(error_of({"--admin-port", "1", "--admin-ca", "a"}) == together);
}

TEST_CASE("an address that is not loopback needs TLS, or the option that allows it without") {
  for (const auto* host : {"127.0.0.1", "127.8.8.8", "::1", "localhost"}) {
    CHECK(error_of({"--admin-port", "1", "--admin-host", host}).empty());
  }
  for (const auto* host : {"0.0.0.0", "::", "10.0.0.1", "admin.example.com"}) {
    CAPTURE(host);
    CHECK(error_of({"--admin-port", "1", "--admin-host", host}).ends_with("or --admin-plain"));
    CHECK(error_of({"--admin-port", "1", "--admin-host", host, "--admin-plain"}).empty());
    CHECK(error_of({"--admin-port", "1", "--admin-host", host, "--admin-cert", "a", "--admin-key", "b"}).empty());
  }
  CHECK(error_of({"--admin-socket", "/run/a.sock"}).empty());
}

TEST_CASE("a listener that the program has by default may get another host") {
  config defaults;
  defaults.admin = bennu::listener_options{.port = 9};
  const auto made = configured({"--admin-host", "::1"}, defaults);
  CHECK(made.admin->host == "::1");
  CHECK(made.admin->port == 9);
}

TEST_CASE("a flag has no value on the command line, and is true or false elsewhere") {
  CHECK(configured({"--admin-plain", "--admin-port", "1"}).admin_plain);
  option_settings given;
  const char* const environment[] = {"BENNU_ADMIN_PLAIN=1", nullptr};
  bennu::read_environment(all(), environment, given);
  config made;
  bennu::apply(given, made);
  CHECK(made.admin_plain);
  const char* const wrong[] = {"BENNU_ADMIN_PLAIN=yes", nullptr};
  bennu::read_environment(all(), wrong, given);
  CHECK_THROWS_WITH(bennu::apply(given, made), "BENNU_ADMIN_PLAIN: takes true or false, got \"yes\"");
  CHECK(bennu::config_text(all(), given, made).find("admin_plain = true  # BENNU_ADMIN_PLAIN\n") != std::string::npos);
  CHECK(bennu::help_text("program", all(), made).find("\n  --admin-plain  ") != std::string::npos);
}
