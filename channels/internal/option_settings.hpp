#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/channels/internal/option.hpp>

namespace bennu {

/// The values of an option from one source.
struct option_setting {
  std::vector<std::string> values;
  std::string source;  ///< for errors: "--port", "BENNU_PORT" or "app.toml:3:8: port"
};

/// The values that were given for options, each from the last source that gives one. Sources are read in the order
/// file, environment, command line; a later one replaces the values of an earlier one for the same option, lists
/// included.
struct option_settings {
  std::map<const option*, option_setting> of;
  std::vector<std::string> warnings;
  bool wants_help = false;  ///< `--help` was given
};

/// Reads the variables `BENNU_…`. Empty ones count as not set; unknown ones, and those that Kubernetes sets for a
/// service with the name "bennu" (`BENNU_PORT=tcp://…`), only cause a warning.
/// @param environment ends with a null pointer, as `environ` does
void read_environment(const std::vector<option>& all, const char* const* environment, option_settings& to);

/// Reads arguments, without the program's name.
/// @throws std::invalid_argument with the fault in one line
void read_command_line(const std::vector<option>& all, const std::vector<std::string_view>& arguments,
                       option_settings& to);

/// Applies all settings. @throws std::invalid_argument that names the source
void apply(const option_settings& from, config& to);

}  // namespace bennu
