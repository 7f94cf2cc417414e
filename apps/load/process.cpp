#include "process.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <vector>

#include <unistd.h>

namespace load {

namespace {

namespace fs = std::filesystem;

std::string contents_of(const std::string& file) {
  std::ifstream in{file};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::string folder_of(int pid) { return "/proc/" + std::to_string(pid); }

bool has_open(const fs::path& process, const std::string& target) {
  std::error_code error;
  for (const auto& fd : fs::directory_iterator{process / "fd", error}) {
    if (fs::read_symlink(fd.path(), error) == target) return true;
  }
  return false;
}

}  // namespace

std::optional<usage> usage_of(int pid) {
  const auto stat = contents_of(folder_of(pid) + "/stat");
  const auto after_name = stat.rfind(')');
  if (after_name == std::string::npos) return std::nullopt;
  // proc(5): the fields from the third on; utime is the 14th, stime the 15th, rss the 24th
  std::istringstream fields{stat.substr(after_name + 1)};
  const std::vector<std::string> all{std::istream_iterator<std::string>{fields}, {}};
  if (all.size() < 22) return std::nullopt;
  const auto ticks = std::stod(all[11]) + std::stod(all[12]);
  return usage{ticks / static_cast<double>(sysconf(_SC_CLK_TCK)),
               std::stoull(all[21]) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))};
}

std::optional<std::string> listening_inode(const std::string& table, std::uint16_t port) {
  constexpr std::string_view listening = "0A";
  std::istringstream lines{table};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in{line};
    const std::vector<std::string> fields{std::istream_iterator<std::string>{in}, {}};
    if (fields.size() < 10 || fields[3] != listening) continue;
    const auto digits = fields[1].substr(fields[1].find(':') + 1);
    std::uint16_t local = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), local, 16);
    if (local == port) return fields[9];
  }
  return std::nullopt;
}

std::optional<int> listener_of(std::uint16_t port) {
  for (const auto* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    const auto inode = listening_inode(contents_of(table), port);
    if (!inode) continue;
    std::error_code error;
    for (const auto& process : fs::directory_iterator{"/proc", error}) {
      const auto name = process.path().filename().string();
      int pid = 0;
      if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{}) continue;
      if (has_open(process.path(), "socket:[" + *inode + ']')) return pid;
    }
  }
  return std::nullopt;
}

std::string name_of(int pid) {
  auto name = contents_of(folder_of(pid) + "/comm");
  while (name.ends_with('\n')) name.pop_back();
  return name;
}

}  // namespace load
