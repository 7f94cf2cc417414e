#include <bennu/transport/internal/static_files.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>

#include <bennu/transport/internal/ascii.hpp>
#include <bennu/transport/internal/open_beneath.hpp>
#include <bennu/transport/mime_type.hpp>
#include <bennu/transport/query.hpp>

namespace bennu {
namespace {

constexpr auto npos = std::string_view::npos;

/// True if a file could not be opened because the machine lacks a resource. A later attempt may succeed.
bool is_shortage(int error) { return error == EMFILE || error == ENFILE || error == ENOMEM; }

bool is_servable(std::string_view segment) {
  return !segment.empty() && (segment.front() != '.' || segment == ".well-known");
}

/// The path relative to the root, decoded: "" for the root itself, with a slash at its end if the request has one.
/// Returns nothing if no file that may be served can have that name.
std::optional<std::string> relative_path(std::string_view target) {
  auto path = percent_decode(target);
  if (!path || !path->starts_with('/') || path->find('\0') != npos) return std::nullopt;
  path->erase(0, 1);
  for (std::string_view rest = *path; !rest.empty();) {
    const auto segment = rest.substr(0, rest.find('/'));
    if (!is_servable(segment)) return std::nullopt;
    rest.remove_prefix(std::min(rest.size(), segment.size() + 1));
  }
  return path;
}

void append_hex(std::string& out, std::uint64_t number) {
  char digits[16];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number, 16);
  out.append(digits, end);
}

std::string etag_of(const struct stat& file) {
  std::string tag = "\"";
  append_hex(tag, static_cast<std::uint64_t>(file.st_size));
  tag.push_back('-');
  append_hex(tag, static_cast<std::uint64_t>(file.st_mtim.tv_sec));
  tag.push_back('-');
  append_hex(tag, static_cast<std::uint64_t>(file.st_mtim.tv_nsec));
  tag.push_back('"');
  return tag;
}

http_response not_found() { return http_response::text(404, "Not Found"); }

/// The location is relative, because the mount point of the files is not known here.
http_response redirect_to_directory(std::string_view target) {
  const auto name = target.substr(target.rfind('/') + 1);
  // A header must not contain every byte that a request's target may have.
  for (const char c : name) {
    if (c <= ' ' || c >= 0x7F) return not_found();
  }
  auto answer = http_response::text(301);
  answer.headers.add("location", "./" + std::string{name} + "/");
  return answer;
}

}  // namespace

static_files::static_files(const std::filesystem::path& root)
    : root_(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!root_) {
    throw std::system_error(errno, std::generic_category(), "cannot serve files from the directory " + root.string());
  }
}

http_response static_files::find(std::string_view path, std::optional<std::string_view> if_none_match) const {
  auto name = relative_path(path);
  if (!name) return not_found();
  if (name->empty() || name->ends_with('/')) *name += "index.html";
  auto file = open_beneath(root_.get(), *name);
  if (!file && is_shortage(errno)) return http_response::text(503, "Service Unavailable");
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0) return not_found();
  if (S_ISDIR(status.st_mode)) return path.ends_with('/') ? not_found() : redirect_to_directory(path);
  if (!S_ISREG(status.st_mode)) return not_found();

  http_response answer;
  const auto tag = etag_of(status);
  answer.status = if_none_match && etag_matches(*if_none_match, tag) ? 304 : 200;
  answer.headers.add("etag", tag);
  answer.headers.add("cache-control", "no-cache");
  if (answer.status == 304) return answer;
  answer.headers.add("content-type", mime_type(*name));
  answer.file = std::move(file);
  answer.file_size = static_cast<std::uint64_t>(status.st_size);
  return answer;
}

bool etag_matches(std::string_view if_none_match, std::string_view tag) {
  if (trim(if_none_match) == "*") return true;
  // Tags may contain commas, so the list is parsed from quote to quote. A comma or "W/" precedes each.
  for (auto rest = if_none_match;;) {
    const auto open = rest.find('"');
    const auto close = open == npos ? npos : rest.find('"', open + 1);
    if (close == npos) return false;
    if (rest.substr(open, close - open + 1) == tag) return true;
    rest.remove_prefix(close + 1);
  }
}

}  // namespace bennu
