#include "../frame_checks.hpp"

void try_input(std::string_view input) {
  static const bennu::v2_json wire{0};
  check_decoded(wire, bennu::message_kind::binary, input);
}
