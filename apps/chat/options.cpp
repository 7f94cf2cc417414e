#include "options.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace chat {

namespace {

[[noreturn]] void refuse(int exit_code, const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(exit_code);
}

bool is_file(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

}  // namespace

options options::from_args(int argc, char** argv) {
  std::filesystem::path www = CHAT_SOURCE_DIR "/www";
  std::vector<char*> others;
  for (int i = 0; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--help") std::printf("also: --www DIR         the folder of the page (%s)\n", www.c_str());
    if (option != "--www") {
      others.push_back(argv[i]);
    } else if (++i < argc) {
      www = argv[i];
    } else {
      refuse(2, "--www wants a value");
    }
  }
  options result{bennu::config::from_args(static_cast<int>(others.size()), others.data()), www,
                 std::filesystem::absolute(www / "../node_modules/phoenix/priv/static").lexically_normal()};
  if (!is_file(result.www / "index.html")) {
    refuse(1, "there is no page in " + result.www.string() + ": --www names the folder of index.html");
  }
  if (!is_file(result.phoenix / "phoenix.mjs")) {
    refuse(1,
           "there is no phoenix.mjs in " + result.phoenix.string() + ": npm ci, beside the page's folder, installs it");
  }
  return result;
}

}  // namespace chat
