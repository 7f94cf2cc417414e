#include <bennu/channels/config.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <bennu/channels/internal/config_source.hpp>
#include <bennu/channels/internal/option.hpp>
#include <bennu/channels/internal/option_text.hpp>
#include <bennu/channels/internal/process_signals.hpp>

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
  for (auto&& part : {server_options(), admin_options(), cluster_option_list(), limit_options()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

[[noreturn]] void print_and_exit(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  std::exit(0);
}

}  // namespace

config config::from_args(int argc, char** argv) { return from_args(argc, argv, config{}); }

config config::from_args(int argc, char** argv, config defaults, const std::vector<program_option>& own) {
  keep_hangups_pending();
  std::vector<std::string_view> arguments(argv + std::min(argc, 1), argv + argc);
  const bool prints = !arguments.empty() && arguments.front() == print_command;
  const bool checks = !arguments.empty() && arguments.front() == check_command;
  if (prints || checks) arguments.erase(arguments.begin());
  const auto source = std::make_shared<config_source>(all_options(own), arguments, std::move(defaults));
  try {
    auto result = source->read();
    const auto& settings = source->settings();
    if (settings.wants_help) {
      print_and_exit(help_text(argc > 0 ? argv[0] : "program", source->options(), source->defaults()));
    }
    for (const auto& warning : settings.warnings) result.logger.warning(warning);
    if (prints) print_and_exit(config_text(source->options(), settings, result));
    if (checks) print_and_exit("the configuration is valid; certificates and keys were not read\n");
    result.source = source;
    return result;
  } catch (const std::invalid_argument& e) {
    std::fprintf(stderr, "%s\n", e.what());
    std::exit(2);
  }
}

}  // namespace bennu
