#include <bennu/pubsub/redis_adapter/internal/redis_connection.hpp>

#include <array>
#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

#include <sys/epoll.h>

namespace bennu {

namespace {

using outcome = redis_socket::outcome;

/// At least as much as a TLS record holds: so OpenSSL keeps nothing back that epoll does not see.
constexpr std::size_t read_bytes = std::size_t{64} * 1024;
/// So that one connection does not keep the other one waiting.
constexpr int reads_a_turn = 16;

}  // namespace

void redis_connection::freed::operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
void redis_connection::freed::operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }

redis_connection::redis_connection(event_loop& loop, const redis_url& to, std::size_t max_reply_bytes, user& who)
    : loop_(loop), user_(who), max_reply_bytes_(max_reply_bytes), socket_(to), reader_(redisReaderCreate()) {
  if (reader_ == nullptr) throw std::bad_alloc{};
  look_for_events();
}

redis_connection::~redis_connection() { close(); }

void redis_connection::close() {
  closed_ = true;
  if (watched_ >= 0) loop_.unwatch(watched_, *this);
  watched_ = -1;
}

void redis_connection::fail(const std::string& why) {
  if (closed_) return;
  close();
  user_.on_closed(*this, why);
}

void redis_connection::look_for_events() {
  const auto more = open_ ? (waiting() > 0 ? EPOLLOUT : 0U) : socket_.wanted_events();
  const auto wanted = EPOLLIN | more;
  if (watched_ != socket_.fd()) {
    // Another address: the kernel has forgotten the descriptor that was closed.
    watched_ = socket_.fd();
    loop_.watch(watched_, wanted, *this);
  } else if (events_ != wanted) {
    loop_.rewatch(watched_, wanted, *this);
  }
  events_ = wanted;
}

void redis_connection::on_ready(std::uint32_t events) {
  if (!open_) return go_on_connecting();
  if ((events & EPOLLOUT) != 0) {
    if (!write()) return fail(socket_.error());
    if (was_full_ && waiting() < redis_connection_full / 2) {
      was_full_ = false;
      user_.on_drained(*this);
    }
  }
  if (!closed_ && (events & ~std::uint32_t{EPOLLOUT}) != 0) read();
  if (!closed_) look_for_events();
}

void redis_connection::go_on_connecting() {
  // The next address may get the number of a descriptor that is closed here.
  loop_.unwatch(std::exchange(watched_, -1), *this);
  const auto what = socket_.connect();
  if (what == outcome::failed) return fail(socket_.error());
  open_ = what == outcome::done;
  look_for_events();
  if (open_) user_.on_open(*this);
}

// -- commands ---------------------------------------------------------------------------------------------------------

void redis_connection::send(std::initializer_list<std::string_view> command) {
  if (closed_) return;
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const auto word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* text = nullptr;
  const int size = redisFormatCommandArgv(&text, static_cast<int>(words.size()), words.data(), sizes.data());
  if (size < 0) throw std::bad_alloc{};
  const std::unique_ptr<char, void (*)(char*)> formatted{text, redisFreeCommand};
  const bool was_idle = waiting() == 0;
  out_.append(text, static_cast<std::size_t>(size));
  if (open_ && was_idle) {
    write();  // where it fails, epoll says so soon
    look_for_events();
  }
  was_full_ = was_full_ || waiting() > redis_connection_full;
}

bool redis_connection::write() {
  while (waiting() > 0) {
    std::size_t written = 0;
    const auto what = socket_.write(std::string_view{out_}.substr(written_), written);
    written_ += written;
    if (what == outcome::failed) return false;
    if (what == outcome::not_yet) break;
  }
  if (waiting() == 0 || written_ > redis_connection_full) {
    out_.erase(0, written_);
    written_ = 0;
  }
  return true;
}

// -- replies ----------------------------------------------------------------------------------------------------------

void redis_connection::read() {
  std::array<char, read_bytes> bytes;
  for (int i = 0; i < reads_a_turn && !closed_; ++i) {
    std::size_t got = 0;
    const auto what = socket_.read(bytes.data(), bytes.size(), got);
    if (what == outcome::not_yet) return;
    if (what == outcome::failed) return fail(socket_.error());
    if (redisReaderFeed(reader_.get(), bytes.data(), got) != REDIS_OK) return fail(reader_->errstr);
    take_replies();
    if (reader_->len - reader_->pos > max_reply_bytes_) return fail("a reply is too large");
  }
}

void redis_connection::take_replies() {
  while (!closed_) {
    void* reply = nullptr;
    if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) return fail(reader_->errstr);
    if (reply == nullptr) return;
    const std::unique_ptr<redisReply, freed> owned{static_cast<redisReply*>(reply)};
    user_.on_reply(*this, *owned);
  }
}

}  // namespace bennu
