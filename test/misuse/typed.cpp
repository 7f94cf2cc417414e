// Messages that the interface of a typed channel does not have.
#include <string>

#include <bennu/channels/typed_channel.hpp>

struct add_score {
  int points = 0;
};
struct get_total {};
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(add_score)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(get_total)

namespace {

using scores = bennu::typed_channel<caf::reacts_to<add_score>, caf::replies_to<get_total>::with<int>>;

}  // namespace

//! somebody sends a typed channel what it does not understand
//? receiver does not accept given message
namespace unknown_message {
void reward(const scores::handle_type& channel) {
#ifdef WRONG
  caf::anon_send(channel, std::string{"well done"});
#else
  caf::anon_send(channel, add_score{10});
#endif
}
}  // namespace unknown_message

//! a typed channel leaves a message of its interface out
//? required from|no matching function|static assertion failed
namespace missing_handler {
class channel final : public scores {
public:
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }

private:
  behavior_type behavior() override {
#ifdef WRONG
    return {[this](const add_score& s) { total_ += s.points; }};
#else
    return {[this](const add_score& s) { total_ += s.points; }, [this](get_total) { return total_; }};
#endif
  }
  int total_ = 0;
};
}  // namespace missing_handler

//! a typed channel answers with another type than its interface says
//? required from|no matching function|static assertion failed
namespace wrong_answer {
class channel final : public scores {
public:
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }

private:
  behavior_type behavior() override {
#ifdef WRONG
    return {[](const add_score&){}, [](get_total) { return std::string{"many"}; }};
#else
    return {[](const add_score&) {}, [](get_total) { return 7; }};
#endif
  }
};
}  // namespace wrong_answer
