#include <bennu/transport/frame.hpp>

#include <cstring>
#include <new>

#include <bennu/transport/internal/deflate.hpp>
#include <bennu/transport/internal/long_poll_message.hpp>
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
  for (const auto* form : {&deflated_, &quoted_}) {
    const auto* other = form->load(std::memory_order_acquire);
    if (other != nullptr && other != this) other->release();
  }
}

ref<const frame> frame::with_header(message_kind kind, std::string_view payload, bool compressed) {
  char header[max_server_header_size];
  const auto opcode = static_cast<websocket_opcode>(kind);
  const auto header_size = write_frame_header(header, opcode, true, compressed, payload.size());
  auto* made = allocate(kind, static_cast<std::uint8_t>(header_size), header_size + payload.size());
  std::memcpy(made->data(), header, header_size);
  payload.copy(made->data() + header_size, payload.size());  // the payload may be empty
  return ref<const frame>::adopt(made);
}

ref<const frame> frame::make(message_kind kind, std::string_view payload) { return with_header(kind, payload, false); }

ref<const frame> frame::control(std::string_view wire) {
  auto* made = allocate(message_kind::binary, 0, wire.size());
  std::memcpy(made->data(), wire.data(), wire.size());
  return ref<const frame>::adopt(made);
}

/// Of two threads that call it at once, both use the frame of one.
/// @param make returns a new frame, or this one if it has the form itself
template <class F>
const frame& frame::made_once(other_form& form, F make) const {
  if (const auto* found = form.load(std::memory_order_acquire)) return *found;
  const frame* made = make();
  const frame* found = nullptr;
  if (form.compare_exchange_strong(found, made, std::memory_order_acq_rel)) return *made;
  if (made != this) made->release();
  return *found;
}

const frame& frame::deflated() const {
  return made_once(deflated_, [this]() -> const frame* {
    if (header_size_ == 0 || payload().size() < least_deflated_bytes) return this;
    const auto smaller = deflate_message(payload());
    if (smaller.size() < payload().size()) return with_header(kind_, smaller, true).leak();
    return this;
  });
}

const frame& frame::quoted() const {
  return made_once(quoted_, [this] { return control(long_poll_message(kind_, payload())).leak(); });
}

}  // namespace bennu
