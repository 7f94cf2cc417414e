#include <bennu/pubsub/direct_adapter/internal/node_dialer.hpp>

#include <algorithm>
#include <utility>

namespace bennu {

void node_dialer::dial(const node_address& where, const std::set<node_address>& known) {
  auto& a = attempts_.emplace_back();
  a.where = where;
  resolver_.resolve(where, [this, where, known](const resolved& found) {
    const auto it = std::find_if(attempts_.begin(), attempts_.end(),
                                 [&](const attempt& each) { return each.is_resolving && each.where == where; });
    if (it != attempts_.end()) on_resolved(*it, found, known);
  });
}

void node_dialer::on_resolved(attempt& a, const resolved& found, const std::set<node_address>& known) {
  a.is_resolving = false;
  if (found.addresses.empty()) a.failure = {join_failure_reason::unresolved, "its name is not known: " + found.error};
  for (const auto& each : found.addresses) {
    if (known.contains(each)) {
      a.reached = true;
    } else {
      connect(a, each, hello_purpose::link);
    }
  }
}

void node_dialer::dial_for_actors(const std::string& node, const node_address& where) {
  auto& a = for_actors_.emplace_back();
  a.where = where;
  a.is_resolving = false;
  a.actors_of = node;
  connect(a, where, hello_purpose::actors);
}

bool node_dialer::is_dialing_for_actors(const std::string& node) const {
  return std::any_of(for_actors_.begin(), for_actors_.end(), [&](const auto& a) { return a.actors_of == node; });
}

void node_dialer::connect(attempt& a, const node_address& to, hello_purpose purpose) {
  auto begun = begin_connect(to);
  if (!begun.socket) {
    a.failure = failure_of_connect(begun.error);
    return;
  }
  node_handshake::user& me = *this;
  a.handshakes.push_back(std::make_unique<node_handshake>(loop_, std::move(begun.socket), node_handshake::side::dialed,
                                                          proof_, to, clock::now() + 2 * limits_.node_connect_timeout,
                                                          purpose, me));
}

node_dialer::attempt* node_dialer::attempt_of(const node_handshake& h) {
  for (auto* const list : {&attempts_, &for_actors_}) {
    for (auto& a : *list) {
      const bool is_its =
          std::any_of(a.handshakes.begin(), a.handshakes.end(), [&](const auto& each) { return each.get() == &h; });
      if (is_its) return &a;
    }
  }
  return nullptr;
}

void node_dialer::on_introduced(node_handshake& h, const node_hello& other) {
  auto* const a = attempt_of(h);
  if (a == nullptr) return;
  a->reached = true;
  a->settled = false;
  user_.on_welcome(h, other);
}

void node_dialer::on_refused(node_handshake& h, const node_refusal& why) {
  auto* const a = attempt_of(h);
  if (a == nullptr) return;
  auto failure = user_.on_refusal(h, why);
  if (failure) {
    a->failure = std::move(failure);
  } else {
    a->reached = true;
  }
}

void node_dialer::on_failed(node_handshake& h, const join_failure& why) {
  if (auto* const a = attempt_of(h)) a->failure = why;
}

bool node_dialer::is_over(const attempt& a) {
  return !a.is_resolving &&
         std::all_of(a.handshakes.begin(), a.handshakes.end(), [](const auto& h) { return h->has_ended(); });
}

void node_dialer::tick(clock::time_point now) {
  for (auto* const list : {&attempts_, &for_actors_}) {
    for (auto& a : *list) {
      for (const auto& h : a.handshakes) h->check(now);
    }
  }
  std::list<attempt> over;
  for (auto* const list : {&attempts_, &for_actors_}) {
    for (auto it = list->begin(); it != list->end();) {
      const auto next = std::next(it);
      if (is_over(*it)) over.splice(over.end(), *list, it);
      it = next;
    }
  }
  for (const auto& a : over) {
    if (a.actors_of.empty()) {
      user_.on_attempt_over(a.where, a.reached && a.settled, a.reached ? std::nullopt : a.failure);
    } else if (!a.reached) {
      user_.on_actors_failed(a.actors_of);
    }
  }
}

}  // namespace bennu
