#include <bennu/channels/internal/config_source.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <bennu/channels/internal/admin_check.hpp>
#include <bennu/channels/internal/cluster_check.hpp>
#include <bennu/channels/internal/config_file.hpp>

#include <unistd.h>

namespace bennu {

namespace {

using values = std::vector<std::string>;

/// Checks options that depend on each other. @throws std::invalid_argument
void check(const config& c, const option_settings& given, const config& defaults) {
  if (c.tls && (c.tls->certificate.empty() || c.tls->key.empty())) {
    throw std::invalid_argument("--cert and --key are of use only together");
  }
  check_admin(c, given, defaults);
  check_cluster(c.cluster, c.limits);
}

/// A logger of its own with the level of `other`: levels are shared between copies.
logger logger_like(const logger& other) {
  for (const auto level : {log_level::debug, log_level::info, log_level::warning}) {
    if (other.enabled(level)) return logger{level};
  }
  return logger{log_level::error};
}

/// The program's own options have no `get`: their values are those that were given.
values values_of(const option& of, const config& all, const option_settings& given) {
  if (of.get) return of.get(all);
  const auto found = given.of.find(&of);
  return found != given.of.end() ? found->second.values : values{};
}

std::string shown(const values& all) {
  if (all.empty()) return "not set";
  std::string text;
  for (const auto& value : all) text.append(text.empty() ? "" : ", ").append(value);
  return text;
}

/// The place of a value, as in "app.toml:3:8: port".
std::string place_of(const option& of, const option_settings& given) {
  const auto found = given.of.find(&of);
  if (found == given.of.end()) return of.name;
  const auto& source = found->second.source;
  return source.ends_with(of.name) ? source : source + ": " + of.name;
}

std::string describe(const option& of, const values& before, const values& now, const option_settings& given,
                     bool is_applied) {
  auto text = place_of(of, given) + (of.is_secret ? " has changed" : " is now " + shown(now));
  if (is_applied) return text;
  return text + "; the server keeps " + (of.is_secret ? "the earlier value" : shown(before)) + " until it is restarted";
}

}  // namespace

config_source::config_source(std::vector<option> options, const std::vector<std::string_view>& arguments,
                             config defaults)
    : options_(std::move(options)),
      arguments_(arguments.begin(), arguments.end()),
      defaults_(std::move(defaults)),
      in_effect_(defaults_) {}

option_settings config_source::read_all() const {
  option_settings later;
  read_environment(options_, environ, later);
  read_command_line(options_, {arguments_.begin(), arguments_.end()}, later);
  option_settings all;
  const auto file = later.of.find(find_option(options_, "config"));
  if (file != later.of.end()) read_config_file(options_, file->second.values.back(), all);
  for (const auto& [of, setting] : later.of) all.of[of] = setting;
  all.warnings.insert(all.warnings.end(), later.warnings.begin(), later.warnings.end());
  all.wants_help = later.wants_help;
  return all;
}

config config_source::read() {
  config result = defaults_;
  // The level that the options set must not become the default of the next reading.
  defaults_.logger = logger_like(defaults_.logger);
  settings_ = read_all();
  if (settings_.wants_help) return result;
  bennu::apply(settings_, result);
  check(result, settings_, defaults_);
  in_effect_ = result;
  in_effect_.logger = logger_like(result.logger);
  // Functions of the program may refer to objects that are gone when the file is read again.
  for (auto& o : options_) {
    if (!o.get) o.set = nullptr;
  }
  return result;
}

config config_source::with_defaults(const option_settings& given) const {
  config result = defaults_;
  result.logger = logger_like(defaults_.logger);
  option_settings ours;
  for (const auto& [of, setting] : given.of) {
    if (of->get) ours.of.emplace(of, setting);
  }
  bennu::apply(ours, result);
  check(result, given, defaults_);
  return result;
}

config_source::changes config_source::reread() const {
  const auto given = read_all();
  const auto next = with_defaults(given);
  changes found{.reloadable = {}, .others = {}, .warnings = given.warnings};
  for (const auto& o : options_) {
    const auto before = values_of(o, in_effect_, settings_);
    auto now = values_of(o, next, given);
    if (before == now) continue;
    // Only lists can be unset: a listener keeps TLS, or goes on without, until the server is restarted.
    const bool is_applied = o.is_reloadable && (o.is_list || (!before.empty() && !now.empty()));
    auto text = describe(o, before, now, given, is_applied);
    (is_applied ? found.reloadable : found.others).push_back({&o, std::move(now), std::move(text)});
  }
  return found;
}

void config_source::apply(const std::vector<change>& reloadable, config& to) {
  for (const auto& one : reloadable) {
    one.of->set(to, one.values);
    one.of->set(in_effect_, one.values);
  }
}

}  // namespace bennu
