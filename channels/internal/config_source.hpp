#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <bennu/channels/config.hpp>
#include <bennu/channels/internal/option.hpp>
#include <bennu/channels/internal/option_settings.hpp>

namespace bennu {

/// The places that a program's configuration comes from, which can be read more than once: the program's defaults, a
/// file, the environment, and the command line. For one thread.
class config_source {
public:
  /// @param arguments without the program's name; they are copied
  config_source(std::vector<option> options, const std::vector<std::string_view>& arguments, config defaults);

  /// Reads all of them for the first time. The program's own options are set.
  /// @throws std::invalid_argument with the fault
  config read();

  /// One option that has another value than before.
  struct change {
    const option* of;
    std::vector<std::string> values;  ///< empty if the option is not set any more
    /// What happened, in one line: "app.toml:3:8: port is 4001 now; the server keeps 4000 until it is restarted".
    std::string text;
  };
  /// The differences between the values that are in effect and those that `reread` found.
  struct changes {
    std::vector<change> reloadable;
    std::vector<change> others;  ///< take effect with the next start
    std::vector<std::string> warnings;
  };

  /// Reads all of them again. Changes nothing. @throws std::invalid_argument with the fault
  changes reread() const;

  /// Notes that these reloadable changes are in effect, and applies them to `to`.
  void apply(const std::vector<change>& reloadable, config& to);

  const std::vector<option>& options() const noexcept { return options_; }
  const config& defaults() const noexcept { return defaults_; }
  /// The settings that the first reading found.
  const option_settings& settings() const noexcept { return settings_; }

private:
  option_settings read_all() const;
  config with_defaults(const option_settings& given) const;

  std::vector<option> options_;
  std::vector<std::string> arguments_;
  config defaults_;
  option_settings settings_;
  config in_effect_;  ///< the values of `options_` only; its logger is unused
};

}  // namespace bennu
