#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// The reason why a token is not accepted, as in Phoenix.Token.
enum class token_error {
  missing,  ///< there is none
  invalid,  ///< not signed with one of the secrets and this salt, or not decodable
  expired,  ///< signed longer ago than its max age
};

/// "missing", "invalid" or "expired".
std::string_view to_string(token_error error) noexcept;

struct sign_options {
  /// Stored to the millisecond.
  std::chrono::system_clock::time_point signed_at = std::chrono::system_clock::now();
  /// The time for which the token is valid, unless `verify_options` override it. `token::infinity` means for ever.
  std::chrono::seconds max_age = std::chrono::days{1};
};

struct verify_options {
  /// Replaces the max age in the token. If it is zero or less, every token is expired; if it is `token::infinity`, none
  /// is. A token signed by a machine whose clock is ahead of this one's is not expired (`expired?` in
  /// lib/plug/crypto.ex).
  std::optional<std::chrono::seconds> max_age = std::nullopt;
  /// The present time.
  std::chrono::system_clock::time_point now = std::chrono::system_clock::now();
};

/// Signs data into tokens for clients, and verifies the tokens that they send. The format is that of Phoenix.Token, so
/// a Phoenix application with the same secret_key_base accepts Bennu's tokens, and Bennu accepts its tokens.
///
///     const bennu::token tokens{secret_key_base};
///     auto text = tokens.sign("user socket", {{"id", 7}});
///     auto user = tokens.verify("user socket", text, {.max_age = std::chrono::hours{1}});
///
/// A token is signed, not encrypted: its holder can read it. The salt distinguishes the purposes of tokens. It is not
/// secret, and should be a constant of the program.
///
/// The format (lib/phoenix/token.ex, and lib/plug/crypto.ex of plug_crypto 2):
///
///     "SFMyNTY." base64url(term) "." base64url(HMAC-SHA256(key, all before the second dot))
///     term = {data, signed_at in ms, max_age in s} in Erlang's external term format
///     key  = PBKDF2-HMAC-SHA256(secret_key_base, salt, 1000 iterations, 32 bytes)
///
/// Older terms, {data, signed_at} and %{data: _, signed: _}, are verified too, with a max age of one day; so are
/// compressed terms of up to 64 KB, and HMACs with SHA-384 and SHA-512 ("SFMzODQ.", "SFM1MTI.").
/// Data types that only Erlang has are converted to the closest JSON: nil, true and false as null and booleans, other
/// atoms as strings, tuples as arrays, keys that are atoms or integers as strings. Binaries keep their bytes, UTF-8 or
/// not. These terms are invalid: those with processes, references or functions, local ones (`local: true`), integers
/// beyond 64 bits, and maps in which two keys would become the same string.
///
/// A value: copies share their secrets and the keys derived from them. Any thread may call all members. `sign` and
/// `verify` throw std::runtime_error if OpenSSL is configured to refuse PBKDF2 or SHA-256.
class token {
public:
  /// A max age that never ends, `:infinity` in Phoenix.
  static constexpr std::chrono::seconds infinity = std::chrono::seconds::max();

  /// The shortest secret, in bytes, as in Phoenix.
  static constexpr std::size_t min_secret_size = 20;

  /// The longest token, in bytes. Longer ones are neither signed nor parsed.
  static constexpr std::size_t max_size = 8 * 1024;

  /// The greatest nesting of arrays and objects in data, including the outermost.
  static constexpr std::size_t max_depth = 32;

  /// The number of derived keys (one for each secret and salt) that are kept. Deriving a key takes about a millisecond.
  static constexpr std::size_t max_cached_keys = 64;

  /// @param secret_key_base signs, and verifies
  /// @param previous_secrets only verify, so that tokens stay valid that were signed before the secret was replaced
  /// @throws std::invalid_argument if a secret is shorter than `min_secret_size`
  explicit token(std::string secret_key_base, std::vector<std::string> previous_secrets = {});

  /// A token that holds `data`. The same arguments always give the same token.
  /// @throws std::invalid_argument if `data` is nested deeper than `max_depth` or holds an integer beyond 64 bits, or
  /// if the token would be longer than `max_size`, because `verify` would not accept it
  std::string sign(std::string_view salt, const json& data, const sign_options& options = {}) const;

  /// Returns the data of `text`, or the reason why it is not accepted. An empty text counts as missing.
  std::variant<json, token_error> verify(std::string_view salt, std::string_view text,
                                         const verify_options& options = {}) const;

private:
  class key_ring;
  std::shared_ptr<key_ring> keys_;
};

}  // namespace bennu
