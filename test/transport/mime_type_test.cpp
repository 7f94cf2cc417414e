#include <doctest/doctest.h>

#include <string_view>

#include <bennu/transport/mime_type.hpp>

using namespace bennu;

TEST_CASE("the extension of a file's name tells its type") {
  struct row {
    std::string_view path;
    std::string_view type;
  };
  constexpr std::string_view unknown = "application/octet-stream";
  const row rows[] = {
      {"index.html", "text/html; charset=utf-8"},
      {"/a/b/app.js", "text/javascript; charset=utf-8"},
      {"phoenix.mjs", "text/javascript; charset=utf-8"},
      {"app.CSS", "text/css; charset=utf-8"},
      {"app.js.map", "application/json"},
      {"logo.svg", "image/svg+xml"},
      {"a.tar.gz", "application/gzip"},
      {"font.woff2", "font/woff2"},
      {"a.wasm", "application/wasm"},
      {"", unknown},
      {"README", unknown},
      {"a.unknown", unknown},
      {"a.", unknown},
      {".html", unknown},
      {"/x/.html", unknown},
      {"a.html/b", unknown},
      {"html", unknown},
  };
  for (const auto& [path, type] : rows) {
    CAPTURE(path);
    CHECK(mime_type(path) == type);
  }
}
