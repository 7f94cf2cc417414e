#include <bennu/pubsub/history/held_messages.hpp>

#include <algorithm>
#include <utility>

namespace bennu {

void held_messages::add(history_log::entry message) {
  const auto bytes = message.bytes;
  auto& of = streams_[message.stream];
  const auto seq = message.seq;
  if (!of.messages.try_emplace(seq, std::move(message)).second) return;
  ++messages_;
  bytes_ += bytes;
  while (messages_ > max_messages_ || bytes_ > max_bytes_) drop_oldest();
}

void held_messages::claim(stream_id of, std::uint64_t have, std::chrono::milliseconds time) {
  auto& known = streams_[of];
  known.claimed = std::max(known.claimed, have);
  known.claimed_time = std::max(known.claimed_time, time);
}

void held_messages::erase(stream& of, std::map<std::uint64_t, history_log::entry>::iterator which) {
  --messages_;
  bytes_ -= which->second.bytes;
  of.messages.erase(which);
}

void held_messages::drop_oldest() {
  stream* oldest = nullptr;
  for (auto& [id, of] : streams_) {
    if (of.messages.empty()) continue;
    if (oldest == nullptr || of.messages.begin()->second.time < oldest->messages.begin()->second.time) oldest = &of;
  }
  const auto first = oldest->messages.begin();
  oldest->claimed = std::max(oldest->claimed, first->first);
  oldest->claimed_time = std::max(oldest->claimed_time, first->second.time);
  erase(*oldest, first);
}

void held_messages::drop_known(const history_log& to) {
  for (auto& [id, of] : streams_) {
    const auto* const known = to.find_stream(id);
    const auto have = known != nullptr ? known->have : 0;
    while (!of.messages.empty() && of.messages.begin()->first <= have) erase(of, of.messages.begin());
    if (of.claimed <= have) of.claimed = 0;
  }
  std::erase_if(streams_, [](const auto& one) { return one.second.messages.empty() && one.second.claimed == 0; });
}

bool held_messages::is_empty(const history_log& to) {
  drop_known(to);
  return streams_.empty();
}

std::optional<history_log::entry> held_messages::next(const history_log& to, bool with_gaps) {
  drop_known(to);
  stream* chosen = nullptr;
  std::optional<history_log::entry> result;
  for (auto& [id, of] : streams_) {
    const auto first = of.messages.begin();
    const bool is_missing = first == of.messages.end() || !to.connects(id, first->first);
    if (is_missing && !with_gaps) continue;
    const auto time = first != of.messages.end() ? first->second.time : of.claimed_time;
    if (result && result->time <= time) continue;
    chosen = is_missing ? nullptr : &of;
    const auto up_to = first != of.messages.end() ? first->first - 1 : of.claimed;
    result = is_missing ? history_log::entry{nullptr, client_session::no_tag, time, 0, id, up_to, true} : first->second;
  }
  if (chosen != nullptr) erase(*chosen, chosen->messages.begin());
  return result;
}

}  // namespace bennu
