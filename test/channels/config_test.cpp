#include <bennu/channels/config.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace {

using bennu::config;
using bennu::program_option;

config read(std::vector<std::string> args, const std::vector<program_option>& own) {
  args.insert(args.begin(), "program");
  std::vector<char*> argv;
  for (auto& arg : args) argv.push_back(arg.data());
  return config::from_args(static_cast<int>(argv.size()), argv.data(), {}, own);
}

}  // namespace

TEST_CASE("a program's own options stand among the others, in any order and as often as they like") {
  std::vector<std::string> folders;
  const program_option folder{"--www", "DIR", "a folder", [&](std::string_view value) { folders.emplace_back(value); }};
  const auto result = read({"--www", "a", "--port", "4001", "--www", "--port", "--host", "::"}, {folder});
  CHECK(folders == std::vector<std::string>{"a", "--port"});
  CHECK(result.port == 4001);
  CHECK(result.host == "::");
}
