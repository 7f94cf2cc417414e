#include <bennu/channels/internal/producer_table.hpp>

#include <algorithm>
#include <string>
#include <utility>

#include <openssl/evp.h>

namespace bennu {

namespace {

/// A text before which its length stands, so that two lists of texts are never the same text.
void append(std::string& to, std::string_view text) {
  to.append(std::to_string(text.size())).push_back(':');
  to.append(text);
}

}  // namespace

producer_table::key producer_table::key_of(std::string_view topic, std::string_view owner, std::string_view producer) {
  std::string names;
  append(names, topic);
  append(names, owner);
  append(names, producer);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(names.data(), names.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  key result{};
  std::copy_n(digest.begin(), result.size(), result.begin());
  return result;
}

producer_table::answer producer_table::take(const key& of, std::int64_t epoch, std::int64_t seq, const options& with,
                                            clock::time_point now) {
  const auto t = table_.lock();
  auto found = t->by_key.find(of);
  if (found != t->by_key.end() && found->second->at != state::in_turn && found->second->expires <= now) {
    erase(*t, found->second);
    found = t->by_key.end();
  }
  if (found == t->by_key.end()) {
    if (seq != 0) return {verdict::out_of_order};
    make_room(*t, with, now);
    t->in_turn.push_back({of, epoch, seq, now + with.age, state::in_turn});
    t->by_key.emplace(of, std::prev(t->in_turn.end()));
    counts_.add(metric::producers);
    return {verdict::next, 0, std::make_shared<push_turn>(*this, of)};
  }
  const auto known = found->second;
  auto result = decide(*known, epoch, seq);
  if (result.is == verdict::fenced || known->at == state::in_turn) return result;
  known->expires = now + with.age;
  if (result.is == verdict::next) {
    result.turn = std::make_shared<push_turn>(*this, of);
    known->epoch = epoch;
    known->seq = seq;
    known->at = state::in_turn;
  }
  auto& to = result.is == verdict::next ? t->in_turn : t->idle;
  to.splice(to.end(), t->idle, known);
  return result;
}

producer_table::answer producer_table::decide(const entry& known, std::int64_t epoch, std::int64_t seq) {
  if (epoch < known.epoch) return {verdict::fenced};
  if (epoch == known.epoch && seq < known.seq) return {verdict::duplicate};
  if (known.at == state::in_turn) return {verdict::must_wait};
  if (epoch == known.epoch && seq == known.seq) {
    return {known.at == state::failed ? verdict::failed : verdict::duplicate};
  }
  const auto expected = epoch > known.epoch ? 0 : known.seq + 1;
  return {seq == expected ? verdict::next : verdict::out_of_order, expected};
}

bool producer_table::when_free(const key& of, std::function<void()> then) {
  const auto t = table_.lock();
  const auto found = t->by_key.find(of);
  if (found == t->by_key.end() || found->second->at != state::in_turn) return false;
  found->second->waiting.push_back(std::move(then));
  return true;
}

/// Makes room for one more entry.
void producer_table::make_room(table& in, const options& with, clock::time_point now) {
  while (!in.idle.empty()) {
    const bool is_old = in.idle.front().expires <= now;
    if (!is_old && in.by_key.size() < with.most) return;
    if (!is_old) counts_.add(metric::producer_evictions);
    erase(in, in.idle.begin());
  }
}

void producer_table::erase(table& in, entries::iterator which) {
  in.by_key.erase(which->of);
  in.idle.erase(which);
  counts_.add(metric::producers, -1);
}

void producer_table::end_turn(const key& of, state how) {
  std::vector<std::function<void()>> waiting;
  {
    const auto t = table_.lock();
    const auto ended = t->by_key.find(of)->second;
    ended->at = how;
    waiting.swap(ended->waiting);
    t->idle.splice(t->idle.end(), t->in_turn, ended);
  }
  for (const auto& then : waiting) then();
}

void push_turn::end(producer_table::state how) {
  if (auto* const table = std::exchange(table_, nullptr)) table->end_turn(key_, how);
}

}  // namespace bennu
