#include <bennu/runtime/caf.hpp>

#include <caf/atom.hpp>
#include <caf/deep_to_string.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_message.hpp>
#include <caf/sec.hpp>

namespace bennu {

namespace {

const auto category = caf::atom("bennu");
const auto caf_exit_category = caf::atom("exit");

}  // namespace

caf::error to_caf(const exit_reason& reason) {
  using kind = exit_reason::kind;
  switch (reason.code()) {
    case kind::normal:
      return caf::none;
    case kind::shutdown:
      return caf::exit_reason::user_shutdown;
    case kind::killed:
      return caf::exit_reason::kill;
    case kind::error:
      return {static_cast<std::uint8_t>(kind::error), category, caf::make_message(std::string{reason.text()})};
    default:
      return {static_cast<std::uint8_t>(reason.code()), category};
  }
}

exit_reason to_exit_reason(const caf::error& reason) {
  using kind = exit_reason::kind;
  if (!reason) return kind::normal;
  if (reason.category() == category) {
    const auto code = static_cast<kind>(reason.code());
    if (code != kind::error) return code;
    return exit_reason::error(reason.context().get_as<std::string>(0));
  }
  if (reason.category() == caf_exit_category) {
    switch (static_cast<caf::exit_reason>(reason.code())) {
      case caf::exit_reason::normal:
        return kind::normal;
      case caf::exit_reason::user_shutdown:
        return kind::shutdown;
      case caf::exit_reason::kill:
        return kind::killed;
      case caf::exit_reason::remote_link_unreachable:
        return kind::no_connection;
      default:
        break;
    }
  }
  return exit_reason::error(caf::deep_to_string(reason));
}

}  // namespace bennu
