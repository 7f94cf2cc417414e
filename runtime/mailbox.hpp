#pragma once

#include <utility>

#include <caf/intrusive/inbox_result.hpp>
#include <caf/intrusive/lifo_inbox.hpp>
#include <caf/mailbox_element.hpp>

namespace bennu {

/// A linked list of messages, which allocates nothing itself. Belongs to one thread.
class message_list {
public:
  message_list() noexcept = default;
  message_list(const message_list&) = delete;
  message_list& operator=(const message_list&) = delete;
  ~message_list() { clear(); }

  bool empty() const noexcept { return first_ == nullptr; }
  void clear() noexcept;

  void push_back(caf::mailbox_element_ptr message) noexcept;
  /// The list must not be empty.
  caf::mailbox_element_ptr pop_front() noexcept;
  /// Calls `visit` with each message, in order.
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (auto* next = first_; next != nullptr; next = next->next) visit(*static_cast<caf::mailbox_element*>(next));
  }
  /// Moves all messages of another list to the front of this one.
  void prepend(message_list& others) noexcept;

private:
  friend class mailbox;
  using node = caf::mailbox_element::node_type;

  void push_front(node* message) noexcept;

  node* first_ = nullptr;
  node* last_ = nullptr;
};

/// The messages that wait for one actor, in the order in which they arrived. Any thread may push. Only the
/// actor's own thread may call the other functions.
///
/// After a push to an idle mailbox, the caller has to resume its actor.
class mailbox {
public:
  using push_result = caf::intrusive::inbox_result;

  /// Drops the message if the mailbox is closed. Takes no lock.
  push_result push(caf::mailbox_element_ptr message) noexcept { return inbox_.push_front(std::move(message)); }

  /// Removes and returns the oldest message, or null. The mailbox must not be idle or closed.
  caf::mailbox_element_ptr pop() noexcept;
  /// Puts messages before all messages that wait.
  void put_back(message_list& messages) noexcept { taken_.prepend(messages); }

  /// Calls `visit` with each message, oldest first.
  template <class Visit>
  void for_each(const Visit& visit) {
    sort_newer();
    taken_.for_each(visit);
  }

  /// True if the actor waits for the next message.
  bool is_idle() const noexcept { return inbox_.blocked(); }
  /// Makes an empty mailbox idle. @returns false if messages wait
  bool try_idle() noexcept { return taken_.empty() && inbox_.try_block(); }

  bool is_closed() const noexcept { return inbox_.closed(); }
  /// Closes the mailbox. @returns the messages that wait
  void close(message_list& left) noexcept;

private:
  /// Moves the newer messages behind those that were taken before.
  void sort_newer() noexcept;

  /// The policy that CAF's inbox requires.
  struct policy {
    using mapped_type = caf::mailbox_element;
    using unique_pointer = caf::mailbox_element_ptr;
  };

  caf::intrusive::lifo_inbox<policy> inbox_;  ///< newest message first
  message_list taken_;                        ///< messages from the inbox, oldest first
};

}  // namespace bennu
