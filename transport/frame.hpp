#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include <bennu/runtime/ref.hpp>

namespace bennu {

/// The two kinds of WebSocket messages. The values are RFC 6455's opcodes.
enum class message_kind : std::uint8_t { text = 1, binary = 2 };

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

private:
  frame(message_kind kind, std::uint8_t header_size, std::uint32_t size) noexcept
      : size_(size), kind_(kind), header_size_(header_size) {}
  ~frame() override;
  static frame* allocate(message_kind kind, std::uint8_t header_size, std::size_t size);
  void destroy() const noexcept override;
  char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
  const char* data() const noexcept { return reinterpret_cast<const char*>(this + 1); }

  std::uint32_t size_;
  message_kind kind_;
  std::uint8_t header_size_;
  mutable std::atomic<const frame*> deflated_ = nullptr;
};

}  // namespace bennu
