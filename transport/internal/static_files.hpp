#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include <bennu/runtime/unique_fd.hpp>
#include <bennu/transport/http_response.hpp>

namespace bennu {

/// Answers GET and HEAD with the regular files below a directory.
///
/// Nothing outside of the directory is ever opened, and nothing with a name that begins with a dot (".git", ".env"),
/// except ".well-known" and the files in it (RFC 8615). A request for a directory is answered with its index.html.
/// Files are looked up anew for each request. `find` may be called by any thread.
class static_files {
public:
  /// @throws std::system_error if `root` cannot be opened or is not a directory
  explicit static_files(const std::filesystem::path& root);

  /// The answer to a request, with status
  /// - 200 and a file, which may change while it is sent,
  /// - 301 if a directory's path lacks its last slash,
  /// - 304 if the client's copy is still valid: a file's entity tag consists of its size and its time of modification,
  /// and
  ///   clients are told to revalidate it on each use,
  /// - 404 if there is no such file, or it may not be read,
  /// - 503 if the process has no descriptor for it.
  /// @param path the path of the request's target, below the mount point: percent-encoded, with the leading slash,
  /// without query
  /// @param if_none_match the request's header, nothing if it has none
  http_response find(std::string_view path, std::optional<std::string_view> if_none_match) const;

private:
  unique_fd root_;
};

/// True if, according to an If-None-Match header, the client has this version (RFC 9110, section 13.1.2): it is "*", or
/// one of its entity tags is `tag`, including weak ones.
bool etag_matches(std::string_view if_none_match, std::string_view tag);

}  // namespace bennu
