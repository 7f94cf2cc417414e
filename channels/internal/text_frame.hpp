#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <bennu/channels/message.hpp>
#include <bennu/runtime/json_write.hpp>
#include <bennu/transport/frame.hpp>

namespace bennu::internal {

/// Builds a text frame in memory that its thread keeps. A thread may use only one at a time.
class text_frame {
public:
  text_frame() { bytes_.clear(); }

  text_frame& raw(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  text_frame& string(std::string_view text) {
    append_json_string(bytes_, text);
    return *this;
  }
  text_frame& value(const json& v) {
    append_json(bytes_, v);
    return *this;
  }

  text_frame& value(const message_reference& v) { return raw(v.text()); }

  ref<const frame> finish() {
    auto made = frame::make(message_kind::text, bytes_);
    if (bytes_.capacity() > kept_bytes) bytes_ = {};
    return made;
  }

private:
  static constexpr std::size_t kept_bytes = 64 * 1024;

  static std::string& kept() {
    thread_local std::string bytes;
    return bytes;
  }

  std::string& bytes_ = kept();
};

/// Sets the topic. A topic that is not a string matches no route, and is kept only to be echoed.
inline void set_topic(message& to, json topic) {
  if (auto* name = topic.if_string()) {
    to.topic = std::move(*name);
  } else {
    to.odd_topic = std::move(topic);
  }
}

/// Sets the event. An event that is not a string is replaced by its JSON text, because no channel can handle it.
inline void set_event(message& to, json event) {
  auto* name = event.if_string();
  to.event = name != nullptr ? std::move(*name) : event.dump();
}

}  // namespace bennu::internal
