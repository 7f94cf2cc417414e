#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include <bennu/runtime/ref.hpp>
#include <bennu/transport/message_kind.hpp>

namespace bennu {

/// An outgoing message: immutable, framed once for the WebSocket, and shared by all connections that send it. Any
/// thread may hold one.
class frame final : public ref_counted {
public:
  /// Copies `payload` behind a WebSocket frame header, in one allocation.
  static ref<const frame> make(message_kind kind, std::string_view payload);
  /// A frame of any other kind: `wire` is sent unchanged, and `payload` is not meaningful.
  static ref<const frame> control(std::string_view wire);

  message_kind kind() const noexcept { return kind_; }
  /// Header and payload, as sent over a WebSocket.
  std::string_view wire() const noexcept { return {data(), size_}; }
  std::string_view payload() const noexcept { return wire().substr(header_size_); }

  /// The same message compressed (RFC 7692, without context takeover), or this frame itself if that is not smaller. The
  /// first call creates it; later calls share it.
  const frame& deflated() const;

  /// The message as the answer to a poll contains it, a JSON string: `wire` is its text. The first call creates it;
  /// later calls share it.
  const frame& quoted() const;

private:
  frame(message_kind kind, std::uint8_t header_size, std::uint32_t size) noexcept
      : size_(size), kind_(kind), header_size_(header_size) {}
  ~frame() override;
  using other_form = std::atomic<const frame*>;  ///< null until the form is needed

  template <class F>
  const frame& made_once(other_form& form, F make) const;
  static ref<const frame> with_header(message_kind kind, std::string_view payload, bool compressed);
  static frame* allocate(message_kind kind, std::uint8_t header_size, std::size_t size);
  void destroy() const noexcept override;
  char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
  const char* data() const noexcept { return reinterpret_cast<const char*>(this + 1); }

  std::uint32_t size_;
  message_kind kind_;
  std::uint8_t header_size_;
  mutable other_form deflated_ = nullptr;
  mutable other_form quoted_ = nullptr;
};

}  // namespace bennu
