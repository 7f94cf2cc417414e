#include <bennu/transport/internal/deflate.hpp>

#include <algorithm>

#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/beast/zlib/inflate_stream.hpp>

namespace bennu {

namespace {

namespace zlib = boost::beast::zlib;

/// The end of a sync flush, which is not sent (RFC 7692, 7.2.1).
constexpr std::string_view flush_tail{"\x00\x00\xff\xff", 4};
constexpr int window_bits = 15;

}  // namespace

std::string deflate_message(std::string_view message) {
  // A compressor takes some 256 KB. So each thread has one, and connections have none.
  thread_local zlib::deflate_stream stream;
  stream.reset(zlib::compression::default_size, window_bits, 8, zlib::Strategy::normal);
  std::string out(stream.upper_bound(message.size()) + 16, '\0');
  zlib::z_params p;
  p.next_in = message.data();
  p.avail_in = message.size();
  p.next_out = out.data();
  p.avail_out = out.size();
  boost::system::error_code error;
  stream.write(p, zlib::Flush::sync, error);
  out.resize(p.total_out);
  if (out.ends_with(flush_tail)) out.resize(out.size() - flush_tail.size());
  if (out.empty()) out.push_back('\0');  // an empty message is one empty block (RFC 7692, 7.2.3.6)
  return out;
}

std::optional<std::string> inflate_message(std::string_view compressed, std::size_t max_bytes, bool& too_big) {
  thread_local zlib::inflate_stream stream;
  stream.reset(window_bits);
  too_big = false;
  std::string out;
  zlib::z_params p;
  boost::system::error_code error;
  for (const auto part : {compressed, flush_tail}) {
    p.next_in = part.data();
    p.avail_in = part.size();
    for (;;) {
      const auto used = p.total_out;
      // Grows with the output, to at most one byte beyond the limit.
      out.resize(std::min(std::max<std::size_t>(used * 2, 4096), max_bytes + 1));
      p.next_out = out.data() + used;
      p.avail_out = out.size() - used;
      stream.write(p, zlib::Flush::sync, error);
      if (p.total_out > max_bytes) {
        too_big = true;
        return std::nullopt;
      }
      if (error == zlib::error::need_buffers || error == zlib::error::end_of_stream) break;
      if (error) return std::nullopt;
      if (p.avail_in == 0 && p.avail_out > 0) break;
    }
  }
  out.resize(p.total_out);
  return out;
}

}  // namespace bennu
