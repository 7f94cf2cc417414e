// Wycheproof's vectors of JSON Web Keys and Signatures (github.com/C2SP/wycheproof, testvectors_v1), from the folder
// that the environment variable WYCHEPROOF names.
#include <bennu/channels/jwt/internal/signed_token.hpp>

#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "jwt_texts.hpp"

using bennu::json;

namespace {

/// Vectors that are not judged, each with the reason.
const std::map<std::string_view, std::map<std::int64_t, std::string_view>> inapplicable{
    {"json_web_signature_test",
     {{346, "the key is for PS256, the token is signed with PS384"},
      {350, "as 346"},
      {347, "the key is for an algorithm ES521, which does not exist; json_web_key_test 19 has such a key refused"},
      {351, "as 347"},
      {367, "the token is that of 357, which is valid"},
      {370, "the token is that of 357, which is valid"},
      {372, "the token is not base64url, and its MAC is that of another text"},
      {373, "as 372"}}},
};

bool accepts(const json& key, const std::string& token) {
  try {
    const auto keys = bennu::internal::key_set::from_jwk_set(key.find("keys") ? key.dump() : test::set_of(key));
    return std::holds_alternative<std::string>(bennu::internal::verify_signature(token, *keys));
  } catch (const std::invalid_argument&) {
    return false;  // the key cannot be used
  }
}

/// @returns the number of vectors that were judged
std::size_t check_vectors(const std::string& folder, const std::string& name) {
  const auto left_out = inapplicable.contains(name) ? inapplicable.at(name) : decltype(inapplicable)::mapped_type{};
  const auto file = test::json_in(folder + "/" + name + ".json");
  std::size_t judged = 0;
  for (const auto& group : file.as_array("testGroups")) {
    const auto& key = group.find("public") != nullptr ? group.at("public") : group.at("private");
    for (const auto& vector : group.as_array("tests")) {
      if (vector.find("jws") == nullptr || left_out.contains(vector.as_int("tcId"))) continue;  // or an encrypted text
      const auto& jws = vector.at("jws");
      CAPTURE(name);
      CAPTURE(vector.as_int("tcId"));
      CAPTURE(vector.as_string("comment"));
      CHECK(accepts(key, jws.is_string() ? jws.as_string() : jws.dump()) == (vector.as_string("result") == "valid"));
      ++judged;
    }
  }
  return judged;
}

}  // namespace

TEST_CASE("Wycheproof's vectors of keys and signatures are judged as they should be") {
  const auto* folder = std::getenv("WYCHEPROOF");
  if (folder == nullptr) {
    MESSAGE("not tried: the environment variable WYCHEPROOF names no folder");
    return;
  }
  std::size_t judged = 0;
  for (const auto* name : {"json_web_crypto_test", "json_web_key_test", "json_web_signature_test"}) {
    judged += check_vectors(folder, name);
  }
  MESSAGE(judged << " vectors");
  CHECK(judged >= 468);
}
