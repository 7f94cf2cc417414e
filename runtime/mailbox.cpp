#include <bennu/runtime/mailbox.hpp>

namespace bennu {

void message_list::clear() noexcept {
  while (!empty()) pop_front();
}

void message_list::push_back(caf::mailbox_element_ptr message) noexcept {
  node* const added = message.release();
  added->next = nullptr;
  (empty() ? first_ : last_->next) = added;
  last_ = added;
}

void message_list::push_front(node* message) noexcept {
  if (empty()) last_ = message;
  message->next = first_;
  first_ = message;
}

caf::mailbox_element_ptr message_list::pop_front() noexcept {
  auto* const taken = first_;
  first_ = taken->next;
  taken->next = nullptr;
  return caf::mailbox_element_ptr{static_cast<caf::mailbox_element*>(taken)};
}

void message_list::prepend(message_list& others) noexcept {
  if (others.empty()) return;
  if (empty()) last_ = others.last_;
  others.last_->next = std::exchange(first_, std::exchange(others.first_, nullptr));
}

caf::mailbox_element_ptr mailbox::pop() noexcept {
  if (taken_.empty()) {
    message_list::node* newest = inbox_.take_head();
    while (newest != nullptr) taken_.push_front(std::exchange(newest, newest->next));
  }
  return taken_.empty() ? caf::mailbox_element_ptr{} : taken_.pop_front();
}

void mailbox::sort_newer() noexcept {
  if (inbox_.blocked() || inbox_.closed()) return;
  message_list newer;
  message_list::node* newest = inbox_.take_head();
  while (newest != nullptr) newer.push_front(std::exchange(newest, newest->next));
  newer.prepend(taken_);
  taken_.prepend(newer);
}

void mailbox::close(message_list& left) noexcept {
  message_list newer;
  const auto keep = [&](caf::mailbox_element* message) { newer.push_front(message); };
  inbox_.close(keep);
  left.prepend(newer);
  left.prepend(taken_);
}

}  // namespace bennu
