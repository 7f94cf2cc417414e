// Channel classes that cannot serve a topic.
#include <functional>
#include <string>

#include <bennu/channels/user_socket.hpp>

namespace {

class open_socket : public bennu::user_socket {
public:
  bennu::connect_result connect(const bennu::json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

class room : public bennu::channel {
public:
  template <class Channel>
  static void handlers(bennu::handlers<Channel>&) {}
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

}  // namespace

//! a class that is no channel serves a topic
//? a topic is served by a class that derives from bennu::channel
namespace no_channel {
class room_list {};
class socket final : public open_socket {
public:
#ifdef WRONG
  socket() { channel<room_list>("rooms"); }
#else
  socket() { channel<room>("rooms"); }
#endif
};
}  // namespace no_channel

//! a channel class has no join
//? a channel class overrides join
namespace channel_without_join {
class lobby : public bennu::channel {
public:
  static void handlers(bennu::handlers<lobby>&) {}
#ifndef WRONG
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
#endif
};
class socket final : public open_socket {
public:
  socket() { channel<lobby>("lobby"); }
};
}  // namespace channel_without_join

//! the arguments of a channel's constructor are missing
//? a channel is made with copies of the arguments that follow its pattern
namespace missing_arguments {
class game final : public room {
public:
  explicit game(std::string& score) : score_(score) {}
  const std::string& score() const { return score_; }

private:
  std::string& score_;
};
class socket final : public open_socket {
public:
#ifdef WRONG
  explicit socket(std::string&) { channel<game>("game:*"); }
#else
  explicit socket(std::string& score) { channel<game>("game:*", std::ref(score)); }
#endif
};
}  // namespace missing_arguments

//! the handlers of a channel class are private, so that nobody would ever call them
//? a channel class registers its handlers in a public function with the name `handlers` and itself as the type
namespace private_handlers {
class quiet final : public room {
#ifndef WRONG
public:
#endif
  static void handlers(bennu::handlers<quiet>& on) {
    on.in("ping", [](quiet&, const bennu::payload&) { return bennu::reply(bennu::ok); });
  }
};
class socket final : public open_socket {
public:
  socket() { channel<quiet>("quiet"); }
};
}  // namespace private_handlers

//! the handlers of a channel class are those of another one
//? a channel class registers its handlers in a public function with the name `handlers` and itself as the type
namespace handlers_of_another {
class loud final : public room {
public:
#ifdef WRONG
  static void handlers(bennu::handlers<room>& on) {
    on.in("ping", [](room&, const bennu::payload&) { return bennu::reply(bennu::ok); });
  }
#else
  static void handlers(bennu::handlers<loud>& on) {
    on.in("ping", [](loud&, const bennu::payload&) { return bennu::reply(bennu::ok); });
  }
#endif
};
class socket final : public open_socket {
public:
  socket() { channel<loud>("loud"); }
};
}  // namespace handlers_of_another
