#include <bennu/channels/jwt/jwt_verifier.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

#include <doctest/doctest.h>

#include "jwt_texts.hpp"

using bennu::json;
using bennu::jwt_keys;
using bennu::jwt_options;
using bennu::jwt_refusal;
using bennu::jwt_result;
using bennu::jwt_verifier;
using bennu::verified_jwt;
using std::chrono::seconds;
using std::chrono::system_clock;
using test::hs256_of;

namespace {

constexpr std::int64_t now_s = 1'800'000'000;
constexpr system_clock::time_point now{seconds{now_s}};

jwt_result verify(std::string_view token, jwt_options options = {}) {
  return jwt_verifier{jwt_keys::secret(test::secret), std::move(options)}.verify(token, now);
}

/// The reason for which a token is refused, or "accepted".
std::string outcome(const jwt_result& result) {
  const auto* refused = std::get_if<jwt_refusal>(&result);
  return refused != nullptr ? std::string{to_string(refused->error)} : "accepted";
}

std::string outcome(const json& claims, jwt_options options = {}) { return outcome(verify(hs256_of(claims), options)); }

std::string outcome_of_header(std::string_view header) {
  return outcome(verify(hs256_of(header, R"({"exp":1900000000})")));
}

std::string outcome_of_claims(std::string_view claims) {
  return outcome(verify(hs256_of(R"({"alg":"HS256"})", claims), {.required_claims = {}}));
}

}  // namespace

TEST_CASE("a good token has its claims and its end") {
  const auto result = verify(hs256_of({{"sub", "ana"}, {"exp", now_s + 60}, {"roles", json::array{"admin"}}}));
  const auto* token = std::get_if<verified_jwt>(&result);
  REQUIRE(token != nullptr);
  CHECK(token->claims.as_string("sub") == "ana");
  CHECK(token->claims.at("roles").at(0) == "admin");
  CHECK(token->expires_at == now + seconds{60});
}

TEST_CASE("the example of RFC 7515, A.1, is accepted") {
  const auto keys = jwt_keys::set(
      R"({"keys":[{"kty":"oct",
      "k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]})");
  const std::string token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlL"
      "mNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const auto at_that_time = system_clock::time_point{seconds{1'300'819'379}};
  const auto result = jwt_verifier{keys, {.issuer = "joe"}}.verify(token, at_that_time);
  REQUIRE(std::holds_alternative<verified_jwt>(result));
  CHECK(std::get<verified_jwt>(result).claims["http://example.com/is_root"] == true);
}

TEST_CASE("the example of RFC 8037, A.4, has a good signature, and a payload that is no claims") {
  const auto keys =
      jwt_keys::set(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})");
  const std::string token =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  CHECK(outcome(jwt_verifier{keys}.verify(token, now)) == "malformed");
  auto altered = token;
  altered[40] = altered[40] == 'A' ? 'B' : 'A';
  CHECK(outcome(jwt_verifier{keys}.verify(altered, now)) == "signature");
}

TEST_CASE("a token of each algorithm is accepted with its JWK, and with its key in PEM") {
  for (const auto& vector : test::vectors_of_node().as_array("vectors")) {
    CAPTURE(vector.as_string("alg"));
    const auto& token = vector.as_string("token");
    CHECK(outcome(jwt_verifier{jwt_keys::set(test::set_of(vector["jwk"]))}.verify(token)) == "accepted");
    if (const auto* pem = vector["pem"].if_string()) {
      CHECK(outcome(jwt_verifier{jwt_keys::pem(*pem)}.verify(token)) == "accepted");
    }
  }
}

TEST_CASE("a token of each algorithm is refused if a bit of it is altered") {
  for (const auto& vector : test::vectors_of_node().as_array("vectors")) {
    CAPTURE(vector.as_string("alg"));
    const jwt_verifier tokens{jwt_keys::set(test::set_of(vector["jwk"]))};
    const auto& token = vector.as_string("token");
    for (const auto place : {token.find('.') + 3, token.rfind('.') + 3, token.size() - 3}) {
      auto altered = token;
      altered[place] = altered[place] == 'A' ? 'B' : 'A';
      CHECK(outcome(tokens.verify(altered)) == "signature");
    }
    CHECK(outcome(tokens.verify(token.substr(0, token.rfind('.') + 1))) == "signature");
    CHECK(outcome(tokens.verify(token.substr(0, token.size() - 4))) != "accepted");
  }
}

TEST_CASE("a public key is never the secret of an HMAC") {
  const auto& rsa = test::vectors_of_node().at("vectors").at(0);
  const auto& pem = rsa.as_string("pem");
  const auto forged = hs256_of(R"({"alg":"HS256"})", R"({"exp":1900000000})", pem);
  CHECK(outcome(jwt_verifier{jwt_keys::pem(pem)}.verify(forged, now)) == "unknown_key");
  CHECK_THROWS_WITH_AS(jwt_keys::secret(pem), doctest::Contains("jwt_keys::pem"), std::invalid_argument);
}

TEST_CASE("a key that is for one algorithm verifies no other") {
  auto jwk = test::vectors_of_node().at("vectors").at(0).at("jwk");
  jwk.set("alg", "PS256");
  const auto& token = test::vectors_of_node().at("vectors").at(0).as_string("token");
  CHECK(outcome(jwt_verifier{jwt_keys::set(test::set_of(jwk))}.verify(token, now)) == "unknown_key");
}

TEST_CASE("algorithms that are unknown, none, or not allowed are refused") {
  for (const auto* name : {"none", "None", "NONE", "hs256", "HS1", "ES256K", "RSA-OAEP", ""}) {
    CAPTURE(name);
    CHECK(outcome_of_header(json{{"alg", name}}.dump()) == "algorithm");
  }
  CHECK(outcome(verify(test::base64url(R"({"alg":"none"})") + "." + test::base64url(R"({"exp":1900000000})") + ".")) ==
        "algorithm");
  CHECK(outcome(json{{"exp", now_s}}, {.algorithms = {"ES256"}}) == "algorithm");
  CHECK(outcome(json{{"exp", now_s}}, {.algorithms = {"ES256", "HS256"}}) == "accepted");
}

TEST_CASE("a header's own keys are never used") {
  const json embedded{{"kty", "oct"}, {"k", test::base64url(std::string(64, 'x'))}};
  const json header{{"alg", "HS256"}, {"jwk", embedded}, {"jku", "https://evil.test/"}, {"x5u", "https://evil.test/"}};
  const auto forged = hs256_of(header.dump(), R"({"exp":1900000000})", std::string(64, 'x'));
  CHECK(outcome(verify(forged)) == "signature");
}

TEST_CASE("a header that is not understood is refused") {
  CHECK(outcome_of_header(R"({"alg":"HS256"})") == "accepted");
  CHECK(outcome_of_header(R"({"alg":"HS256","typ":"at+jwt","x":{"y":[1]}})") == "accepted");
  for (const auto* header :
       {R"({"alg":"HS256","crit":[]})", R"({"alg":"HS256","crit":["exp"],"exp":1})", R"({"alg":"HS256","crit":null})",
        R"({"alg":"HS256","alg":"HS256"})", R"({"alg":"HS256","\u0061lg":"none"})", R"({"alg":["HS256"]})",
        R"({"alg":"HS256","kid":7})", R"({"typ":"JWT"})", R"({})", R"([])", R"("HS256")", R"({"alg":"HS256"} x)",
        R"({"alg":"HS256","x":[[[[[1]]]]]})", "", "{\"alg\":\"HS256\",\"x\":\"\xff\"}"}) {
    CAPTURE(header);
    CHECK(outcome_of_header(header) == "malformed");
  }
}

TEST_CASE("a text that is no token is refused") {
  const auto good = hs256_of({{"exp", now_s}});
  CHECK(outcome(verify("")) == "missing");
  for (const auto& text : {std::string{"."}, std::string{".."}, std::string{"..."}, std::string{"a.b.c"}, good + ".",
                           "." + good, good + "=", good + "\n", " " + good, good.substr(0, good.rfind('.')),
                           R"({"payload":")" + good + R"("})", std::string(good.size(), '\0')}) {
    CAPTURE(text);
    CHECK(outcome(verify(text)) == "malformed");
  }
}

TEST_CASE("a token has at most 8 KiB") {
  const auto token_of = [](std::size_t filler) {
    return hs256_of(json{{"exp", now_s}, {"x", std::string(filler, 'x')}});
  };
  auto filler = jwt_verifier::max_size * 3 / 4 - 100;
  while (token_of(filler + 1).size() <= jwt_verifier::max_size) ++filler;
  CHECK(outcome(verify(token_of(filler))) == "accepted");
  CHECK(outcome(verify(token_of(filler + 3))) == "malformed");
}

TEST_CASE("claims that are no object, or have a name twice, are refused") {
  CHECK(outcome_of_claims(R"({"a":1,"b":{"a":2},"c":[{"a":3},{"a":"x:\":y"}]})") == "accepted");
  for (const auto* claims :
       {R"({"sub":"ana","sub":"eve"})", R"({"sub":"ana","s\u0075b":"eve"})", R"({"a":{"b":1,"b":1}})",
        R"([{"a":1,"a":2}])", R"(["sub"])", "7", "", "{", "{\"sub\":\"\xff\"}"}) {
    CAPTURE(claims);
    CHECK(outcome_of_claims(claims) == "malformed");
  }
  CHECK(outcome_of_claims(R"({"a":)" + std::string(31, '[') + std::string(31, ']') + "}") == "accepted");
  CHECK(outcome_of_claims(R"({"a":)" + std::string(32, '[') + std::string(32, ']') + "}") == "malformed");
}

TEST_CASE("registered claims have their types") {
  for (const auto* claims : {R"({"exp":"1900000000"})", R"({"nbf":true})", R"({"iat":{}})", R"({"exp":null})",
                             R"({"iss":7})", R"({"sub":["ana"]})", R"({"jti":{}})"}) {
    CAPTURE(claims);
    CHECK(outcome_of_claims(claims) == "claim");
  }
}

TEST_CASE("a token holds until exp, from nbf and iat on, with the leeway") {
  CHECK(outcome(json{{"exp", now_s + 1}}, {.leeway = seconds{0}}) == "accepted");
  CHECK(outcome(json{{"exp", now_s}}, {.leeway = seconds{0}}) == "expired");
  CHECK(outcome(json{{"exp", now_s - 29}}) == "accepted");
  CHECK(outcome(json{{"exp", now_s - 30}}) == "expired");
  CHECK(outcome(json{{"exp", -1}}) == "expired");
  for (const auto* name : {"nbf", "iat"}) {
    CHECK(outcome(json{{"exp", now_s + 900}, {name, now_s + 30}}) == "accepted");
    CHECK(outcome(json{{"exp", now_s + 900}, {name, now_s + 31}}) == "not_yet_valid");
    CHECK(outcome(json{{"exp", now_s + 900}, {name, now_s}}, {.leeway = seconds{0}}) == "accepted");
  }
}

TEST_CASE("dates may have fractions, and be beyond the clock's range") {
  const auto expiry = [](const char* exp) {
    const auto result = verify(hs256_of(R"({"alg":"HS256"})", R"({"exp":)" + std::string{exp} + "}"));
    REQUIRE(std::holds_alternative<verified_jwt>(result));
    return std::get<verified_jwt>(result).expires_at.value();
  };
  CHECK(expiry("1800000000.5") == now + std::chrono::milliseconds{500});
  CHECK(expiry("1e300") > now + std::chrono::years{100});
  CHECK(expiry("99999999999999999999") > now + std::chrono::years{100});
  CHECK(outcome_of_claims(R"({"nbf":1e300})") == "not_yet_valid");
  CHECK(outcome_of_claims(R"({"exp":-1e300})") == "expired");
}

TEST_CASE("required claims, by default exp, must be there") {
  CHECK(outcome(json{{"sub", "ana"}}) == "claim");
  CHECK(outcome(json{{"sub", "ana"}}, {.required_claims = {}}) == "accepted");
  CHECK(outcome(json{{"sub", "ana"}}, {.required_claims = {"sub", "team"}}) == "claim");
  CHECK(outcome(json{{"sub", "ana"}, {"team", nullptr}}, {.required_claims = {"sub", "team"}}) == "claim");
  CHECK(outcome(json{{"sub", "ana"}, {"team", 7}}, {.required_claims = {"sub", "team"}}) == "accepted");
}

TEST_CASE("the issuer and the audience must match if they are given") {
  const jwt_options options{.issuer = "https://id.test/", .audience = "chat", .required_claims = {}};
  CHECK(outcome(json{{"iss", "https://id.test/"}, {"aud", "chat"}}, options) == "accepted");
  CHECK(outcome(json{{"iss", "https://id.test/"}, {"aud", json::array{"mail", "chat"}}}, options) == "accepted");
  CHECK(outcome(json{{"iss", "https://id.test"}, {"aud", "chat"}}, options) == "issuer");
  CHECK(outcome(json{{"aud", "chat"}}, options) == "issuer");
  CHECK(outcome(json{{"iss", "https://id.test/"}}, options) == "audience");
  CHECK(outcome(json{{"iss", "https://id.test/"}, {"aud", "chat2"}}, options) == "audience");
  CHECK(outcome(json{{"iss", "https://id.test/"}, {"aud", json::array{"mail"}}}, options) == "audience");
  CHECK(outcome(json{{"iss", "https://id.test/"}, {"aud", json::array{}}}, options) == "audience");
  CHECK(outcome(json{{"iss", "https://id.test/"}, {"aud", {{"chat", "chat"}}}}, options) == "audience");
}

TEST_CASE("a refusal says nothing of the token") {
  const json claims{{"exp", 1}, {"sub", "private-name"}, {"iss", "private-name"}};
  for (const auto& token : {hs256_of(claims), hs256_of(R"({"alg":"private-name"})", "{}"), std::string{"private-name"},
                            hs256_of(R"({"alg":"HS256","kid":"private-name"})", R"({"private-name)")}) {
    const auto result = verify(token, {.issuer = "x"});
    REQUIRE(std::holds_alternative<jwt_refusal>(result));
    const auto& text = std::get<jwt_refusal>(result).text;
    CAPTURE(text);
    CHECK_FALSE(text.empty());
    CHECK(text.find("private") == std::string::npos);
  }
}

TEST_CASE("a kid selects among keys, and a key without one is tried for all") {
  const auto jwk = [](const char* kid, char byte) {
    json key{{"kty", "oct"}, {"k", test::base64url(std::string(64, byte))}};
    if (kid != nullptr) key.set("kid", kid);
    return key;
  };
  const auto outcome_with = [](json::array keys, std::string_view header, char byte) {
    const jwt_verifier tokens{jwt_keys::set(json{{"keys", std::move(keys)}}.dump())};
    return outcome(tokens.verify(hs256_of(header, R"({"exp":1900000000})", std::string(64, byte)), now));
  };
  const json::array two{jwk("a", 'a'), jwk("b", 'b')};
  CHECK(outcome_with(two, R"({"alg":"HS256","kid":"b"})", 'b') == "accepted");
  CHECK(outcome_with(two, R"({"alg":"HS256","kid":"a"})", 'b') == "signature");
  CHECK(outcome_with(two, R"({"alg":"HS256","kid":"c"})", 'b') == "unknown_key");
  CHECK(outcome_with(two, R"({"alg":"HS256"})", 'b') == "accepted");
  CHECK(outcome_with({jwk(nullptr, 'a')}, R"({"alg":"HS256","kid":"c"})", 'a') == "accepted");

  json::array five;
  for (const auto* kid : {"a", "b", "c", "d", "e"}) five.push_back(jwk(kid, *kid));
  CHECK(outcome_with(five, R"({"alg":"HS256"})", 'a') == "unknown_key");
  CHECK(outcome_with(five, R"({"alg":"HS256","kid":"e"})", 'e') == "accepted");
}

TEST_CASE("verifying with a callback calls it at once if the keys are known") {
  const jwt_verifier tokens{jwt_keys::secret(test::secret), {.required_claims = {}}};
  std::string outcomes;
  tokens.verify(hs256_of({{"sub", "ana"}}), [&](const jwt_result& result) { outcomes += outcome(result) + " "; });
  tokens.verify("x.y.z", [&](const jwt_result& result) { outcomes += outcome(result) + " "; });
  CHECK(outcomes == "accepted malformed ");
}
