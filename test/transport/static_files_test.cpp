#include <doctest/doctest.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bennu/transport/internal/open_beneath.hpp>
#include <bennu/transport/internal/static_files.hpp>

using namespace bennu;
using namespace std::literals;
namespace fs = std::filesystem;

namespace {

void write_file(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream{path, std::ios::binary} << text;
}

std::string read_all(int fd) {
  std::string text;
  char buffer[64];
  for (ssize_t n = 0; (n = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<std::size_t>(n));
  return text;
}

std::optional<std::string_view> header(const http_response& answer, std::string_view name) {
  return answer.headers.find(name);
}

/// A directory with files to serve, beside one with a secret. Both vanish in the end.
class site {
public:
  site() {
    auto pattern = (fs::temp_directory_path() / "bennu-static-files-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()));
    top_ = pattern;
    write_file(top_ / "secret.txt", "secret");
    write_file(root() / "index.html", "home");
    write_file(root() / "app.js", "js");
    write_file(root() / "empty.txt", "");
    write_file(root() / "a b+c%.txt", "odd name");
    write_file(root() / "docs/index.html", "docs");
    write_file(root() / "docs/deep/page.html", "page");
    write_file(root() / ".env", "password");
    write_file(root() / ".git/config", "config");
    write_file(root() / ".well-known/security.txt", "contact");
    fs::create_directory(root() / "bare");
    fs::create_symlink("docs/deep/page.html", root() / "link-within.html");
    fs::create_symlink("../app.js", root() / "docs/link-up-within.js");
    fs::create_symlink("docs", root() / "directory-link-within");
    fs::create_symlink("../secret.txt", root() / "link-out.txt");
    fs::create_symlink(top_ / "secret.txt", root() / "absolute-link-out.txt");
    fs::create_symlink("..", root() / "directory-link-out");
    fs::create_symlink("loop", root() / "loop");
    fs::create_symlink("nowhere", root() / "dangling");
  }
  ~site() {
    std::error_code ignored;
    fs::remove_all(top_, ignored);
  }
  site(const site&) = delete;
  site& operator=(const site&) = delete;

  fs::path root() const { return top_ / "www"; }
  static_files files() const { return static_files{root()}; }

private:
  fs::path top_;
};

}  // namespace

TEST_CASE_FIXTURE(site, "a file below the directory is found by its decoded path") {
  struct row {
    std::string_view path;
    std::string_view body;
    std::string_view type;
  };
  constexpr std::string_view html = "text/html; charset=utf-8";
  constexpr std::string_view text = "text/plain; charset=utf-8";
  constexpr std::string_view script = "text/javascript; charset=utf-8";
  const row rows[] = {
      {"/", "home", html},
      {"/index.html", "home", html},
      {"/app.js", "js", script},
      {"/%61pp%2Ejs", "js", script},
      {"/empty.txt", "", text},
      {"/a%20b+c%25.txt", "odd name", text},
      {"/docs/", "docs", html},
      {"/docs/deep/page.html", "page", html},
      {"/docs%2Fdeep%2fpage.html", "page", html},
      {"/.well-known/security.txt", "contact", text},
      {"/link-within.html", "page", html},
      {"/docs/link-up-within.js", "js", script},
      {"/directory-link-within/", "docs", html},
      {"/directory-link-within/deep/page.html", "page", html},
  };
  const auto served = files();
  for (const auto& [path, body, type] : rows) {
    CAPTURE(path);
    const auto answer = served.find(path, std::nullopt);
    REQUIRE(answer.status == 200);
    CHECK(read_all(answer.file.get()) == body);
    CHECK(answer.file_size == body.size());
    CHECK(header(answer, "content-type") == type);
    CHECK(header(answer, "cache-control") == "no-cache"sv);
  }
}

TEST_CASE_FIXTURE(site, "a file that does not exist, or may not be served, is 404") {
  REQUIRE(::mkfifo((root() / "fifo").c_str(), 0600) == 0);
  const auto served = files();
  const auto secret = (root().parent_path() / "secret.txt").string();
  const std::string too_long(5000, 'x');
  for (const std::string& path : std::vector<std::string>{
           "", "app.js", "/nothing", "/docs/nothing", "/app.js/", "/app.js/x", "/bare/", "/fifo", "/loop", "/dangling",
           // out of the directory
           "/..", "/../secret.txt", "/docs/../../secret.txt", "/docs/../app.js", "/%2e%2e/secret.txt",
           "/..%2fsecret.txt", "/docs/..%2F..%2Fsecret.txt", "/./app.js", "//app.js", "/docs//index.html", "/" + secret,
           secret, "/%2F" + secret, "/docs/..", "/link-out.txt", "/absolute-link-out.txt",
           "/directory-link-out/secret.txt", "/directory-link-out/", "/..\\secret.txt",
           // hidden
           "/.env", "/.git/config", "/.git/", "/.well-known/../.env", "/.well-known/.env",
           // no path at all
           "/%", "/%zz", "/app.js%00", "/app.js%00.html", "/" + too_long, "/app.js?x", "*"}) {
    CAPTURE(path);
    const auto answer = served.find(path, "*");
    CHECK(answer.status == 404);
    CHECK_FALSE(answer.file);
    CHECK_FALSE(answer.headers.contains("etag"));
  }
}

TEST_CASE_FIXTURE(site, "a directory's path without its last slash is sent to the one with it") {
  const auto served = files();
  write_file(root() / "a b/c:d/index.html", "colon");
  write_file(root() / "caf\xC3\xA9/index.html", "accent");
  const std::pair<std::string_view, std::string_view> rows[] = {{"/docs", "./docs/"},
                                                                {"/docs/deep", "./deep/"},
                                                                {"/bare", "./bare/"},
                                                                {"/a%20b/c:d", "./c:d/"},
                                                                {"/caf%C3%A9", "./caf%C3%A9/"}};
  for (const auto& [path, location] : rows) {
    CAPTURE(path);
    const auto answer = served.find(path, std::nullopt);
    CHECK(answer.status == 301);
    CHECK(header(answer, "location") == location);
    CHECK_FALSE(answer.file);
  }
  CHECK(served.find("/caf\xC3\xA9", std::nullopt).status == 404);
  CHECK(served.find("/caf\xC3\xA9/", std::nullopt).status == 200);
}

TEST_CASE_FIXTURE(site, "a client whose copy is still good gets 304 without a body") {
  const auto served = files();
  const auto first = served.find("/app.js", std::nullopt);
  const std::string tag{header(first, "etag").value()};
  for (const auto& if_none_match : {tag, "W/" + tag, "\"x\", " + tag + ", \"y\"", "*"s}) {
    CAPTURE(if_none_match);
    const auto answer = served.find("/app.js", if_none_match);
    CHECK(answer.status == 304);
    CHECK(header(answer, "etag") == tag);
    CHECK(header(answer, "content-type") == std::nullopt);
    CHECK_FALSE(answer.file);
  }
  CHECK(served.find("/app.js", "\"other\"").status == 200);
}

TEST_CASE_FIXTURE(site, "a file that is written anew has another entity tag") {
  const auto served = files();
  const auto tag_now = [&] { return std::string{header(served.find("/app.js", std::nullopt), "etag").value()}; };
  const auto set_mtime = [&](long seconds, long nanoseconds) {
    const timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
    REQUIRE(::utimensat(AT_FDCWD, (root() / "app.js").c_str(), times, 0) == 0);
  };
  set_mtime(1'000'000, 5);
  const auto before = tag_now();
  CHECK(tag_now() == before);
  set_mtime(1'000'000, 6);
  CHECK(tag_now() != before);
  set_mtime(1'000'001, 5);
  CHECK(tag_now() != before);
  write_file(root() / "app.js", "longer");
  set_mtime(1'000'000, 5);
  CHECK(tag_now() != before);
}

TEST_CASE_FIXTURE(site, "files are still found if their directory is renamed") {
  const auto served = files();
  fs::rename(root(), root().parent_path() / "moved");
  CHECK(served.find("/app.js", std::nullopt).status == 200);
}

TEST_CASE_FIXTURE(site, "a file for which there is no descriptor is 503, and found later") {
  const static_files served{root()};
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{0, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto status = served.find("/app.js", std::nullopt).status;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(status == 503);
  CHECK(served.find("/app.js", std::nullopt).status == 200);
}

TEST_CASE_FIXTURE(site, "a directory that cannot be opened is refused at once, and named") {
  for (const auto& path : {root() / "nowhere", root() / "app.js"}) {
    std::string error;
    try {
      static_files{path};
    } catch (const std::system_error& e) {
      error = e.what();
    }
    CHECK(error.find("cannot serve files from the directory " + path.string()) == 0);
  }
}

TEST_CASE("an If-None-Match header names the versions that the client has") {
  struct row {
    std::string_view header;
    bool matches;
  };
  const row rows[] = {
      {"\"a,b\"", true}, {"W/\"a,b\"", true}, {"\"x\", \"a,b\"", true}, {"\"x\",\"a,b\",\"y\"", true}, {"*", true},
      {" * ", true},     {"", false},         {"a,b", false},           {"\"a\", \"b\"", false},       {"\"a,b", false},
      {"\"\"", false},   {"\"a,bc\"", false}, {"\"*\"", false},         {"\"x\"a,b\"", false}};
  for (const auto& [text, matches] : rows) {
    CAPTURE(text);
    CHECK(etag_matches(text, "\"a,b\"") == matches);
  }
}

TEST_CASE_FIXTURE(site, "files are opened only below a directory, with the kernel's help or without") {
  const unique_fd directory{::open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  const auto absolute = (root() / "app.js").string();
  for (const auto open : {open_beneath, open_beneath_without_links}) {
    for (const auto* path : {"app.js", "docs/deep/page.html", "docs", "docs/deep"}) {
      CAPTURE(path);
      CHECK(open(directory.get(), path));
    }
    for (const auto* path : {"", "nothing", "app.js/x", "..", "../secret.txt", "docs/../../secret.txt", "link-out.txt",
                             "absolute-link-out.txt", "directory-link-out/secret.txt", "loop", "dangling",
                             "/etc/passwd", absolute.c_str()}) {
      CAPTURE(path);
      CHECK_FALSE(open(directory.get(), path));
      CHECK(errno != 0);
    }
  }
  CHECK_FALSE(open_beneath_without_links(directory.get(), "link-within.html"));
  CHECK_FALSE(open_beneath_without_links(directory.get(), "directory-link-within/index.html"));
}
