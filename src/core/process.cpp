#include "core/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace hookferry {

namespace {

/// What the handler finds: see the header.
std::atomic<Interrupts*> listening{nullptr};
static_assert(std::atomic<Interrupts*>::is_always_lock_free);

/// Nothing is settled, but the ledger's intents are on disk. Only what a handler may call.
[[noreturn]] void leave_at_once() {
  constexpr std::string_view farewell =
      "\nhookferry: stopped without waiting; the last requests are unverified - run the same command "
      "again to verify them and finish\n";
  if (::write(STDERR_FILENO, farewell.data(), farewell.size()) < 0) {
    // Standard error is closed, and there is no other place to say it.
  }
  ::_exit(128 + SIGINT);  // what shells say of a process that Ctrl-C has ended
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
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

void Interrupts::on_signal(int) {
  const int error = errno;
  if (auto* self = listening.load()) {
    if (self->requested_.exchange(true)) leave_at_once();
    const std::uint64_t one = 1;
    if (::write(self->wake_fd_, &one, sizeof one) < 0) {
      // It is readable already.
    }
  }
  errno = error;
}

Pipe::Pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  read_end = Descriptor(ends[0]);
  write_end = Descriptor(ends[1]);
}

std::string environment(const char* name) {
  const auto* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::vector<std::string> environment_without(const std::function<bool(std::string_view name)>& hidden) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (!hidden(variable.substr(0, variable.find('=')))) out.emplace_back(variable);
  }
  return out;
}

pid_t start(ShellCommand command) {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&attributes);
  bool refused = false;  // where one of the descriptors could not be opened
  for (const auto& [ours, its] : command.descriptors)
    refused = ::posix_spawn_file_actions_adddup2(&files, ours, its) != 0 || refused;
  short flags = POSIX_SPAWN_SETSIGDEF;
  sigset_t restored;
  ::sigemptyset(&restored);
  for (const int number : {SIGPIPE, SIGXFSZ, SIGINT, SIGQUIT, SIGTERM}) ::sigaddset(&restored, number);
  ::posix_spawnattr_setsigdefault(&attributes, &restored);
  if (command.mask_of_group != nullptr) {
    flags |= POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP;
    ::posix_spawnattr_setsigmask(&attributes, command.mask_of_group);
    ::posix_spawnattr_setpgroup(&attributes, 0);
  }
  ::posix_spawnattr_setflags(&attributes, flags);
  if (command.terminal >= 0) ::posix_spawn_file_actions_addtcsetpgrp_np(&files, command.terminal);
  std::vector<std::string> words = {"sh", "-c", command.text};
  pid_t out = -1;
  if (refused || ::posix_spawn(&out, "/bin/sh", &files, &attributes, pointers(words).data(),
                               pointers(command.environment).data()) != 0)
    out = -1;
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return out;
}

int wait_for(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace hookferry
