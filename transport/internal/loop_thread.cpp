#include <bennu/transport/internal/loop_thread.hpp>

#include <csignal>

namespace bennu {

loop_thread::loop_thread(std::size_t index) : loop_(index) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  // The thread inherits the mask.
  thread_ = std::thread{[this] { loop_.run(nullptr); }};
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

loop_thread::~loop_thread() {
  loop_.stop();
  thread_.join();
}

}  // namespace bennu
