#include <bennu/pubsub/caf_adapter/internal/credentials.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

using bennu::credentials;

namespace {

std::string content(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

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

TEST_CASE("who has the same cookie has the same certificate and key, who has another has others") {
  const auto a = credentials::from_cookie(cookie);
  const auto b = credentials::from_cookie(cookie);
  const auto c = credentials::from_cookie(cookie + '.');
  CHECK(content(a.certificate_path()).starts_with("-----BEGIN CERTIFICATE-----"));
  CHECK(content(a.key_path()).starts_with("-----BEGIN PRIVATE KEY-----"));
  CHECK(content(a.certificate_path()) == content(b.certificate_path()));
  CHECK(content(a.key_path()) == content(b.key_path()));
  CHECK(content(a.certificate_path()) == content(a.authority_path()));
  CHECK(content(a.certificate_path()) != content(c.certificate_path()));
  CHECK(content(a.key_path()) != content(c.key_path()));
}

TEST_CASE("all nodes make the same of a cookie, whatever version they are of") {
  const auto made = credentials::from_cookie(cookie);
  // PKCS #8 of an Ed25519 key whose seed is PBKDF2-HMAC-SHA256 of the cookie; computed with Python's hashlib.
  CHECK(content(made.key_path()) ==
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIFDE+XWtFrEhcx4imGyvKSqBZR/YeFDY5JcUGLeZWMaN\n"
        "-----END PRIVATE KEY-----\n");
}

TEST_CASE("a short cookie is refused") {
  CHECK_THROWS_WITH_AS(credentials::from_cookie("fifteen bytes.."),
                       "a cluster's cookie must have 16 bytes or more, got 15", std::invalid_argument);
}

TEST_CASE("files are read once, and can be read after they are gone") {
  const auto made = credentials::from_cookie(cookie);
  const auto other = [&] {
    const folder f;
    return credentials::from_files(f.file("cert", content(made.certificate_path())),
                                   f.file("key", content(made.key_path())),
                                   f.file("ca", content(made.authority_path())));
  }();
  CHECK(content(other.key_path()) == content(made.key_path()));
  CHECK(content(other.key_path()) == content(made.key_path()));
}

TEST_CASE("a file that is of no use is named") {
  const folder f;
  const auto made = credentials::from_cookie(cookie);
  const auto cert = f.file("cert", content(made.certificate_path()));
  const auto key = f.file("key", content(made.key_path()));
  const auto other_key = f.file("other key", content(credentials::from_cookie(cookie + '.').key_path()));
  const auto nonsense = f.file("nonsense", "nonsense");
  const auto check = [](const std::string& c, const std::string& k, const std::string& a, const std::string& named) {
    try {
      credentials::from_files(c, k, a);
      FAIL("they were accepted");
    } catch (const std::invalid_argument& e) {
      CHECK_MESSAGE(std::string{e.what()}.find(named) != std::string::npos, e.what());
    }
  };
  check("", key, cert, "wants a certificate");
  check(cert, "", cert, "wants a key");
  check(cert, key, "", "authority");
  check(nonsense, key, cert, nonsense);
  check(cert, nonsense, cert, nonsense);
  check(cert, other_key, cert, other_key);
  check(cert, key, nonsense, nonsense);
  check(cert, key, f.path / "absent", "absent");
}
