#include "../frame_checks.hpp"

void try_input(std::string_view input) {
  if (!bennu::is_valid_utf8(input)) return;  // the transport lets no other text through
  static const bennu::v1_json wire{0};
  check_decoded(wire, bennu::message_kind::text, input);
}
