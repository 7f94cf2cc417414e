#include <bennu/channels/jwt/internal/signed_token.hpp>

#include <algorithm>
#include <optional>

#include <bennu/runtime/base64url.hpp>
#include <bennu/runtime/json.hpp>
#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/utf8.hpp>

namespace bennu::internal {

namespace {

std::optional<std::string> decode(std::string_view part) {
  return part.ends_with('=') ? std::nullopt : from_base64url(part);  // padding has no place in a token
}

/// The protected header as an object with `alg`, or the reason for a refusal.
std::variant<json, jwt_refusal> read_header(std::string_view part) {
  constexpr std::size_t max_depth = 4;
  const auto text = decode(part);
  if (!text || !is_valid_utf8(*text)) return jwt_refusal{jwt_error::malformed, "the header is not base64url"};
  auto parsed = parse_json(*text, max_depth);
  auto* header = std::get_if<json>(&parsed);
  if (header == nullptr || !header->is_object())
    return jwt_refusal{jwt_error::malformed, "the header is no JSON object"};
  if (has_name_twice(*text, *header)) return jwt_refusal{jwt_error::malformed, "the header has a name twice"};
  if (header->find("crit") != nullptr) {
    return jwt_refusal{jwt_error::malformed, "the header demands extensions, and none is known"};
  }
  const auto* id = header->find("kid");
  if (!(*header)["alg"].is_string() || (id != nullptr && !id->is_string())) {
    return jwt_refusal{jwt_error::malformed, "alg or kid of the header is no string"};
  }
  return std::move(*header);
}

/// The keys that the header selects. A key without an id fits every id, and a header without one every key.
std::vector<const verification_key*> select(const key_set& keys, const json& header) {
  std::vector<const verification_key*> selected;
  const auto* id = header["kid"].if_string();
  for (const auto& key : keys.keys()) {
    const bool is_named = id == nullptr || key.id().empty() || key.id() == *id;
    if (is_named && key.fits(*header["alg"].if_string())) selected.push_back(&key);
  }
  return selected;
}

}  // namespace

std::variant<std::string, jwt_refusal> verify_signature(std::string_view token, const key_set& keys,
                                                        const std::vector<std::string>& algorithms) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (std::ranges::count(token, '.') != 2) return jwt_refusal{jwt_error::malformed, "the token has not three parts"};

  const auto header = read_header(token.substr(0, first));
  if (const auto* refused = std::get_if<jwt_refusal>(&header)) return *refused;
  const auto& fields = std::get<json>(header);
  const auto& algorithm = *fields["alg"].if_string();
  const bool is_allowed = algorithms.empty() || std::ranges::find(algorithms, algorithm) != algorithms.end();
  if (!is_allowed || !is_signature_algorithm(algorithm)) {
    return jwt_refusal{jwt_error::algorithm, "the algorithm is not allowed"};
  }

  auto payload = decode(token.substr(first + 1, last - first - 1));
  const auto signature = decode(token.substr(last + 1));
  if (!payload || !signature) return jwt_refusal{jwt_error::malformed, "the token is not base64url"};
  const auto selected = select(keys, fields);
  if (selected.empty()) return jwt_refusal{jwt_error::unknown_key, "no key fits the token"};
  if (selected.size() > key_set::max_tried_keys) {
    return jwt_refusal{jwt_error::unknown_key, "too many keys fit the token: it needs a kid"};
  }
  const auto signed_text = token.substr(0, last);
  const bool is_authentic = std::ranges::any_of(
      selected, [&](const verification_key* key) { return key->verify(algorithm, signed_text, *signature); });
  if (!is_authentic) return jwt_refusal{jwt_error::signature, "the signature is wrong"};
  return *std::move(payload);
}

}  // namespace bennu::internal
