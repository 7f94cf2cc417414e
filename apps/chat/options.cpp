#include "options.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace chat {

namespace {

/// There are 100 rooms for all, so one client must not fill them.
constexpr std::size_t max_rooms_per_socket = 10;

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

}  // namespace

options options::from_args(int argc, char** argv) {
  std::filesystem::path www = CHAT_SOURCE_DIR "/www";
  const bennu::program_option folder{"--www", "DIR", "the folder of the page (" + www.string() + ')',
                                     [&www](std::string_view value) { www = value; }};
  bennu::config defaults;
  defaults.limits.max_channels_per_socket = max_rooms_per_socket + 1;  // and the list of rooms
  auto server = bennu::config::from_args(argc, argv, defaults, {folder});
  options result{std::move(server), www,
                 std::filesystem::absolute(www / "../node_modules/phoenix/priv/static").lexically_normal()};
  if (!is_file(result.www / "index.html")) {
    refuse("there is no page in " + result.www.string() + ": --www names the folder of index.html");
  }
  if (!is_file(result.phoenix / "phoenix.mjs")) {
    refuse("there is no phoenix.mjs in " + result.phoenix.string() + ": npm ci, beside the page's folder, installs it");
  }
  return result;
}

}  // namespace chat
