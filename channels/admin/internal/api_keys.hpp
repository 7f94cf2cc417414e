#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bennu {

/// A group of calls of the HTTP API that a key may allow.
enum class api_scope : std::uint8_t { publish, read, manage };

/// "publish", "read" or "manage".
std::string_view to_string(api_scope scope) noexcept;

/// The keys of the HTTP API, as a file names them: one a line, with its name, its secret and its scopes.
///
///     # for the shop's backend, until the end of March
///     shop    6dGfXq0ZC2Jz9nP1   publish
///     ops     a91Qk3sWm0x7Lr5T   publish,read,manage
///
/// A `#` at the beginning of a word begins a comment. Secrets are kept as their SHA-256, and are in no error. A plain
/// value; any thread may read it.
class api_keys {
public:
  static constexpr std::size_t max_keys = 1'000;
  static constexpr std::size_t max_name_bytes = 100;
  static constexpr std::size_t max_secret_bytes = 1'000;
  static constexpr std::size_t max_file_bytes = 2'000'000;

  struct key {
    std::string name;
    std::array<unsigned char, 32> digest;  ///< of the secret
    std::array<bool, 3> scopes;            ///< by `api_scope`

    bool allows(api_scope scope) const noexcept { return scopes[static_cast<std::size_t>(scope)]; }
  };

  api_keys() = default;

  /// @throws std::invalid_argument with the fault: "FILE:LINE:COLUMN: …"
  static api_keys from_file(const std::filesystem::path& path);
  /// @param file the name for faults
  static api_keys parse(std::string_view text, std::string_view file);

  /// The key with this secret, or null. The time it takes depends on the number of keys and on the length of `secret`
  /// alone.
  const key* find(std::string_view secret) const noexcept;

  std::size_t size() const noexcept { return keys_.size(); }

private:
  std::vector<key> keys_;
};

}  // namespace bennu
