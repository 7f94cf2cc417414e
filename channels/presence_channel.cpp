#include <bennu/channels/presence_channel.hpp>

#include <stdexcept>
#include <variant>

namespace bennu {

void presence_channel::enter(std::string key, json meta) { send_self(arrival{std::move(key), std::move(meta)}); }

void presence_channel::watch() { send_self(arrival{}); }

void presence_channel::arrive(const arrival& how) {
  if (how.key) {
    const auto done = here_.track(self(), topic().name(), *how.key, how.meta);
    if (const auto* why = std::get_if<presence_error>(&done)) {
      throw std::runtime_error("presence of " + *how.key + ": " + std::string{to_string(*why)});
    }
  }
  if (at_ != stage::blind) return;
  at_ = stage::waiting;
  here_.send_list(self(), topic().name());
}

void presence_channel::push_state(const presence_list& all) {
  if (all.topic != topic().name()) return;
  at_ = stage::watching;
  if (here_.news() == presence_news::summaries) {
    push("presence_summary", {{"count", all.count}, {"presences", *all.presences.if_json()}});
  } else {
    push("presence_state", all.presences);
  }
  for (const auto* news : {"presence_diff", "presence_summary"}) stop_intercepting(news);
}

}  // namespace bennu
