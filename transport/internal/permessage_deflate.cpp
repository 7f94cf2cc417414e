#include <bennu/transport/internal/permessage_deflate.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <bennu/transport/internal/ascii.hpp>

namespace bennu {
namespace {

struct parameter {
  std::string_view name;
  std::optional<std::string> value;
};

struct extension {
  std::string_view name;
  std::vector<parameter> parameters;
};

/// The characters of an HTTP token (RFC 9110, section 5.6.2).
constexpr bool is_token_char(char c) {
  return is_ascii_alpha(c) || is_ascii_digit(c) ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

/// Parses Sec-WebSocket-Extensions (RFC 6455, section 9.1): extensions separated by commas, each a name with parameters
/// after semicolons.
class extension_parser {
public:
  explicit extension_parser(std::string_view text) : rest_(text) {}

  /// Appends the extensions of the header. Returns false if it is malformed.
  bool parse(std::vector<extension>& out) {
    do {
      skip_space();
      if (rest_.empty() || rest_.front() == ',') continue;  // lists may have empty elements
      if (!parse_extension(out.emplace_back())) return false;
    } while (skip(','));
    return rest_.empty();
  }

private:
  bool parse_extension(extension& out) {
    out.name = token();
    if (out.name.empty()) return false;
    while (skip(';')) {
      auto& added = out.parameters.emplace_back();
      skip_space();
      added.name = token();
      if (added.name.empty()) return false;
      if (skip('=')) {
        skip_space();
        added.value = rest_.starts_with('"') ? quoted_token() : std::optional<std::string>{token()};
        if (!added.value || added.value->empty()) return false;
      }
    }
    return true;
  }

  void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size())); }

  bool skip(char c) {
    skip_space();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view token() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_token_char);
    const auto result = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(result.size());
    return result;
  }

  /// Parses a quoted value. The text between the quotes, after removing escapes, must be a token as well.
  std::optional<std::string> quoted_token() {
    std::string result;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] == '"') {
        rest_.remove_prefix(i + 1);
        return result;
      }
      if (rest_[i] == '\\' && ++i == rest_.size()) break;
      if (!is_token_char(rest_[i])) break;
      result.push_back(rest_[i]);
    }
    return std::nullopt;
  }

  std::string_view rest_;
};

/// True for 8 to 15 without a leading zero (RFC 7692, section 7.1.2).
std::optional<int> window_bits(std::string_view text) {
  if (text == "8" || text == "9") return text.front() - '0';
  if (text.size() == 2 && text.front() == '1' && text.back() >= '0' && text.back() <= '5')
    return 10 + text.back() - '0';
  return std::nullopt;
}

bool has_duplicates(const std::vector<parameter>& parameters) {
  for (auto it = parameters.begin(); it != parameters.end(); ++it) {
    if (std::any_of(it + 1, parameters.end(), [&](const auto& other) { return iequals(other.name, it->name); })) {
      return true;
    }
  }
  return false;
}

std::optional<std::string> accept(const extension& offer) {
  constexpr std::size_t known_parameters = 4;
  if (!iequals(offer.name, "permessage-deflate") || offer.parameters.size() > known_parameters ||
      has_duplicates(offer.parameters)) {
    return std::nullopt;
  }
  std::string answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
  for (const auto& [name, value] : offer.parameters) {
    if (iequals(name, "server_no_context_takeover") || iequals(name, "client_no_context_takeover")) {
      if (value) return std::nullopt;
    } else if (iequals(name, "client_max_window_bits")) {
      if (value && !window_bits(*value)) return std::nullopt;
    } else if (iequals(name, "server_max_window_bits")) {
      if (!value || window_bits(*value) != 15) return std::nullopt;
      // The answer to an offer with this parameter has to repeat it (RFC 7692, section 7.1.2.1).
      answer += "; server_max_window_bits=15";
    } else {
      return std::nullopt;
    }
  }
  return answer;
}

}  // namespace

std::optional<std::string> accept_permessage_deflate(std::span<const std::string_view> offered) {
  std::vector<extension> offers;
  for (const auto value : offered) {
    if (!extension_parser{value}.parse(offers)) return std::nullopt;
  }
  for (const auto& offer : offers) {
    if (auto accepted = accept(offer)) return accepted;
  }
  return std::nullopt;
}

}  // namespace bennu
