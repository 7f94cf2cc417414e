#pragma once

#include <cstddef>
#include <string>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// A `ref` or a `join_ref`: a value that a client chose to recognise answers by, and that is sent back as it came.
///
/// The value may be any JSON. It is kept as its compact text, because a channel keeps its references for its whole
/// life, and nested values take many times the memory of their text. A plain value type.
class message_reference {
public:
  /// Null: the client expects no answer.
  message_reference() noexcept = default;
  /// Members of objects are put in the order of their names, so that equal values have equal texts.
  explicit message_reference(const json& value);

  bool is_null() const noexcept { return text_.empty(); }
  /// True for null and false. Such a join_ref counts as none: Phoenix uses `join_ref || ref` of the join
  /// (lib/phoenix/channel/server.ex).
  bool is_none() const noexcept { return is_null() || text_ == "false"; }

  /// The value as JSON.
  const std::string& text() const noexcept {
    static const std::string null = "null";
    return is_null() ? null : text_;
  }
  /// The content of a string, or the JSON of any other value; empty for null. Binary messages have references in this
  /// form.
  std::string field() const;
  /// Bytes of the JSON, without the quotes of a string.
  std::size_t size() const noexcept { return is_string() ? text_.size() - 2 : text_.size(); }

  /// Compares as Elixir's `===`: `1`, `1.0` and `"1"` are three references.
  friend bool operator==(const message_reference&, const message_reference&) = default;

private:
  bool is_string() const noexcept { return text_.starts_with('"'); }

  std::string text_;  ///< empty if it is null
};

}  // namespace bennu
