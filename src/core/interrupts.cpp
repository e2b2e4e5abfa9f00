#include "core/interrupts.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/failure.hpp"

namespace hookferry {
namespace {

/// What the handler finds: see the header.
std::atomic<Interrupts*> listening{nullptr};
static_assert(std::atomic<Interrupts*>::is_always_lock_free);

/// Nothing is settled, but the ledger's intents are on disk. Only what a handler may call.
[[noreturn]] void leave_at_once() {
  constexpr std::string_view farewell =
      "\nhookferry: left at once; what was sent last is not settled - run the same command again to settle "
      "and finish\n";
  if (::write(STDERR_FILENO, farewell.data(), farewell.size()) < 0) {
    // Standard error is closed, and there is no other place to say it.
  }
  ::_exit(128 + SIGINT);  // what shells say of a process that Ctrl-C has ended
}

}  // namespace

Interrupts::Interrupts()
    : wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      handled_{{{SIGINT, {}, false}, {SIGTERM, {}, false}, {SIGHUP, {}, false}}} {
  if (wake_fd_ < 0)
    throw Failure(Cause::incomplete, std::string("cannot make a descriptor: ") + std::strerror(errno),
                  "the process needs more open files (ulimit -n)");
}

Interrupts::~Interrupts() {
  for (const auto& handled : handled_)
    if (handled.active) ::sigaction(handled.signal, &handled.before, nullptr);
  Interrupts* self = this;
  listening.compare_exchange_strong(self, nullptr);
  ::close(wake_fd_);
}

void Interrupts::listen() {
  if (listening.exchange(this) == this) return;
  for (auto& handled : handled_) {
    if (::sigaction(handled.signal, nullptr, &handled.before) != 0) continue;
    // A lost terminal ends a run as cleanly as Ctrl-C, unless the user (nohup) wants it to go on.
    if (handled.signal == SIGHUP && handled.before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = &Interrupts::on_signal;
    action.sa_flags = SA_RESTART;  // waiting code polls wake_fd(); all other calls go on
    handled.active = ::sigaction(handled.signal, &action, nullptr) == 0;
  }
}

void Interrupts::request() noexcept {
  if (!requested_.exchange(true)) wake();
}

void Interrupts::on_signal(int) {
  const int error = errno;
  if (auto* self = listening.load()) {
    if (self->requested_.exchange(true)) leave_at_once();
    self->wake();
  }
  errno = error;
}

void Interrupts::wake() noexcept {
  const std::uint64_t one = 1;
  if (::write(wake_fd_, &one, sizeof one) < 0) {
    // It is readable already.
  }
}

}  // namespace hookferry
