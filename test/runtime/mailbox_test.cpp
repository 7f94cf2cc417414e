#include <bennu/runtime/mailbox.hpp>

#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <caf/make_message.hpp>
#include <caf/message.hpp>

using bennu::mailbox;
using bennu::message_list;
using push_result = mailbox::push_result;

namespace {

caf::mailbox_element_ptr numbered(int n) { return caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, n); }

int number_of(const caf::mailbox_element_ptr& message) { return message->content().get_as<int>(0); }

std::vector<int> all_of(message_list& list) {
  std::vector<int> numbers;
  while (!list.empty()) numbers.push_back(number_of(list.pop_front()));
  return numbers;
}

}  // namespace

TEST_CASE("a list keeps its messages in order, and takes others before them") {
  message_list first;
  for (const int n : {1, 2}) first.push_back(numbered(n));
  message_list second;
  for (const int n : {3, 4}) second.push_back(numbered(n));
  second.prepend(first);
  CHECK(first.empty());
  second.push_back(numbered(5));
  second.prepend(first);
  CHECK(all_of(second) == std::vector{1, 2, 3, 4, 5});
  message_list empty;
  first.push_back(numbered(6));
  empty.prepend(first);
  empty.push_back(numbered(7));
  CHECK(all_of(empty) == std::vector{6, 7});
}

TEST_CASE("messages come out of a mailbox in the order in which they arrived") {
  mailbox box;
  for (int n = 1; n <= 3; ++n) CHECK(box.push(numbered(n)) == push_result::success);
  CHECK(number_of(box.pop()) == 1);
  box.push(numbered(4));
  for (int n = 2; n <= 4; ++n) CHECK(number_of(box.pop()) == n);
  CHECK(box.pop() == nullptr);
}

TEST_CASE("messages that are put back come first") {
  mailbox box;
  for (int n = 1; n <= 4; ++n) box.push(numbered(n));
  message_list kept;
  kept.push_back(box.pop());
  kept.push_back(box.pop());
  box.put_back(kept);
  for (int n = 1; n <= 4; ++n) CHECK(number_of(box.pop()) == n);
}

TEST_CASE("a push to an idle mailbox reports this, once") {
  mailbox box;
  CHECK_FALSE(box.is_idle());
  CHECK(box.try_idle());
  CHECK(box.is_idle());
  CHECK(box.push(numbered(1)) == push_result::unblocked_reader);
  CHECK(box.push(numbered(2)) == push_result::success);
  CHECK_FALSE(box.try_idle());
  box.pop();
  CHECK_FALSE(box.try_idle());  // one has been taken out of the inbox, but waits
  box.pop();
  CHECK(box.pop() == nullptr);
  CHECK(box.try_idle());
}

TEST_CASE("a closed mailbox returns the waiting messages, and accepts no more") {
  mailbox box;
  for (int n = 1; n <= 2; ++n) box.push(numbered(n));
  message_list left;
  left.push_back(box.pop());
  box.put_back(left);
  box.push(numbered(3));
  box.close(left);
  CHECK(box.is_closed());
  CHECK(all_of(left) == std::vector{1, 2, 3});
  CHECK(box.push(numbered(4)) == push_result::queue_closed);
}

TEST_CASE("any number of threads may push at once; each one's messages stay in order") {
  constexpr int a_thread = 10'000;
  mailbox box;
  std::vector<std::thread> senders;
  for (int t = 0; t < 3; ++t) {
    senders.emplace_back([&box, t] {
      for (int n = 0; n < a_thread; ++n) box.push(numbered(t * a_thread + n));
    });
  }
  std::vector<int> next(3, 0);
  for (int received = 0; received < 3 * a_thread;) {
    const auto message = box.pop();
    if (message == nullptr) continue;
    ++received;
    const auto n = number_of(message);
    auto& expected = next[static_cast<std::size_t>(n / a_thread)];
    REQUIRE(n % a_thread == expected);
    ++expected;
  }
  for (auto& s : senders) s.join();
}
