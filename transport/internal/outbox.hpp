#pragma once

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/transport/frame.hpp>

namespace bennu {

/// The frames that are due to one client, in order. Empty, it holds next to no memory.
class outbox {
public:
  explicit outbox(bool deflate) noexcept : deflate_(deflate) {}

  void push(ref<const frame> what) {
    bytes_ += wire(*what).size();
    frames_.push_back(std::move(what));
  }

  bool empty() const noexcept { return bytes_ == 0; }
  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t messages() const noexcept { return frames_.size() - first_; }

  /// What to write next: the rest of the first frame where it is alone or fills the scratch memory; else as much of
  /// what is due as fits, copied there, for one write is cheaper than many.
  std::string_view next(char* scratch, std::size_t scratch_size) const noexcept;

  /// So many bytes have been written.
  void advance(std::size_t written) noexcept;

  void clear() noexcept;

  /// Drops all but a frame that is written in part: the client must get the rest of it.
  void drop_waiting() noexcept;

private:
  std::string_view wire(const frame& f) const { return deflate_ ? f.deflated().wire() : f.wire(); }

  std::vector<ref<const frame>> frames_;
  std::size_t first_ = 0;   ///< frames before it are written
  std::size_t offset_ = 0;  ///< bytes of the first frame that are written
  std::size_t bytes_ = 0;
  bool deflate_;
};

}  // namespace bennu
