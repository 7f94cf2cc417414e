#include <bennu/channels/testing/channel_case.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace bennu::testing;
using bennu::exit_reason;
using bennu::json;
using bennu::payload;
using bennu::reply;
using state = client_channel::state;
using kind = exit_reason::kind;

namespace {

using reasons = std::vector<exit_reason>;

class mortal final : public bennu::channel {
public:
  explicit mortal(std::shared_ptr<reasons> seen) : seen_(std::move(seen)) {}

  static void handlers(bennu::handlers<mortal>& on) {
    on.in("stop", [](mortal&, const json& why) { return stop(reason_of(why)); });
    on.in("crash", [](mortal&, const payload&) { throw std::runtime_error("crashed"); });
    on.in("slow", [](mortal&, const payload&) { return bennu::blocking([] { return reply(bennu::ok); }); });
    on.in("quick", [](mortal&, const payload&) { return reply(bennu::ok); });
    on.info([](mortal&, const exit_reason& why) { return stop(why); });
  }

  bennu::join_result join(const bennu::topic& topic, payload) override {
    if (topic.subtopic() == "refused") return bennu::refuse();
    return bennu::accept();
  }

  void terminate(const exit_reason& why) override {
    seen_->push_back(why);
    if (topic().subtopic() == "wordy") push("last_words", {{"reason", why.text()}});
    if (topic().subtopic() == "testament") broadcast("testament", {{"reason", why.text()}});
    if (topic().subtopic() == "throws") throw std::runtime_error("again");
  }

private:
  static exit_reason reason_of(const json& why) {
    if (why["kind"] == json{"normal"}) return bennu::normal;
    if (why["kind"] == json{"shutdown"}) return bennu::shutdown;
    return exit_reason::error(why.as_string("kind"));
  }

  std::shared_ptr<reasons> seen_;
};

struct mortal_case : channel_case {
  client_socket connected(std::optional<std::string> id = std::nullopt) {
    return socket(std::move(id)).route<mortal>("room:*", seen);
  }

  std::shared_ptr<reasons> seen = std::make_shared<reasons>();
};

}  // namespace

TEST_CASE_FIXTURE(mortal_case, "terminate is called once, with the reason left") {
  const auto room = connected().join("room:1");
  room.assert_reply(room.leave(), bennu::ok, {});
  CHECK(*seen == reasons{kind::left});
  CHECK(room.at() == state::closed);
}

TEST_CASE_FIXTURE(mortal_case, "terminate is called once, with the reason closed, if the client closes or vanishes") {
  const auto ana = connected();
  ana.join("room:1");
  ana.close(bennu::close_code::going_away);
  ana.assert_closed(bennu::close_code::normal);
  CHECK(*seen == reasons{kind::closed});

  const auto bob = connected();
  bob.join("room:1");
  bob.join("room:2");
  bob.cut();
  settle();
  CHECK(*seen == reasons{kind::closed, kind::closed, kind::closed});
}

TEST_CASE_FIXTURE(mortal_case, "terminate is called once, with the reason with which the channel stopped") {
  const auto ana = connected();
  const auto check = [&](const char* text, const exit_reason& expected, state how) {
    CAPTURE(text);
    const auto room = ana.join("room:1");
    room.push_in("stop", {{"kind", text}});
    room.assert_ended(expected);
    CHECK(seen->back() == expected);
    CHECK(room.at() == how);
  };
  check("normal", bennu::normal, state::closed);
  check("shutdown", bennu::shutdown, state::closed);
  check("boom", exit_reason::error("boom"), state::errored);
  CHECK(seen->size() == 3);
}

TEST_CASE_FIXTURE(mortal_case, "terminate is called once, with the text of the channel's crash") {
  const auto room = connected().join("room:1");
  room.push_in("crash");
  settle();
  CHECK(*seen == reasons{exit_reason::error("crashed")});
}

TEST_CASE_FIXTURE(mortal_case, "terminate is called once, with the reason killed") {
  const auto room = connected().join("room:1");
  room.kill();
  settle();
  CHECK(*seen == reasons{kind::killed});
  CHECK(room.at() == state::errored);
}

TEST_CASE_FIXTURE(mortal_case, "terminate is called once, with the reason that another actor sent") {
  const auto room = connected().join("room:1");
  room.exit(bennu::shutdown);
  settle();
  CHECK(*seen == reasons{bennu::shutdown});
  CHECK(room.at() == state::closed);
}

TEST_CASE_FIXTURE(mortal_case,
                  "terminate is called once, with the reason disconnected, if the socket's id is disconnected") {
  const auto ana = connected("user:1");
  ana.join("room:1");
  const auto other = connected("user:2");
  other.join("room:1");
  broadcast("user:1", "disconnect");
  ana.assert_closed(bennu::close_code::going_away);
  CHECK(*seen == reasons{kind::disconnected});
  CHECK(other.is_open());
}

TEST_CASE_FIXTURE(mortal_case, "terminate is called once, with the reason duplicate join") {
  const auto ana = connected();
  const auto first = ana.join("room:1");
  const auto second = ana.join("room:1");
  CHECK(*seen == reasons{kind::duplicate_join});
  CHECK(first.at() == state::closed);
  CHECK(second.at() == state::joined);
}

TEST_CASE_FIXTURE(mortal_case, "terminate is called once, with the reason inactive, if the client sends nothing") {
  const auto ana = connected();
  ana.join("room:1");
  ana.stop_heartbeats();
  advance(limits().idle_timeout);
  ana.assert_closed(bennu::close_code::going_away);
  CHECK(*seen == reasons{kind::inactive});
}

TEST_CASE_FIXTURE(mortal_case,
                  "terminate is called once, with the reason rejected, if the client sends a malformed frame") {
  const auto ana = connected();
  ana.join("room:1");
  ana.send_text("nonsense");
  ana.assert_closed(bennu::close_code::internal_error);
  CHECK(*seen == reasons{kind::rejected});
}

TEST_CASE_FIXTURE(mortal_case, "terminate is called once, with the reason overloaded, if the client does not read") {
  limits().max_outbox_messages = 10;
  const auto ana = connected();
  const auto room = ana.join("room:1");
  ana.stop_reading();
  for (int i = 0; i < 11; ++i) room.push_in("quick");
  settle();
  CHECK(*seen == reasons{kind::overloaded});
  CHECK(ana.is_open());

  ana.resume_reading();
  ana.assert_closed(bennu::close_code::try_again_later);
}

TEST_CASE_FIXTURE(mortal_case, "terminate is called once if several ends coincide") {
  const auto ana = connected("user:1");
  const auto room = ana.join("room:1");
  room.leave();
  room.push_in("crash");
  ana.join("room:2");
  broadcast("user:1", "disconnect");
  room.kill();
  ana.close();
  settle();
  CHECK(seen->size() == 2);
}

TEST_CASE_FIXTURE(mortal_case, "terminate is not called for a join that was refused, or never got so far") {
  const auto ana = connected();
  ana.assert_join_refused("room:refused");
  ana.assert_join_refused("unknown:1");
  ana.close();
  settle();
  CHECK(seen->empty());
}

TEST_CASE_FIXTURE(mortal_case, "a channel may still push and broadcast in terminate") {
  const auto ana = connected();
  const auto room = ana.join("room:wordy");
  room.leave();
  settle();
  CHECK(ana.frames() == std::vector<std::string>{R"(["1","1","room:wordy","phx_reply",{"status":"ok","response":{}}])",
                                                 R"(["1","2","room:wordy","phx_reply",{"status":"ok","response":{}}])",
                                                 R"(["1","1","room:wordy","phx_close",{}])",
                                                 R"(["1",null,"room:wordy","last_words",{"reason":"left"}])"});

  const auto heir = connected().join("room:testament");
  const auto gone = connected();
  gone.join("room:testament");
  gone.close();
  heir.assert_push("testament", {{"reason", "closed"}});
}

TEST_CASE_FIXTURE(mortal_case, "a terminate that throws is logged, and hinders nothing") {
  const auto ana = connected();
  const auto room = ana.join("room:throws");
  room.leave();
  settle();
  CHECK(seen->size() == 1);
  CHECK(log().back() == "error: terminate of channel room:throws threw: again");
  CHECK(ana.join("room:throws").at() == state::joined);
}

// -- while a job has the channel --------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(mortal_case, "a channel that is killed during its job terminates when the job is done, once") {
  hold_jobs();
  const auto ana = connected();
  const auto room = ana.join("room:1");
  room.push_in("slow");
  settle();
  room.kill();
  settle();
  CHECK(room.at() == state::errored);
  CHECK(seen->empty());

  release_jobs();
  settle();
  CHECK(*seen == reasons{kind::killed});
}

TEST_CASE_FIXTURE(mortal_case, "a channel that is left during its job answers the job's push first") {
  hold_jobs();
  const auto room = connected().join("room:1");
  const auto push = room.push_in("slow");
  const auto leave = room.leave();
  settle();
  CHECK(seen->empty());

  release_jobs();
  room.assert_reply(push, bennu::ok, {});
  room.assert_reply(leave, bennu::ok, {});
  CHECK(*seen == reasons{kind::left});
}

TEST_CASE_FIXTURE(mortal_case, "a connection that closes during a job ends the channel after it") {
  hold_jobs();
  const auto ana = connected();
  const auto room = ana.join("room:1");
  room.push_in("slow");
  settle();
  ana.cut();
  settle();
  CHECK(seen->empty());

  release_jobs();
  settle();
  CHECK(*seen == reasons{kind::closed});
}
