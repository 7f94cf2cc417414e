#include <bennu/channels/internal/option_settings.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace bennu {

namespace {

constexpr std::string_view prefix = "BENNU_";

/// Variables of the test tools, which are no options.
constexpr std::array<std::string_view, 3> other_variables{"BIN", "CHROMIUM", "FAULT"};

std::string option_name(std::string_view variable_or_flag) {
  std::string name{variable_or_flag};
  for (auto& c : name) c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

void warn_if_old(const option& found, std::string_view name, std::string_view shown, std::string current,
                 option_settings& to) {
  if (found.name == name) return;
  to.warnings.push_back(std::string{shown} + " is now called " + current + "; the old name works until 0.3");
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const auto comma = text.find(',');
    parts.emplace_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

void read_variable(const std::vector<option>& all, std::string_view name, std::string_view value, option_settings& to) {
  const auto shown = std::string{prefix} + std::string{name};
  const auto* const found = find_option(all, option_name(name));
  if (found == nullptr) {
    const bool is_other = name.starts_with("TEST_") ||
                          std::find(other_variables.begin(), other_variables.end(), name) != other_variables.end();
    if (is_other) return;
    const auto similar = similar_option(all, option_name(name), [](const option& o) { return o.variable(); });
    to.warnings.push_back(shown + " is no option: it is ignored" + similar);
  } else if (name == "PORT" && value.starts_with("tcp://")) {
    to.warnings.push_back(shown + "=" + std::string{value} + " is no port, but a service of Kubernetes: it is ignored");
  } else {
    warn_if_old(*found, option_name(name), shown, found->variable(), to);
    to.of[found] = {found->is_list ? split(value) : std::vector<std::string>{std::string{value}}, shown};
  }
}

}  // namespace

void read_environment(const std::vector<option>& all, const char* const* environment, option_settings& to) {
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const auto equals = entry.find('=');
    if (!entry.starts_with(prefix) || equals == std::string_view::npos || equals + 1 == entry.size()) continue;
    read_variable(all, entry.substr(prefix.size(), equals - prefix.size()), entry.substr(equals + 1), to);
  }
}

void read_command_line(const std::vector<option>& all, const std::vector<std::string_view>& arguments,
                       option_settings& to) {
  option_settings mine;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto argument = arguments[i];
    if (argument == "--help") {
      to.wants_help = true;
      return;
    }
    const auto name = argument.starts_with("--") ? option_name(argument.substr(2)) : std::string{};
    const auto* const found = name.empty() ? nullptr : find_option(all, name);
    if (found == nullptr) {
      const auto similar = similar_option(all, name, [](const option& o) { return o.flag(); });
      throw std::invalid_argument("unknown option \"" + std::string{argument} + '"' + similar +
                                  "; --help names all options");
    }
    if (!found->is_flag && i + 1 == arguments.size()) {
      throw std::invalid_argument(std::string{argument} + " wants a value");
    }
    warn_if_old(*found, name, argument, found->flag(), to);
    auto& setting = mine.of[found];
    setting.source = argument;
    if (!found->is_list) setting.values.clear();
    setting.values.emplace_back(found->is_flag ? "true" : arguments[++i]);
  }
  for (auto& [of, setting] : mine.of) to.of[of] = std::move(setting);
}

void apply(const option_settings& from, config& to) {
  for (const auto& [of, setting] : from.of) {
    try {
      of->set(to, setting.values);
    } catch (const std::invalid_argument& e) {
      throw std::invalid_argument(setting.source + ": " + e.what());
    }
  }
}

}  // namespace bennu
