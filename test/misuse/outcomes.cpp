// Results that a callback must not return. Each section is compiled in the correct and in the incorrect form.
#include <bennu/channels/channel.hpp>

namespace {

struct tick {};

/// The members that every channel of this file needs.
class room : public bennu::channel {
public:
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

}  // namespace

//! a handler of messages replies, though nobody asked
//? only noreply or stop
namespace reply_from_info {
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
    on.info([](channel&, const tick&) {
#ifdef WRONG
      return bennu::reply(bennu::ok);
#else
      return bennu::noreply;
#endif
    });
  }
};
}  // namespace reply_from_info

//! a handler of messages stops with a reply, though nobody asked
//? only noreply or stop
namespace last_reply_from_info {
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
    on.info([](channel&, const tick&) {
#ifdef WRONG
      return stop(bennu::normal, bennu::reply(bennu::ok));
#else
      return stop(bennu::normal);
#endif
    });
  }
};
}  // namespace last_reply_from_info

//! a job of a handler of messages replies, though nobody asked
//? only noreply or stop
namespace reply_from_job {
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
    on.info([](channel&, const tick&) {
#ifdef WRONG
      return bennu::blocking([] { return bennu::reply(bennu::ok); });
#else
      return bennu::blocking([] { return bennu::noreply; });
#endif
    });
  }
};
}  // namespace reply_from_job

//! a handler of broadcasts replies, though nobody asked
//? only noreply or stop
namespace reply_from_out {
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
#ifdef WRONG
    on.out("news", [](channel&, const bennu::payload&) { return bennu::reply(bennu::ok); });
#else
    on.out("news", [](channel& self, const bennu::payload& content) { self.push("news", content); });
#endif
  }
};
}  // namespace reply_from_out

//! a handler of pushes accepts, as if it was a join
//? a handler of pushes noreply, reply
namespace accept_from_in {
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
#ifdef WRONG
    on.in("ping", [](channel&, const bennu::payload&) { return bennu::accept(); });
#else
    on.in("ping", [](channel&, const bennu::payload&) { return bennu::reply(bennu::ok); });
#endif
  }
};
}  // namespace accept_from_in

//! a handler of pushes returns a value of its own
//? a handler of pushes noreply, reply
namespace value_from_in {
class channel final : public room {
public:
  static void handlers(bennu::handlers<channel>& on) {
#ifdef WRONG
    on.in("count", [](channel& self, const bennu::payload&) { return ++self.count_; });
#else
    on.in("count",
          [](channel& self, const bennu::payload&) { return bennu::reply(bennu::ok, {{"count", ++self.count_}}); });
#endif
  }

private:
  int count_ = 0;
};
}  // namespace value_from_in

//! a join is left unanswered
//? from 'const bennu::noreply_t' to 'bennu::join_result' {aka 'bennu::result<bennu::accept_t, bennu::refuse_t>'}
namespace unanswered_join {
class channel final : public bennu::channel {
public:
#ifdef WRONG
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::noreply; }
#else
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::refuse(); }
#endif
};
}  // namespace unanswered_join

//! a join replies with an error, but should refuse
//? from 'bennu::reply_t' to 'bennu::join_result' {aka 'bennu::result<bennu::accept_t, bennu::refuse_t>'}
namespace replied_join {
class channel final : public bennu::channel {
public:
#ifdef WRONG
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::reply(bennu::error); }
#else
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::refuse(); }
#endif
};
}  // namespace replied_join
