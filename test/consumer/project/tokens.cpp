// Tokens of an identity provider: a part of their own.
#include <iostream>
#include <string>
#include <variant>

#include <bennu/channels/jwt/jwt_verifier.hpp>

int main() {
  const bennu::jwt_verifier tokens{bennu::jwt_keys::secret(std::string(32, 's'))};
  const auto result = tokens.verify("no token");
  const auto* refused = std::get_if<bennu::jwt_refusal>(&result);
  if (refused == nullptr || refused->error != bennu::jwt_error::malformed) return 1;
  std::cout << "refused: " << refused->text << '\n';
}
