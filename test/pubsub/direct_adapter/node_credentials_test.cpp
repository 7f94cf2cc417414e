#include <bennu/pubsub/direct_adapter/internal/node_credentials.hpp>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

using bennu::node_credentials;

namespace {

/// A folder for the time of a test.
struct folder {
  folder() : path(std::filesystem::temp_directory_path() / ("bennu-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(path);
  }
  ~folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name, const std::string& text) const {
    const auto at = path / name;
    std::ofstream{at} << text;
    return at;
  }
  std::filesystem::path path;
};

const std::string cookie = "a secret of some length";

}  // namespace

TEST_CASE("nodes with the same cookie have the same certificate and key, nodes with another one have others") {
  const auto a = node_credentials::of_cookie(cookie);
  const auto b = node_credentials::of_cookie(cookie);
  const auto c = node_credentials::of_cookie(cookie + '.');
  CHECK(a.certificate.starts_with("-----BEGIN CERTIFICATE-----"));
  CHECK(a.certificate == b.certificate);
  CHECK(a.key == b.key);
  CHECK(a.certificate != c.certificate);
  CHECK(a.key != c.key);
}

TEST_CASE("nodes of all versions derive the same key from a cookie") {
  // PKCS #8 of an Ed25519 key whose seed is PBKDF2-HMAC-SHA256 of the cookie; computed with Python's hashlib.
  CHECK(node_credentials::of_cookie(cookie).key ==
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIFDE+XWtFrEhcx4imGyvKSqBZR/YeFDY5JcUGLeZWMaN\n"
        "-----END PRIVATE KEY-----\n");
}

TEST_CASE("a short cookie is refused, and so is none") {
  CHECK_THROWS_WITH_AS(node_credentials::from_cookies({"fifteen bytes.."}),
                       "a cluster's cookie must have 16 bytes or more, got 15", std::invalid_argument);
  CHECK_THROWS_AS(node_credentials::from_cookies({}), std::invalid_argument);
}

TEST_CASE("a file that is of no use is named") {
  const folder f;
  const auto made = node_credentials::of_cookie(cookie);
  const auto cert = f.file("cert", made.certificate);
  const auto key = f.file("key", made.key);
  const auto other_key = f.file("other key", node_credentials::of_cookie(cookie + '.').key);
  const auto nonsense = f.file("nonsense", "nonsense");
  CHECK_FALSE(node_credentials::from_files(cert, key, cert)->is_cookie());
  const auto check = [](const std::string& c, const std::string& k, const std::string& a, const std::string& named) {
    try {
      node_credentials::from_files(c, k, a);
      FAIL("they were accepted");
    } catch (const std::invalid_argument& e) {
      CHECK_MESSAGE(std::string{e.what()}.find(named) != std::string::npos, e.what());
    }
  };
  check("", key, cert, "needs a certificate");
  check(cert, "", cert, "needs a key");
  check(cert, key, "", "authority");
  check(nonsense, key, cert, nonsense);
  check(cert, nonsense, cert, nonsense);
  check(cert, other_key, cert, other_key);
  check(cert, key, nonsense, nonsense);
  check(cert, key, f.path / "absent", "absent");
}
