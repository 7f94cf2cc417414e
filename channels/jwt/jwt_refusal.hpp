#pragma once

#include <string>
#include <string_view>

namespace bennu {

/// The reason why a token is refused.
enum class jwt_error {
  missing,        ///< the text is empty
  malformed,      ///< no signed token as in RFC 7515, section 7.1, too long, or a name occurs twice in its JSON
  algorithm,      ///< not one that is supported and allowed
  unknown_key,    ///< none of the keys fits; newer ones are being fetched if they come from a URL
  no_keys,        ///< no keys could be fetched yet
  signature,      ///< not made with the key
  expired,        ///< `exp` has passed
  not_yet_valid,  ///< `nbf` or `iat` lies in the future
  issuer,         ///< `iss` is another
  audience,       ///< `aud` is another
  claim,          ///< a required claim is missing, or a registered one has the wrong type
};

/// The name of the enumerator.
std::string_view to_string(jwt_error error) noexcept;

/// The reason for a refusal, and a sentence for a log. It contains nothing of the token.
struct jwt_refusal {
  jwt_error error;
  std::string text;
};

}  // namespace bennu
