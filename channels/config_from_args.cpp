#include <bennu/channels/config.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <unistd.h>

#include <bennu/channels/internal/cluster_check.hpp>
#include <bennu/channels/internal/config_file.hpp>
#include <bennu/channels/internal/option.hpp>
#include <bennu/channels/internal/option_settings.hpp>
#include <bennu/channels/internal/option_text.hpp>

namespace bennu {

namespace {

constexpr std::string_view print_command = "print-config";
constexpr std::string_view check_command = "check-config";

option option_of(const program_option& own) {
  option made{.name = own.name, .value = own.value, .help = own.help, .is_list = true};
  made.name.erase(0, made.name.find_first_not_of('-'));
  std::replace(made.name.begin(), made.name.end(), '-', '_');
  made.set = [take = own.take](config&, const std::vector<std::string>& values) {
    for (const auto& value : values) take(value);
  };
  return made;
}

std::vector<option> all_options(const std::vector<program_option>& own) {
  std::vector<option> all;
  for (const auto& o : own) all.push_back(option_of(o));
  all.push_back(config_file_option());
  for (auto&& part : {server_options(), cluster_option_list(), limit_options()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// Reads the file of options that the environment or the command line names, then those themselves.
/// @throws std::invalid_argument
option_settings read_all(const std::vector<option>& options, const std::vector<std::string_view>& arguments) {
  option_settings later;
  read_environment(options, environ, later);
  read_command_line(options, arguments, later);
  option_settings all;
  const auto file = later.of.find(find_option(options, "config"));
  if (file != later.of.end()) read_config_file(options, file->second.values.back(), all);
  for (const auto& [of, setting] : later.of) all.of[of] = setting;
  all.warnings.insert(all.warnings.end(), later.warnings.begin(), later.warnings.end());
  all.wants_help = later.wants_help;
  return all;
}

/// Checks options that depend on each other. @throws std::invalid_argument
void check(const config& c) {
  if (c.tls && (c.tls->certificate.empty() || c.tls->key.empty())) {
    throw std::invalid_argument("--cert and --key are of use only together");
  }
  check_cluster(c.cluster, c.limits);
}

[[noreturn]] void print_and_exit(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  std::exit(0);
}

}  // namespace

config config::from_args(int argc, char** argv) { return from_args(argc, argv, config{}); }

config config::from_args(int argc, char** argv, config result, const std::vector<program_option>& own) {
  const auto options = all_options(own);
  std::vector<std::string_view> arguments(argv + std::min(argc, 1), argv + argc);
  const bool prints = !arguments.empty() && arguments.front() == print_command;
  const bool checks = !arguments.empty() && arguments.front() == check_command;
  if (prints || checks) arguments.erase(arguments.begin());
  try {
    const auto settings = read_all(options, arguments);
    if (settings.wants_help) print_and_exit(help_text(argc > 0 ? argv[0] : "program", options, result));
    apply(settings, result);
    check(result);
    for (const auto& warning : settings.warnings) result.logger.warning(warning);
    if (prints) print_and_exit(config_text(options, settings, result));
    if (checks) print_and_exit("the configuration is valid\n");
    return result;
  } catch (const std::invalid_argument& e) {
    std::fprintf(stderr, "%s\n", e.what());
    std::exit(2);
  }
}

}  // namespace bennu
