#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/channels/config.hpp>

namespace bennu {

/// One option of a program. The command line, `--help`, the environment, the file of options and `print-config` are
/// made from it.
struct option {
  std::string name;   ///< "cluster_port": on the command line `--cluster-port`, in the environment `BENNU_CLUSTER_PORT`
  std::string value;  ///< the word for its value in `--help`: "PORT"
  std::string help;   ///< one line, without a full stop
  std::string_view group = {};  ///< the heading above it in `--help`; none if empty
  bool is_list = false;         ///< may be given several times
  bool is_flag = false;         ///< true or false; on the command line its name alone means true
  bool is_secret = false;       ///< not shown by `print-config`
  bool is_reloadable = false;   ///< SIGHUP reads it again while the server runs
  std::string old_name = {};    ///< works with a warning until 0.3

  /// Stores the values, exactly one unless `is_list`, in place of all earlier ones.
  /// @throws std::invalid_argument with the fault: "takes a number from 0 to 65535, got \"x\""
  std::function<void(config&, const std::vector<std::string>&)> set = nullptr;
  /// The values in the form of `set`; empty if it is not set.
  std::function<std::vector<std::string>(const config&)> get = nullptr;

  /// "--cluster-port"
  std::string flag() const;
  /// "BENNU_CLUSTER_PORT"
  std::string variable() const;
};

/// The options that every program has: the server's, the cluster's, and one for each limit.
std::vector<option> server_options();
std::vector<option> admin_options();
std::vector<option> cluster_option_list();
std::vector<option> limit_options();

/// The option that names a file of options.
option config_file_option();

/// The option of this name, current or old; a null pointer if there is none.
const option* find_option(const std::vector<option>& all, std::string_view name) noexcept;

/// ` (did you mean NAME?)` for the option whose name is nearly that, otherwise nothing.
/// @param shown how the option found is named
std::string similar_option(const std::vector<option>& all, std::string_view name,
                           const std::function<std::string(const option&)>& shown);

}  // namespace bennu
