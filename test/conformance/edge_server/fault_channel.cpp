#include "fault_channel.hpp"

namespace edge {

using bennu::json;

namespace {

[[noreturn]] void fail(const json& how) {
  if (how["thrown"] == "number") throw 7;
  throw std::runtime_error("asked to");
}

}  // namespace

void fault_channel::handlers(bennu::handlers<fault_channel>& on) {
  on.in("ping", [](fault_channel&, const bennu::payload&) { return reply(bennu::ok); });
  on.in("echo", [](fault_channel&, bennu::payload request) { return reply(bennu::ok, std::move(request)); });
  on.in("say", [](fault_channel& self, bennu::payload message) { self.broadcast("said", std::move(message)); });
  on.in("in", [](fault_channel&, const json& how) { fail(how); });
  on.in("job",
        [](fault_channel&, const json& how) { return bennu::blocking([how]() -> bennu::in_result { fail(how); }); });
  on.in("info", [](fault_channel& self, const json& how) { self.send_self(throw_now{how}); });
  on.in("timer",
        [](fault_channel& self, const json& how) { self.send_after(std::chrono::milliseconds{1}, throw_now{how}); });
  on.in("out", [](fault_channel& self, const json& how) { self.broadcast("out", how); });
  on.in("terminate", [](fault_channel& self, const bennu::payload&) {
    self.throws_in_terminate_ = true;
    return stop(bennu::normal);
  });
  on.out("out", [](fault_channel&, const json& how) { fail(how); });
  on.info([](fault_channel&, const throw_now& message) { fail(message.how); });
}

bennu::join_result fault_channel::join(const bennu::topic&, bennu::payload params) {
  const auto* how = params.if_json();
  if (how == nullptr || (*how)["in"].is_null()) return bennu::accept();
  if ((*how)["in"] == "job") return bennu::blocking([how = *how]() -> bennu::join_result { fail(how); });
  fail(*how);
}

void fault_channel::terminate(const bennu::exit_reason&) {
  if (throws_in_terminate_) throw std::runtime_error("in terminate");
}

}  // namespace edge
