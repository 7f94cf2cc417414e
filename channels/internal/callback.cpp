#include <bennu/channels/internal/callback.hpp>

#include <cstddef>

#include <bennu/runtime/type_name.hpp>

namespace bennu {

std::string describe(callback which, std::string_view event) {
  static constexpr std::string_view names[] = {"join", "in", "out", "info", "terminate"};
  std::string text{names[static_cast<std::size_t>(which)]};
  if (event.empty()) return text;
  return text + " \"" +
         (which == callback::info ? readable_type_name(std::string{event}.c_str()) : std::string{event}) + '"';
}

}  // namespace bennu
