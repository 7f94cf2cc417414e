#include <bennu/channels/internal/config_file.hpp>

#include <stdexcept>

#if defined(BENNU_HAS_TOML)

#include <string_view>

#include <bennu/runtime/text_file.hpp>

#include <toml++/toml.h>

namespace bennu {

namespace {

class file_reader {
public:
  file_reader(const std::vector<option>& all, const std::string& path) : all_(all), path_(path) {}

  void read(const toml::table& table, option_settings& to) const {
    for (const auto& [key, node] : table) {
      const auto* const found = find_option(all_, key.str());
      if (found == nullptr) refuse_unknown(key);
      if (found->name != key.str()) {
        to.warnings.push_back(place(key.source()) + std::string{key.str()} + " is now called " + found->name +
                              "; the old name works until 0.3");
      }
      option_setting setting{values_of(*found, node), place(node.source()) + found->name};
      check(*found, setting);
      to.of[found] = std::move(setting);
    }
  }

private:
  std::string place(const toml::source_region& at) const {
    return path_ + ':' + std::to_string(at.begin.line) + ':' + std::to_string(at.begin.column) + ": ";
  }

  [[noreturn]] void refuse_unknown(const toml::key& key) const {
    const auto similar = similar_option(all_, key.str(), [](const option& o) { return o.name; });
    throw std::invalid_argument(place(key.source()) + "unknown option \"" + std::string{key.str()} + '"' + similar);
  }

  std::vector<std::string> values_of(const option& of, const toml::node& node) const {
    const auto* const list = node.as_array();
    if (list == nullptr) return {value_of(of, node)};
    if (!of.is_list) throw std::invalid_argument(place(node.source()) + of.name + ": takes one value, got a list");
    std::vector<std::string> values;
    for (const auto& element : *list) values.push_back(value_of(of, element));
    return values;
  }

  std::string value_of(const option& of, const toml::node& node) const {
    if (const auto text = node.value_exact<std::string>()) return *text;
    if (const auto number = node.value_exact<std::int64_t>()) return std::to_string(*number);
    if (const auto flag = node.value_exact<bool>(); flag && of.is_flag) return *flag ? "true" : "false";
    throw std::invalid_argument(place(node.source()) + of.name + ": takes " +
                                (of.is_flag ? "true or false" : "a string or a whole number"));
  }

  /// Checks a value, even if a later source replaces it.
  static void check(const option& of, const option_setting& setting) {
    if (!of.get) return;  // an option of the program, which only the program can check
    config unused;
    option_settings one;
    one.of[&of] = setting;
    apply(one, unused);
  }

  const std::vector<option>& all_;
  const std::string& path_;
};

}  // namespace

void read_config_file(const std::vector<option>& all, const std::string& path, option_settings& to) {
  const auto text = read_text_file(path, "file of options");
  toml::table table;
  try {
    table = toml::parse(text, path);
  } catch (const toml::parse_error& e) {
    throw std::invalid_argument(path + ':' + std::to_string(e.source().begin.line) + ':' +
                                std::to_string(e.source().begin.column) + ": " + std::string{e.description()});
  }
  file_reader{all, path}.read(table, to);
}

}  // namespace bennu

#else

namespace bennu {

void read_config_file(const std::vector<option>&, const std::string& path, option_settings&) {
  throw std::invalid_argument("cannot read the file of options " + path + ": this program was built without toml++");
}

}  // namespace bennu

#endif
