#include <bennu/transport/http_headers.hpp>

#include <limits>
#include <stdexcept>

#include <bennu/transport/internal/ascii.hpp>

namespace bennu {

http_headers::http_headers(std::initializer_list<field> fields) {
  for (const auto& [name, value] : fields) add(name, value);
}

void http_headers::add(std::string_view name, std::string_view value) {
  if (text_.size() + name.size() + value.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("HTTP header fields have room for 4 GB");
  }
  const place added{static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                    static_cast<std::uint32_t>(value.size())};
  text_.append(name).append(value);
  places_.push_back(added);
}

http_headers::field http_headers::operator[](std::size_t i) const noexcept {
  const auto& p = places_[i];
  const char* const name = text_.data() + p.begin;
  return {{name, p.name_size}, {name + p.name_size, p.value_size}};
}

std::optional<std::string_view> http_headers::find(std::string_view name) const noexcept {
  for (const auto& f : *this) {
    if (iequals(f.name, name)) return f.value;
  }
  return std::nullopt;
}

std::vector<std::string_view> http_headers::all(std::string_view name) const {
  std::vector<std::string_view> result;
  for (const auto& f : *this) {
    if (iequals(f.name, name)) result.push_back(f.value);
  }
  return result;
}

std::size_t http_headers::count(std::string_view name) const noexcept {
  std::size_t n = 0;
  for (const auto& f : *this) n += iequals(f.name, name) ? 1 : 0;
  return n;
}

}  // namespace bennu
