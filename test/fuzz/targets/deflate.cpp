#include <bennu/transport/internal/deflate.hpp>
#include <bennu/transport/internal/permessage_deflate.hpp>

#include "../fuzz.hpp"

void try_input(std::string_view input) {
  constexpr std::size_t most = 100'000;
  bool too_big = false;
  const auto inflated = bennu::inflate_message(input, most, too_big);
  require(!(inflated && too_big), "what is too large is not handed out");
  if (inflated) require(inflated->size() <= most, "nothing is larger than allowed");

  const auto deflated = bennu::deflate_message(input);
  const auto back = bennu::inflate_message(deflated, input.size(), too_big);
  require(back == input, "what was compressed can be inflated");

  const std::string_view offers[] = {input};
  bennu::accept_permessage_deflate(offers);
}
