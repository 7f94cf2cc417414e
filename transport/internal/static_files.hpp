#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/runtime/unique_fd.hpp>

namespace bennu {

/// The answer to a request for a file, but for what the connection adds.
struct static_file {
  unsigned status = 404;   ///< 200, 301, 304, 404 or 503; all but the first have no body
  unique_fd body;          ///< with 200 a regular file, open at its start
  std::uint64_t size = 0;  ///< bytes in the body; the file may change while it is read, so read no more and expect less
  std::vector<std::pair<std::string, std::string>> headers;  ///< names in small letters; without content-length
};

/// The regular files below a directory, as answers to GET and HEAD.
///
/// Nothing outside of the directory is ever opened, and nothing whose name begins with a dot (".git", ".env"), except
/// what is in ".well-known" (RFC 8615). A directory stands for its index.html. Files are looked up anew for each
/// request. `find` may be called by any thread.
class static_files {
public:
  /// @throws std::system_error where `root` cannot be opened, or is no directory
  explicit static_files(const std::filesystem::path& root);

  /// What to answer to a request.
  ///
  /// 404 where there is no such file, or it may not be read; 301 where a directory's path lacks its last slash; 304
  /// where the client's copy is still good. A file's entity tag is made of its size and its time of modification, and
  /// clients are told to ask each time whether it has changed. 503 where the process has no descriptor for it.
  /// @param path of the request's target, below the mount point: percent-encoded, with the leading slash, without query
  /// @param if_none_match the request's header, nothing where it has none
  static_file find(std::string_view path, std::optional<std::string_view> if_none_match) const;

private:
  unique_fd root_;
};

/// True where an If-None-Match header says that the client has this version (RFC 9110, section 13.1.2): it is "*", or
/// one of its entity tags is `tag`, weak ones included.
bool etag_matches(std::string_view if_none_match, std::string_view tag);

}  // namespace bennu
