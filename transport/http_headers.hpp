#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bennu {

/// The header fields of an HTTP message, in their order (RFC 9110, section 5). A plain value.
///
/// A name may occur several times, and its case does not matter. The fields share one piece of memory, so many short
/// ones cost little more than their bytes. Views of names and values are valid until the object changes or moves.
class http_headers {
public:
  /// One field, as it was received or added.
  struct field {
    std::string_view name;
    std::string_view value;
  };

  http_headers() = default;
  http_headers(std::initializer_list<field> fields);

  /// Appends a field. A name that is already there gets one more value.
  void add(std::string_view name, std::string_view value);

  /// The first value of a name; nothing if there is none.
  std::optional<std::string_view> find(std::string_view name) const noexcept;
  /// All values of a name, in order.
  std::vector<std::string_view> all(std::string_view name) const;
  /// The number of fields with this name.
  std::size_t count(std::string_view name) const noexcept;
  bool contains(std::string_view name) const noexcept { return find(name).has_value(); }

  std::size_t size() const noexcept { return places_.size(); }
  bool empty() const noexcept { return places_.empty(); }
  field operator[](std::size_t i) const noexcept;

  class iterator {
  public:
    using value_type = field;
    using reference = field;
    using pointer = void;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;

    iterator(const http_headers& of, std::size_t at) noexcept : of_(&of), at_(at) {}
    field operator*() const noexcept { return (*of_)[at_]; }
    iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    friend bool operator==(const iterator&, const iterator&) = default;

  private:
    const http_headers* of_;
    std::size_t at_;
  };
  iterator begin() const noexcept { return {*this, 0}; }
  iterator end() const noexcept { return {*this, size()}; }

private:
  /// The position of a field in `text_`: its name, directly followed by its value.
  struct place {
    std::uint32_t begin;
    std::uint32_t name_size;
    std::uint32_t value_size;
  };

  std::string text_;
  std::vector<place> places_;
};

}  // namespace bennu
