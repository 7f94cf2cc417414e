#include <chat/text.hpp>

#include <doctest/doctest.h>

using chat::cleaned;
using chat::visible;

TEST_CASE("a text must have a visible character, of any script") {
  for (const auto* text : {"a", " a ", "\xe5\x8d\x83\xe5\xb0\x8b"}) CHECK(visible()(text) == "");
  for (const auto* text : {"", " ", "   ", "\u3000", "\u200B", "\u2800\u00A0"}) {
    CHECK(visible()(text) == "expected text, got only white space");
  }
}

TEST_CASE("a text has no control characters but those that are allowed, which alone are nothing to see") {
  for (const auto* text : {"a\nb", "\tb", "a\x1b", "a\x7f"}) {
    CHECK(visible()(text) == "expected text without control characters");
  }
  CHECK(visible("\n\t")("a\n\tb") == "");
  CHECK(visible("\n\t")("\n \t") == "expected text, got only white space");
  CHECK(visible("\n\t")("a\rb") == "expected text without control characters");
}

TEST_CASE("invisible characters, and those that reverse the direction of writing, are removed from a name") {
  for (const auto* text : {"A\u200Bna", "\u202EAna", "Ana\u202C", "A\u2066n\u2069a", "\uFEFFAna", "A\u00ADna",
                           "An\u200Da", "Ana\U000E0041", "\u061CAna", "Ana\uFE0F", "\u2028Ana", "A\u0085na"}) {
    CHECK(cleaned(text) == "Ana");
  }
  CHECK(cleaned("\u200B\u200D") == "");
}

TEST_CASE("a name has single spaces, between words only") {
  CHECK(cleaned("  Ana \u00A0 Maria\u3000") == "Ana Maria");
  CHECK(cleaned("Ana\u200B \u200BMaria") == "Ana Maria");
}

TEST_CASE("names of all scripts stay as they are") {
  for (const auto* text : {"", "Ana", "José", "千尋", "Ὀδυσσεύς", "שרה", "\U0001F426"}) CHECK(cleaned(text) == text);
}
