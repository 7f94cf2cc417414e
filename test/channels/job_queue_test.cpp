#include <string>
#include <vector>

#include "busy_room.hpp"

using namespace busy;

namespace {

struct job_case : channel_case {
  client_socket connected() { return socket().route<room_channel>("room:*"); }

  /// Channels of one client, each with a job.
  static std::vector<client_channel> busy_rooms(const client_socket& of, int count) {
    std::vector<client_channel> rooms;
    for (int i = 0; i < count; ++i) {
      rooms.push_back(of.join("room:" + std::to_string(i)));
      rooms.back().push_in("slow");
    }
    return rooms;
  }
};

}  // namespace

TEST_CASE_FIXTURE(job_case, "a client that asks for more jobs than it may have at once delays no other client") {
  hold_jobs();
  const auto ana = connected();
  std::vector<push_ref> pushes;
  std::vector<client_channel> rooms;
  for (std::size_t i = 0; i <= limits().max_jobs_per_socket; ++i) {
    rooms.push_back(ana.join("room:" + std::to_string(i)));
    pushes.push_back(rooms.back().push_in("slow"));
  }
  settle();
  const auto bob = connected().join("room:bob");
  const auto other = bob.push_in("slow");
  settle();
  CHECK(held_jobs() == limits().max_jobs_per_socket + 1);
  CHECK(counted(metric::waiting_jobs) == 10);

  run_job();  // ana's ninth takes the place, behind bob's
  rooms[0].assert_reply(pushes[0], bennu::ok);
  for (std::size_t i = 1; i < limits().max_jobs_per_socket; ++i) run_job();
  bob.refute_reply(other);
  run_job();
  bob.assert_reply(other, bennu::ok);
  rooms[8].refute_reply(pushes[8]);
  CHECK(held_jobs() == 1);
  run_job();
  rooms[8].assert_reply(pushes[8], bennu::ok);
  CHECK(counted(metric::waiting_jobs) == 0);
}

TEST_CASE_FIXTURE(job_case, "jobs that wait for others of their client run in order, also when it is gone") {
  limits().max_jobs_per_socket = 1;
  hold_jobs();
  const auto ana = connected();
  const auto rooms = busy_rooms(ana, 3);
  settle();
  ana.cut();
  settle();
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    CHECK_FALSE(rooms[i].ended());
    CHECK(held_jobs() == 1);
    run_job();
    rooms[i].assert_ended(exit_reason::kind::closed);
  }
  CHECK(held_jobs() == 0);
  CHECK(counted(metric::channels) == 0);
}

TEST_CASE_FIXTURE(job_case, "a channel that is killed while its job waits for others of its client") {
  limits().max_jobs_per_socket = 1;
  hold_jobs();
  const auto ana = connected();
  const auto first = ana.join("room:1");
  const auto second = ana.join("room:2");
  first.push_in("slow");
  second.push_in("slow");
  settle();
  second.kill();
  settle();
  CHECK(second.at() == state::errored);
  CHECK(counted(metric::waiting_jobs) == 2);
  release_jobs();
  second.assert_ended(exit_reason::kind::killed);
  CHECK(counted(metric::waiting_jobs) == 0);
  first.assert_reply(first.push_in("ping"), bennu::ok);
}

TEST_CASE_FIXTURE(job_case, "beyond the jobs of all sockets that may wait, the channel of a further one ends") {
  limits().max_waiting_jobs = 3;
  limits().max_jobs_per_socket = 2;
  hold_jobs();
  const auto ana = connected();
  const auto rooms = busy_rooms(ana, 3);
  settle();
  const auto bob = connected();
  const auto room = bob.join("room:bob");
  const auto refused = room.push_in("slow");
  room.assert_ended(exit_reason::error("overloaded"));
  CHECK(room.at() == state::errored);
  room.refute_reply(refused);
  CHECK(log().back() == "warning: channel room:bob ends: more than 3 blocking jobs wait for a thread");
  CHECK(bob.assert_join_refused("room:1", slow) == payload{{"reason", "join crashed"}});
  CHECK(counted(metric::jobs_refused) == 2);
  CHECK(counted(metric::waiting_jobs) == 3);
  for (const auto& r : rooms) CHECK_FALSE(r.ended());

  run_job();
  const auto again = bob.join("room:bob");
  const auto taken = again.push_in("slow");
  settle();
  release_jobs();
  again.assert_reply(taken, bennu::ok);
}
