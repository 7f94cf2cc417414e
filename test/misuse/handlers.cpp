// Handlers that cannot be called with the values for which they are registered.
#include <string>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/user_socket.hpp>

namespace {

class room : public bennu::channel {
public:
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

class open_socket : public bennu::user_socket {
public:
  bennu::connect_result connect(const bennu::json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

/// A struct with a function `fields`.
struct message {
  std::string body;
  static void fields(auto& self, auto&& f) { f("body", self.body); }
};

/// A struct without one.
struct silent {
  std::string body;
};

}  // namespace

//! a handler takes a struct that does not say how it is read
//? a handler takes bennu::payload, bennu::json, bennu::binary, or a struct with fields
namespace struct_without_fields {
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
#ifdef WRONG
    on.in("new_msg", [](channel&, const silent&){});
#else
    on.in("new_msg", [](channel&, const message&) {});
#endif
  }
};
}  // namespace struct_without_fields

//! what is pushed is a struct that does not say how it is written
//? cannot convert '{anonymous}::silent' to 'const bennu::payload&'
namespace struct_pushed {
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
    on.in("ping", [](channel& self, const bennu::payload&) {
#ifdef WRONG
      self.push("pong", silent{"hi"});
#else
      self.push("pong", message{"hi"});
#endif
    });
  }
};
}  // namespace struct_pushed

//! a handler does not take the channel
//? a handler is a member function of its channel's class, or a callable whose first parameter is the channel
namespace handler_without_channel {
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
#ifdef WRONG
    on.in("ping", [](const bennu::payload&) { return bennu::noreply; });
#else
    on.in("ping", [](channel&, const bennu::payload&) { return bennu::noreply; });
#endif
  }
};
}  // namespace handler_without_channel

//! a handler takes nothing
//? a handler is a member function of its channel's class, or a callable whose first parameter is the channel
namespace handler_without_parameters {
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
#ifdef WRONG
    on.in("ping", &channel::ping);
#else
    on.in("ping", &channel::pong);
#endif
  }

private:
  bennu::in_result ping() { return bennu::reply(bennu::ok); }
  bennu::in_result pong(const bennu::payload&) { return ping(); }
};
}  // namespace handler_without_parameters

//! a handler is a member of another class
//? a handler is a member function of its channel's class, or a callable whose first parameter is the channel
namespace handler_of_another {
class stranger {
public:
  bennu::in_result ping(const bennu::payload&) { return bennu::noreply; }
};
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
#ifdef WRONG
    on.in("ping", &stranger::ping);
#else
    on.in("ping", [](channel&, const bennu::payload& content) { return stranger{}.ping(content); });
#endif
  }
};
}  // namespace handler_of_another

//! a handler wants to change what it receives
//? takes what it receives by value, or as a reference to const
namespace handler_of_mutable {
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
#ifdef WRONG
    on.in("ping", [](channel&, message& received) { received.body.clear(); });
#else
    on.in("ping", [](channel&, message received) { received.body.clear(); });
#endif
  }
};
}  // namespace handler_of_mutable

//! a handler leaves its parameters' types open
//? a handler names the types of its parameters
namespace handler_of_auto {
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
#ifdef WRONG
    on.in("ping", [](auto& self, const auto& content) { self.push("pong", content); });
#else
    on.in("ping", [](channel& self, const bennu::payload& content) { self.push("pong", content); });
#endif
  }
};
}  // namespace handler_of_auto

//! a channel is pushed to from outside, where no callback of its runs
//? is protected within this context
namespace push_from_outside {
class channel final : public room {
public:
  void say(const message& content) { push("said", content); }
};
#ifdef WRONG
void shout(bennu::channel& to) { to.push("said", message{"hi"}); }
#else
void shout(channel& to) { to.say(message{"hi"}); }
#endif
}  // namespace push_from_outside

//! a class misspells the function that registers its handlers
//? a channel class registers its handlers in a public function with the name `handlers`
namespace handlers_misspelt {
class channel final : public room {
public:
#ifdef WRONG
  static void handelers(bennu::handlers<channel>& on){
#else
  static void handlers(bennu::handlers<channel>& on) {
#endif
      on.in("ping", [](channel&, const bennu::payload&) {});
}
};  // namespace handlers_misspelt
class socket final : public open_socket {
public:
  socket() { bennu::user_socket::channel<handlers_misspelt::channel>("room:*"); }
};
}  // namespace handlers_misspelt

//! a class without handlers does not say so
//? for a class without handlers it is empty
namespace handlers_not_declared {
class channel final : public room {
public:
#ifndef WRONG
  static void handlers(bennu::handlers<channel>&) {}
#endif
};
class socket final : public open_socket {
public:
  socket() { bennu::user_socket::channel<handlers_not_declared::channel>("room:*"); }
};
}  // namespace handlers_not_declared

//! a range is a rule of a text
//? between is a rule for numbers
namespace range_of_a_text {
struct text {
  std::string body;
  static void fields(auto& self, auto&& f) {
#ifdef WRONG
    f("body", self.body, bennu::between(1, 5));
#else
    f("body", self.body, bennu::length(1, 5));
#endif
  }
};
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
    on.in("ping", [](channel&, const text&) {});
  }
};
}  // namespace range_of_a_text
