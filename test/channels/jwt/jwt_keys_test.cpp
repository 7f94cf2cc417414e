#include <bennu/channels/jwt/jwt_keys.hpp>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <unistd.h>

#include <doctest/doctest.h>

#include <bennu/channels/jwt/jwt_verifier.hpp>

#include "jwt_texts.hpp"

using bennu::json;
using bennu::jwt_keys;
using bennu::jwt_verifier;
using bennu::verified_jwt;

namespace {

const json& vector(std::size_t index) { return test::vectors_of_node().at("vectors").at(index); }

bool accepts(const jwt_keys& keys, const std::string& token) {
  return std::holds_alternative<verified_jwt>(jwt_verifier{keys}.verify(token));
}

void check_unusable(const json& jwk, const char* reason) {
  CAPTURE(jwk.dump());
  CHECK_THROWS_WITH_AS(jwt_keys::set(test::set_of(jwk)), doctest::Contains(reason), std::invalid_argument);
}

/// The JWK of a vector, with one member set, or without it if the value is null.
json altered(std::size_t index, std::string_view name, const json& value) {
  auto members = vector(index).as_object("jwk");
  std::erase_if(members, [&](const json::member& member) { return member.key == name; });
  json jwk{std::move(members)};
  if (!value.is_null()) jwk.set(name, value);
  return jwk;
}

constexpr std::size_t rs256 = 0;
constexpr std::size_t es256 = 6;
constexpr std::size_t ed25519 = 9;
constexpr std::size_t hs256 = 13;

}  // namespace

TEST_CASE("keys that are not for verifying are left out of a set") {
  check_unusable(altered(es256, "use", "enc"), "use is not sig");
  check_unusable(altered(es256, "key_ops", json::array{"sign"}), "key_ops lack verify");
  check_unusable(altered(es256, "key_ops", "verify"), "key_ops lack verify");
  check_unusable(altered(es256, "d", "AAAA"), "private");
  check_unusable(test::vectors_of_node().at("unusable").at("private").at("jwk"), "private");
  CHECK(accepts(jwt_keys::set(test::set_of(altered(es256, "key_ops", json::array{"verify"}))),
                vector(es256).as_string("token")));
}

TEST_CASE("keys that are weak or malformed are left out of a set") {
  check_unusable(test::vectors_of_node().at("unusable").at("weak").at("jwk"), "less than 2048 bits");
  check_unusable(test::vectors_of_node().at("unusable").at("secp256k1").at("jwk"), "not supported");
  check_unusable(altered(rs256, "e", "AQ"), "exponent");
  check_unusable(altered(rs256, "e", "AQAA"), "exponent");
  check_unusable(altered(rs256, "e", nullptr), "got nothing");
  check_unusable(altered(rs256, "n", vector(rs256).at("jwk").as_string("n") + "="), "not base64url");
  check_unusable(altered(rs256, "n", 7), "string");
  check_unusable(altered(rs256, "kty", "EC"), "not supported");
  check_unusable(altered(es256, "crv", "P-384"), "wrong size");
  check_unusable(altered(es256, "crv", "Ed25519"), "not supported");
  check_unusable(altered(es256, "x", vector(ed25519).at("jwk").at("x")), "does not accept");  // not on the curve
  check_unusable(altered(ed25519, "x", "AAAA"), "wrong size");
  check_unusable(altered(ed25519, "crv", "X25519"), "not supported");
  check_unusable(altered(hs256, "k", test::base64url(std::string(31, 'x'))), "less than 32 bytes");
  check_unusable(altered(hs256, "k", ""), "is empty");
  check_unusable(altered(hs256, "alg", "A256KW"), "alg does not belong");
  check_unusable(altered(es256, "alg", "RS256"), "alg does not belong");
  check_unusable(json{7}, "of the last one");
}

TEST_CASE("the usable keys of a set stay when others are left out") {
  const json set{{"keys", json::array{altered(es256, "use", "enc"), vector(rs256).at("jwk"), json{"no key"}}}};
  CHECK(accepts(jwt_keys::set(set.dump()), vector(rs256).as_string("token")));
}

TEST_CASE("keys of one kind that share a kid are left out, those of different kinds stay") {
  auto other = vector(es256).at("jwk");
  other.set("kid", vector(rs256).at("jwk").at("kid"));
  const json two_kinds{{"keys", json::array{vector(rs256).at("jwk"), other}}};
  CHECK(accepts(jwt_keys::set(two_kinds.dump()), vector(rs256).as_string("token")));
  auto twin = vector(1).at("jwk");
  twin.set("kid", vector(rs256).at("jwk").at("kid"));
  const json twins{{"keys", json::array{vector(rs256).at("jwk"), twin, vector(es256).at("jwk")}}};
  CHECK_FALSE(accepts(jwt_keys::set(twins.dump()), vector(rs256).as_string("token")));
  CHECK(accepts(jwt_keys::set(twins.dump()), vector(es256).as_string("token")));
}

TEST_CASE("a set in which a secret stands beside public keys is refused") {
  const json mixed{{"keys", json::array{vector(rs256).at("jwk"), vector(hs256).at("jwk")}}};
  CHECK_THROWS_WITH_AS(jwt_keys::set(mixed.dump()), doctest::Contains("secret beside public"), std::invalid_argument);
}

TEST_CASE("a text that is no set of keys is refused") {
  for (const auto* text : {"", "{", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[],"keys":[]})",
                           R"({"keys":[{"kty":"oct","kty":"oct"}]})", R"({"kty":"oct"})"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(jwt_keys::set(text), std::invalid_argument);
  }
  const json too_many{{"keys", json::array(101, vector(es256).at("jwk"))}};
  CHECK_THROWS_WITH_AS(jwt_keys::set(too_many.dump()), doctest::Contains("more than 100"), std::invalid_argument);
}

TEST_CASE("PEM may hold several public keys, and nothing weak") {
  const auto both = vector(rs256).as_string("pem") + vector(es256).as_string("pem");
  CHECK(accepts(jwt_keys::pem(both), vector(rs256).as_string("token")));
  CHECK(accepts(jwt_keys::pem(both), vector(es256).as_string("token")));
  CHECK_THROWS_AS(jwt_keys::pem(""), std::invalid_argument);
  CHECK_THROWS_AS(jwt_keys::pem("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), std::invalid_argument);
  const auto& unusable = test::vectors_of_node().at("unusable");
  CHECK_THROWS_WITH_AS(jwt_keys::pem(unusable.at("weak").as_string("pem")), doctest::Contains("2048"),
                       std::invalid_argument);
  CHECK_THROWS_AS(jwt_keys::pem(unusable.at("secp256k1").as_string("pem")), std::invalid_argument);
}

TEST_CASE("a secret has 32 bytes or more, and verifies only with hashes that are no longer") {
  CHECK_THROWS_AS(jwt_keys::secret(std::string(31, 's')), std::invalid_argument);
  const auto& hs512 = vector(15);
  CHECK(accepts(jwt_keys::set(test::set_of(hs512["jwk"])), hs512.as_string("token")));
  const jwt_verifier tokens{jwt_keys::secret(std::string(63, 's'))};
  const auto result = tokens.verify(hs512.as_string("token"));
  REQUIRE(std::holds_alternative<bennu::jwt_refusal>(result));
  CHECK(std::get<bennu::jwt_refusal>(result).error == bennu::jwt_error::unknown_key);
}

TEST_CASE("a file holds PEM or a JWK set") {
  const auto path = (std::filesystem::temp_directory_path() / ("jwt_keys_" + std::to_string(::getpid()))).string();
  std::ofstream{path} << vector(es256).as_string("pem");
  CHECK(accepts(jwt_keys::file(path), vector(es256).as_string("token")));
  std::ofstream{path} << test::set_of(vector(es256).at("jwk"));
  CHECK(accepts(jwt_keys::file(path), vector(es256).as_string("token")));
  std::ofstream{path} << "neither";
  CHECK_THROWS_AS(jwt_keys::file(path), std::invalid_argument);
  std::filesystem::remove(path);
  CHECK_THROWS_AS(jwt_keys::file(path), std::invalid_argument);
}

TEST_CASE("keys are fetched with https, or with http from this machine") {
  for (const auto* url :
       {"", "jwks.json", "http://id.test/", "http://127.0.0.1.id.test/", "http://192.168.0.1/", "ftp://localhost/",
        "file:///etc/passwd", "https://ana:secret@id.test/", "http://localhost@id.test/", "https://"}) {
    CAPTURE(url);
    CHECK_THROWS_AS(jwt_keys::url(url), std::invalid_argument);
  }
}
