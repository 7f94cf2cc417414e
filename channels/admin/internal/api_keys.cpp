#include <bennu/channels/admin/internal/api_keys.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include <bennu/runtime/text_file.hpp>

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace bennu {

namespace {

constexpr std::array scopes{api_scope::publish, api_scope::read, api_scope::manage};

std::array<unsigned char, 32> digest_of(std::string_view secret) noexcept {
  std::array<unsigned char, 32> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data());
  return digest;
}

/// A word of a line, and its column from 1.
struct word {
  std::string_view text;
  std::size_t column;
};

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r'; }

/// A secret is sent in a header field, as one word.
bool is_visible(char c) noexcept { return c > ' ' && c < '\x7F'; }

std::vector<word> words_of(std::string_view line) {
  std::vector<word> words;
  for (std::size_t at = 0; at < line.size();) {
    if (is_blank(line[at])) {
      ++at;
      continue;
    }
    if (line[at] == '#') break;
    const auto begin = at;
    while (at < line.size() && !is_blank(line[at])) ++at;
    words.push_back({line.substr(begin, at - begin), begin + 1});
  }
  return words;
}

/// Reads one line. Its faults name no word of it, because any may be a secret in a wrong place.
class line_reader {
public:
  line_reader(std::string_view file, std::size_t number) : file_(file), number_(number) {}

  [[noreturn]] void fail(std::size_t column, std::string_view fault) const {
    throw std::invalid_argument(std::string{file_} + ':' + std::to_string(number_) + ':' + std::to_string(column) +
                                ": " + std::string{fault});
  }

  api_keys::key read(std::string_view line, const std::vector<word>& words) const {
    if (words.size() < 3) fail(line.size() + 1, "a key has a name, a secret and scopes: a word is missing");
    if (words.size() > 3) fail(words[3].column, "a word too many; a key has a name, a secret and scopes");
    const auto& [name, secret] = std::pair{words[0], words[1]};
    if (name.text.size() > api_keys::max_name_bytes) fail(name.column, "the name is too long");
    if (secret.text.size() > api_keys::max_secret_bytes) fail(secret.column, "the secret is too long");
    if (const auto odd = std::find_if_not(secret.text.begin(), secret.text.end(), is_visible);
        odd != secret.text.end()) {
      fail(secret.column + static_cast<std::size_t>(odd - secret.text.begin()),
           "a secret has visible ASCII characters only");
    }
    return {std::string{name.text}, digest_of(secret.text), read_scopes(words[2])};
  }

private:
  std::array<bool, 3> read_scopes(const word& list) const {
    std::array<bool, 3> found{};
    for (std::size_t begin = 0; begin <= list.text.size();) {
      const auto end = std::min(list.text.find(',', begin), list.text.size());
      const auto name = list.text.substr(begin, end - begin);
      const auto scope = std::find_if(scopes.begin(), scopes.end(), [&](auto s) { return to_string(s) == name; });
      if (scope == scopes.end()) {
        fail(list.column + begin, "unknown scope; the scopes are publish, read and manage, with commas in between");
      }
      found[static_cast<std::size_t>(*scope)] = true;
      begin = end + 1;
    }
    return found;
  }

  std::string_view file_;
  std::size_t number_;
};

}  // namespace

std::string_view to_string(api_scope scope) noexcept {
  switch (scope) {
    case api_scope::publish:
      return "publish";
    case api_scope::read:
      return "read";
    case api_scope::manage:
      break;
  }
  return "manage";
}

api_keys api_keys::from_file(const std::filesystem::path& path) {
  const auto text = read_text_file(path.string(), "keys");
  if (text.size() > max_file_bytes) throw std::invalid_argument("the file of keys " + path.string() + " is too large");
  return parse(text, path.string());
}

api_keys api_keys::parse(std::string_view text, std::string_view file) {
  api_keys all;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto words = words_of(line);
    if (words.empty()) continue;
    const line_reader reader{file, number};
    auto made = reader.read(line, words);
    if (all.size() == max_keys) reader.fail(1, "too many keys");
    for (const auto& other : all.keys_) {
      if (other.name == made.name) reader.fail(words[0].column, "another key has this name");
      if (other.digest == made.digest) reader.fail(words[1].column, "another key has this secret");
    }
    all.keys_.push_back(std::move(made));
  }
  return all;
}

const api_keys::key* api_keys::find(std::string_view secret) const noexcept {
  const auto digest = digest_of(secret);
  const key* found = nullptr;
  for (const auto& one : keys_) {
    if (CRYPTO_memcmp(one.digest.data(), digest.data(), digest.size()) == 0) found = &one;
  }
  return found;
}

}  // namespace bennu
