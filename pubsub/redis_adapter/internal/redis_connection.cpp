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

/// At least the size of a TLS record, so that no bytes stay in OpenSSL, where epoll does not see them.
constexpr std::size_t read_bytes = std::size_t{64} * 1024;
/// A limit, so that one connection does not hold up the others.
constexpr int reads_a_turn = 16;

}  // namespace

void redis_connection::freed::operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
void redis_connection::freed::operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }

redis_connection::redis_connection(event_loop& loop, const redis_url& server, const redis_address& to, const limits& l,
                                   user& owner)
    : owner_(owner),
      max_reply_bytes_(l.max_reply_bytes),
      socket_(server, to, l.silence_limit),
      reader_(redisReaderCreate()),
      watch_(loop, *this) {
  if (reader_ == nullptr) throw std::bad_alloc{};
  set_watch();
}

redis_connection::~redis_connection() { close(); }

void redis_connection::close() {
  life_ = life::closed;
  watch_.end();
}

void redis_connection::fail(const std::string& why) {
  if (life_ == life::closed) return;
  close();
  owner_.on_closed(*this, why);
}

void redis_connection::set_watch() {
  const auto more = life_ == life::open ? (waiting() > 0 ? EPOLLOUT : 0U) : socket_.wanted_events();
  watch_.set(socket_.fd(), EPOLLIN | more);
}

void redis_connection::on_ready(std::uint32_t events) {
  if (life_ == life::connecting) return go_on_connecting();
  if ((events & EPOLLOUT) != 0) {
    if (!write()) return fail(socket_.error());
    if (was_full_ && waiting() < redis_connection_full / 2) {
      was_full_ = false;
      owner_.on_drained(*this);
    }
  }
  if (life_ != life::closed && (events & ~std::uint32_t{EPOLLOUT}) != 0) read();
  if (life_ != life::closed) set_watch();
}

void redis_connection::go_on_connecting() {
  // The connection to the next address may get the number of a descriptor that is closed here.
  watch_.end();
  const auto result = socket_.connect();
  if (result == outcome::failed) return fail(socket_.error());
  if (result == outcome::done) life_ = life::open;
  set_watch();
  if (life_ == life::open) owner_.on_open(*this);
}

// -- commands ---------------------------------------------------------------------------------------------------------

void redis_connection::send(std::initializer_list<std::string_view> command) {
  if (life_ == life::closed) return;
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
  if (life_ == life::open && was_idle) {
    write();  // if it fails, epoll reports it soon
    set_watch();
  }
  was_full_ = was_full_ || waiting() > redis_connection_full;
}

bool redis_connection::write() {
  while (waiting() > 0) {
    std::size_t written = 0;
    const auto result = socket_.write(std::string_view{out_}.substr(written_), written);
    written_ += written;
    if (result == outcome::failed) return false;
    if (result == outcome::not_yet) break;
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
  for (int i = 0; i < reads_a_turn && life_ != life::closed; ++i) {
    std::size_t got = 0;
    const auto result = socket_.read(bytes.data(), bytes.size(), got);
    if (result == outcome::not_yet) return;
    if (result == outcome::failed) return fail(socket_.error());
    if (redisReaderFeed(reader_.get(), bytes.data(), got) != REDIS_OK) return fail(reader_->errstr);
    take_replies();
    if (reader_->len - reader_->pos > max_reply_bytes_) return fail("a reply is too large");
  }
}

void redis_connection::take_replies() {
  while (life_ != life::closed) {
    void* reply = nullptr;
    if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) return fail(reader_->errstr);
    if (reply == nullptr) return;
    const std::unique_ptr<redisReply, freed> owned{static_cast<redisReply*>(reply)};
    owner_.on_reply(*this, *owned);
  }
}

}  // namespace bennu
