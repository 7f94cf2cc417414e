#include <bennu/runtime/text_file.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

namespace {

/// A folder that is removed at the end.
struct folder {
  folder() : path(std::filesystem::temp_directory_path() / ("text_file_test." + std::to_string(::getpid()))) {
    std::filesystem::create_directory(path);
  }
  ~folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream{path / name, std::ios::binary} << text;
    return (path / name).string();
  }

  std::filesystem::path path;
};

std::string refusal_of(const std::string& path) {
  try {
    bennu::read_text_file(path, "keys");
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a file is read with all its bytes") {
  const folder here;
  const std::string text = std::string{"a\0\r\n", 4} + std::string(200'000, 'x');
  CHECK(bennu::read_text_file(here.file("text", text), "keys") == text);
  CHECK(bennu::read_text_file(here.file("empty", ""), "keys").empty());
}

TEST_CASE(
    "a folder, a device, a pipe without a writer and a file that is not there are refused at once, with the reason") {
  const folder here;
  const auto pipe = (here.path / "pipe").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const auto& path : {here.path.string(), std::string{"/dev/zero"}, pipe}) {
    CHECK(refusal_of(path) == "cannot read the keys in " + path + ": it is not a regular file");
  }
  const auto absent = (here.path / "absent").string();
  CHECK(refusal_of(absent) == "cannot read the keys in " + absent + ": No such file or directory");
}

TEST_CASE("a file that is too large is refused") {
  const folder here;
  const auto path = here.file("large", "");
  std::filesystem::resize_file(path, bennu::max_text_file_bytes + 1);
  CHECK(refusal_of(path) == "cannot read the keys in " + path + ": it is too large");
}
