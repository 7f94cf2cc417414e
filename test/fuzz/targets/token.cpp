#include <bennu/channels/token.hpp>

#include <bennu/channels/internal/external_term.hpp>

#include "../fuzz.hpp"

void try_input(std::string_view input) {
  using namespace bennu::internal;
  static const bennu::token tokens{"a secret of more than twenty bytes"};
  require(std::holds_alternative<bennu::token_error>(tokens.verify("salt", input)), "nobody can guess a signature");

  constexpr auto depth = bennu::token::max_depth;
  const auto term = decode_term(input, depth);
  if (!term) return;
  std::string written(1, term_version);
  append_term(written, term->value, depth);
  const auto again = decode_term(written, depth);
  require(again.has_value(), "what is written can be read");
  require(again->value == term->value, "what is read again is the same");
  if (written.size() > 4000) return;
  const auto signed_text = tokens.sign("salt", term->value, {.max_age = bennu::token::infinity});
  const auto verified = tokens.verify("salt", signed_text);
  require(std::holds_alternative<bennu::json>(verified) && std::get<bennu::json>(verified) == term->value,
          "what was signed is verified");
}
