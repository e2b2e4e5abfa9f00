// SIGINT, SIGTERM and SIGHUP as a flag that can be asked and a descriptor that can be waited for.
#pragma once

#include <signal.h>

#include <array>
#include <atomic>

namespace hookferry {

/// The first signal asks for an end: requested() turns true, wake_fd() becomes readable and stays so. The
/// second one leaves the process at once with exit code 130 and a line on standard error, from within the
/// handler, whatever the process is doing.
///
/// Made once, by the command line, and handed down. A signal handler can only find it through process-wide
/// state: one atomic pointer in interrupts.cpp, set while an object listens. There is no other such state.
class Interrupts {
 public:
  /// Handles no signals yet: until listen() a signal does what the system's default is.
  Interrupts();
  /// Puts back the handlers that were there before.
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Handles signals from here on, SIGHUP only if it is not ignored (nohup). A second call does nothing. One
  /// object at a time may listen.
  void listen();
  /// As the first signal does, from any thread; again: nothing.
  void request() noexcept;
  [[nodiscard]] bool requested() const noexcept { return requested_.load(); }
  /// For poll() in any number of places at once. It must not be read from.
  int wake_fd() const noexcept { return wake_fd_; }

 private:
  struct Handled {
    int signal;
    struct sigaction before;
    bool active;
  };
  static void on_signal(int number);
  void wake() noexcept;

  std::atomic<bool> requested_{false};
  int wake_fd_ = -1;
  std::array<Handled, 3> handled_;
  static_assert(std::atomic<bool>::is_always_lock_free);
};

}  // namespace hookferry
