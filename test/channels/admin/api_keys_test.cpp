#include <bennu/channels/admin/internal/api_keys.hpp>

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using bennu::api_keys;
using bennu::api_scope;

namespace {

std::string fault_of(std::string_view text) {
  try {
    api_keys::parse(text, "keys");
  } catch (const std::invalid_argument& fault) {
    return fault.what();
  }
  return {};
}

}  // namespace

TEST_CASE("a key has a name, a secret and scopes; a hash sign at the beginning of a word begins a comment") {
  const auto all =
      api_keys::parse("# keys\n\n  shop\ts#1  publish   # until March\r\nops s2 publish,read,manage\n", "keys");
  CHECK(all.size() == 2);
  const auto* const shop = all.find("s#1");
  REQUIRE(shop != nullptr);
  CHECK(shop->name == "shop");
  CHECK(shop->allows(api_scope::publish));
  CHECK_FALSE(shop->allows(api_scope::read));
  CHECK_FALSE(shop->allows(api_scope::manage));
  const auto* const ops = all.find("s2");
  REQUIRE(ops != nullptr);
  for (const auto scope : {api_scope::publish, api_scope::read, api_scope::manage}) CHECK(ops->allows(scope));
}

TEST_CASE("only the whole secret finds a key") {
  const auto all = api_keys::parse("a secret read\n", "keys");
  for (const auto* secret : {"", "secre", "secrets", "Secret", " secret", "a"}) CHECK(all.find(secret) == nullptr);
  CHECK(api_keys{}.find("") == nullptr);
}

TEST_CASE("a fault names file, line and column, and no word of the line") {
  CHECK(fault_of("a secret read").empty());
  CHECK(fault_of("a hidden\n") == "keys:1:9: a key has a name, a secret and scopes: a word is missing");
  CHECK(fault_of("\na b read c\n") == "keys:2:10: a word too many; a key has a name, a secret and scopes");
  const std::string scopes = ": unknown scope; the scopes are publish, read and manage, with commas in between";
  CHECK(fault_of("a read hidden\n") == "keys:1:8" + scopes);
  CHECK(fault_of("a b read,\n") == "keys:1:10" + scopes);
  CHECK(fault_of("a b publish,hidden\n") == "keys:1:13" + scopes);
  CHECK(fault_of("a b read\na c read\n") == "keys:2:1: another key has this name");
  CHECK(fault_of("a b read\nc b read\n") == "keys:2:3: another key has this secret");
  CHECK(fault_of("a h\xC3\xA9 read\n") == "keys:1:4: a secret has visible ASCII characters only");
  CHECK(fault_of(std::string(101, 'n') + " b read\n") == "keys:1:1: the name is too long");
  CHECK(fault_of("a " + std::string(1'001, 's') + " read\n") == "keys:1:3: the secret is too long");
}

TEST_CASE("there may be a thousand keys") {
  std::string text;
  for (std::size_t i = 0; i < api_keys::max_keys; ++i)
    text += 'k' + std::to_string(i) + " s" + std::to_string(i) + " read\n";
  CHECK(fault_of(text).empty());
  CHECK(fault_of(text + "more s read\n") == "keys:1001:1: too many keys");
}

TEST_CASE("a file that is not there is a fault") {
  CHECK_THROWS_WITH_AS(api_keys::from_file("/nowhere/keys"),
                       "cannot read the keys in /nowhere/keys: No such file or directory", std::invalid_argument);
}
