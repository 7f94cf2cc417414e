#include <bennu/runtime/exit_reason.hpp>

namespace bennu {

std::string_view exit_reason::text() const noexcept {
  switch (kind_) {
    case kind::normal:
      return "normal";
    case kind::shutdown:
      return "shutdown";
    case kind::left:
      return "left";
    case kind::closed:
      return "closed";
    case kind::disconnected:
      return "disconnected";
    case kind::duplicate_join:
      return "duplicate join";
    case kind::inactive:
      return "inactive";
    case kind::rejected:
      return "rejected";
    case kind::overloaded:
      return "overloaded";
    case kind::killed:
      return "killed";
    case kind::no_connection:
      return "no connection";
    case kind::error:
      break;
  }
  return text_;
}

}  // namespace bennu
