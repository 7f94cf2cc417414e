#include <bennu/channels/jwt/jwt_verifier.hpp>

#include <algorithm>
#include <utility>

#include <bennu/channels/jwt/internal/key_fetcher.hpp>
#include <bennu/channels/jwt/internal/key_set.hpp>
#include <bennu/channels/jwt/internal/signed_token.hpp>
#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/utf8.hpp>

namespace bennu {

using std::chrono::system_clock;
using unix_time = std::chrono::duration<double>;

namespace {

jwt_refusal refusal(jwt_error error, std::string text) { return {error, std::move(text)}; }

bool is_string_or_absent(const json* claim) { return claim == nullptr || claim->is_string(); }

/// A refusal if registered claims (RFC 7519, section 4.1) have types other than theirs, or required ones are missing.
std::optional<jwt_refusal> check_types(const json& claims, const jwt_options& options) {
  for (const auto* name : {"iss", "sub", "jti"}) {
    if (!is_string_or_absent(claims.find(name))) return refusal(jwt_error::claim, std::string{name} + " is no string");
  }
  for (const auto* name : {"exp", "nbf", "iat"}) {
    const auto* date = claims.find(name);
    if (date != nullptr && !date->is_number()) return refusal(jwt_error::claim, std::string{name} + " is no number");
  }
  for (const auto& name : options.required_claims) {
    if (claims[name].is_null()) return refusal(jwt_error::claim, "the claim " + name + " is missing");
  }
  return std::nullopt;
}

bool is_for(const json& audience, std::string_view name) {
  const auto* list = audience.if_array();
  return list != nullptr ? std::ranges::find(*list, json{name}) != list->end() : audience == json{name};
}

std::optional<jwt_refusal> check(const json& claims, const jwt_options& options, unix_time now) {
  if (auto refused = check_types(claims, options)) return refused;
  const auto date = [&](std::string_view name, unix_time if_absent) {
    const auto seconds = claims[name].if_double();
    return seconds ? unix_time{*seconds} : if_absent;
  };
  if (now >= date("exp", unix_time::max()) + options.leeway)
    return refusal(jwt_error::expired, "the token has expired");
  if (now < date("nbf", now) - options.leeway) return refusal(jwt_error::not_yet_valid, "the token is not yet valid");
  if (now < date("iat", now) - options.leeway)
    return refusal(jwt_error::not_yet_valid, "the token was made in the future");
  if (!options.issuer.empty() && claims["iss"] != options.issuer)
    return refusal(jwt_error::issuer, "the issuer is another");
  if (!options.audience.empty() && !is_for(claims["aud"], options.audience)) {
    return refusal(jwt_error::audience, "the token is for another audience");
  }
  return std::nullopt;
}

std::optional<system_clock::time_point> expiry_of(const json& claims) {
  const auto seconds = claims["exp"].if_double();
  if (!seconds) return std::nullopt;
  constexpr double limit = 9e9;  // in the year 2255, within the clock's range
  return system_clock::time_point{
      std::chrono::duration_cast<system_clock::duration>(unix_time{std::clamp(*seconds, 0.0, limit)})};
}

}  // namespace

jwt_verifier::jwt_verifier(jwt_keys keys, jwt_options options) : keys_(std::move(keys)), options_(std::move(options)) {}

jwt_result jwt_verifier::verify(std::string_view token, system_clock::time_point now) const {
  auto result = verify_with(keys_.current().get(), token, now);
  const auto* refused = std::get_if<jwt_refusal>(&result);
  if (keys_.fetcher_ && refused != nullptr && refused->error == jwt_error::unknown_key) keys_.fetcher_->request();
  return result;
}

void jwt_verifier::verify(std::string token, std::function<void(jwt_result)> done) const {
  const auto keys = keys_.current();
  auto result = verify_with(keys.get(), token, system_clock::now());
  const auto* refused = std::get_if<jwt_refusal>(&result);
  const bool needs_keys =
      refused != nullptr && (refused->error == jwt_error::unknown_key || refused->error == jwt_error::no_keys);
  if (!keys_.fetcher_ || !needs_keys) return done(std::move(result));
  keys_.fetcher_->await_newer(
      keys, [options = options_, token = std::move(token), done = std::move(done)](const auto& newer) {
        done(jwt_verifier{jwt_keys{newer}, options}.verify_with(newer.get(), token, system_clock::now()));
      });
}

jwt_result jwt_verifier::verify_with(const internal::key_set* keys, std::string_view token,
                                     system_clock::time_point now) const {
  if (token.empty()) return refusal(jwt_error::missing, "there is no token");
  if (token.size() > max_size) return refusal(jwt_error::malformed, "the token is too long");
  if (keys == nullptr) return refusal(jwt_error::no_keys, "there are no keys yet");
  const auto payload = internal::verify_signature(token, *keys, options_.algorithms);
  if (const auto* refused = std::get_if<jwt_refusal>(&payload)) return *refused;
  const auto& text = std::get<std::string>(payload);
  auto parsed = is_valid_utf8(text) ? parse_json(text, max_depth) : json_parse_error{};
  auto* claims = std::get_if<json>(&parsed);
  if (claims == nullptr || !claims->is_object()) return refusal(jwt_error::malformed, "the claims are no JSON object");
  if (internal::has_name_twice(text, *claims)) return refusal(jwt_error::malformed, "the claims have a name twice");
  if (auto refused = check(*claims, options_, now.time_since_epoch())) return *std::move(refused);
  const auto expires_at = expiry_of(*claims);
  return verified_jwt{std::move(*claims), expires_at};
}

}  // namespace bennu
