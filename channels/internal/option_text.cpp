#include <bennu/channels/internal/option_text.hpp>

#include <algorithm>
#include <cstddef>

#include <bennu/runtime/json.hpp>

namespace bennu {

namespace {

constexpr std::size_t column = 28;  // of the second column in `--help`

std::string default_of(const option& o, const config& defaults) {
  if (!o.get || o.is_secret || o.is_flag) return {};
  const auto values = o.get(defaults);
  return values.size() == 1 ? " (" + values.front() + ')' : std::string{};
}

/// A value in TOML: flags and whole numbers stand for themselves, all else is a string.
std::string toml_value(const option& o, const std::string& value) {
  if (o.is_flag) return value;
  const bool is_number =
      !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_number ? value : json{value}.dump();
}

std::string toml_values(const option& o, const std::vector<std::string>& values) {
  if (o.is_secret) return R"("***")";
  if (!o.is_list) return toml_value(o, values.front());
  std::string text = "[";
  for (const auto& value : values) text.append(text.size() > 1 ? ", " : "").append(json{value}.dump());
  return text + ']';
}

}  // namespace

std::string help_text(std::string_view program, const std::vector<option>& all, const config& defaults) {
  std::string text = "usage: " + std::string{program} + " [print-config | check-config] [options]\n";
  std::string_view group;
  for (const auto& o : all) {
    if (o.group != group) text.append("\n").append(o.group).append(":\n");
    group = o.group;
    auto line = "  " + o.flag() + (o.is_flag ? "" : ' ' + o.value);
    line.resize(std::max(line.size() + 2, column), ' ');
    text.append(line).append(o.help).append(default_of(o, defaults)).append("\n");
  }
  text.append("\n  --help                    this text\n");
  text.append("\nThe environment gives the same options: BENNU_CLUSTER_PORT for --cluster-port, commas between the ");
  text.append("values of a list.\n");
  return text;
}

std::string config_text(const std::vector<option>& all, const option_settings& given, const config& in_effect) {
  std::string text;
  for (const auto& o : all) {
    if (!o.get) continue;
    const auto values = o.get(in_effect);
    const auto setting = given.of.find(&o);
    if (values.empty()) {
      text.append("# ").append(o.name).append(" is not set\n");
    } else {
      text.append(o.name).append(" = ").append(toml_values(o, values));
      text.append(setting != given.of.end() ? "  # " + setting->second.source : "  # default").append("\n");
    }
  }
  return text;
}

}  // namespace bennu
