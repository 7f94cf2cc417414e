#include <chat/text.hpp>

#include <doctest/doctest.h>

using chat::visible;

TEST_CASE("a text has something to see, in whatever script") {
  for (const auto* text : {"a", " a ", "\xe5\x8d\x83\xe5\xb0\x8b"}) CHECK(visible()(text) == "");
  for (const auto* text : {"", " ", "   "}) CHECK(visible()(text) == "expected text, got only white space");
}

TEST_CASE("a text has no control characters but those that are allowed, which alone are nothing to see") {
  for (const auto* text : {"a\nb", "\tb", "a\x1b", "a\x7f"}) {
    CHECK(visible()(text) == "expected text without control characters");
  }
  CHECK(visible("\n\t")("a\n\tb") == "");
  CHECK(visible("\n\t")("\n \t") == "expected text, got only white space");
  CHECK(visible("\n\t")("a\rb") == "expected text without control characters");
}
