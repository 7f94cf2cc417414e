#include "jwt_options.hpp"

#include <chrono>
#include <string_view>

namespace reference {

std::vector<bennu::program_option> jwt_options::as_program_options() {
  const auto text = [](std::string& to) { return [&to](std::string_view value) { to = value; }; };
  return {
      {"--jwks", "FILE|URL", "the keys of an identity provider, whose tokens are good for /jwt", text(jwks)},
      {"--jwt-issuer", "TEXT", "the issuer that these tokens must name", text(verifier.issuer)},
      {"--jwt-audience", "TEXT", "the audience that these tokens must name", text(verifier.audience)},
  };
}

std::optional<bennu::jwt_verifier> jwt_options::make_verifier(const bennu::logger& log) const {
  if (jwks.empty()) return std::nullopt;
  const bool is_url = jwks.find("://") != std::string::npos;
  const auto keys = is_url ? bennu::jwt_keys::url(jwks, {.logger = log}) : bennu::jwt_keys::file(jwks);
  constexpr std::chrono::seconds patience{2};
  keys.wait(patience);
  return bennu::jwt_verifier{keys, verifier};
}

}  // namespace reference
