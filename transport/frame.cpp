#include <bennu/transport/frame.hpp>

#include <cstring>
#include <new>

#include <bennu/transport/internal/deflate.hpp>
#include <bennu/transport/internal/websocket_framing.hpp>

namespace bennu {

namespace {

/// Shorter payloads gain nothing by compression.
constexpr std::size_t least_deflated_bytes = 64;

}  // namespace

frame* frame::allocate(message_kind kind, std::uint8_t header_size, std::size_t size) {
  void* memory = ::operator new(sizeof(frame) + size);
  return new (memory) frame{kind, header_size, static_cast<std::uint32_t>(size)};
}

void frame::destroy() const noexcept {
  this->~frame();
  ::operator delete(const_cast<frame*>(this));
}

frame::~frame() {
  const auto* other = deflated_.load(std::memory_order_acquire);
  if (other != nullptr && other != this) other->release();
}

ref<const frame> frame::make(message_kind kind, std::string_view payload) {
  char header[max_server_header_size];
  const auto header_size = write_frame_header(header, static_cast<websocket_opcode>(kind), true, false, payload.size());
  auto* made = allocate(kind, static_cast<std::uint8_t>(header_size), header_size + payload.size());
  std::memcpy(made->data(), header, header_size);
  payload.copy(made->data() + header_size, payload.size());  // the payload may be empty
  return ref<const frame>::adopt(made);
}

ref<const frame> frame::control(std::string_view wire) {
  auto* made = allocate(message_kind::binary, 0, wire.size());
  std::memcpy(made->data(), wire.data(), wire.size());
  return ref<const frame>::adopt(made);
}

const frame& frame::deflated() const {
  if (const auto* found = deflated_.load(std::memory_order_acquire)) return *found;
  const frame* made = this;
  if (header_size_ > 0 && payload().size() >= least_deflated_bytes) {
    if (const auto smaller = deflate_message(payload()); smaller.size() < payload().size()) {
      char header[max_server_header_size];
      const auto n = write_frame_header(header, static_cast<websocket_opcode>(kind_), true, true, smaller.size());
      auto* f = allocate(kind_, static_cast<std::uint8_t>(n), n + smaller.size());
      std::memcpy(f->data(), header, n);
      std::memcpy(f->data() + n, smaller.data(), smaller.size());
      made = f;
    }
  }
  const frame* nothing = nullptr;
  if (deflated_.compare_exchange_strong(nothing, made, std::memory_order_acq_rel)) return *made;
  if (made != this) made->release();
  return *nothing;
}

}  // namespace bennu
