#include "accounts/keys.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <pthread.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

#include "core/failure.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::accounts {

namespace {

/// While it lives, Ctrl-C, Ctrl-\, Ctrl-Z, TERM and HUP end nothing: they can be read from get(), which is
/// for poll(). Writing to the terminal and taking it back from another process group do not stop this process
/// either. Afterwards all is as it was before, and the signals that were read are gone. For one thread.
class SignalGuard {
 public:
  SignalGuard() {
    sigset_t held;
    ::sigemptyset(&held);
    for (const int number : {SIGINT, SIGQUIT, SIGTSTP, SIGTERM, SIGHUP}) ::sigaddset(&held, number);
    file_ = Descriptor(::signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK));
    ::sigaddset(&held, SIGTTOU);
    ::pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~SignalGuard() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

  int get() const { return file_.get(); }
  /// The signal that has come, or 0.
  int next() const {
    signalfd_siginfo info{};
    return ::read(get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }
  /// The signals that were blocked before, for processes that are started meanwhile.
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
  Descriptor file_{-1};
};

class EchoOff {
 public:
  explicit EchoOff(int terminal) : terminal_(terminal) {
    if (::tcgetattr(terminal_, &before_) != 0) return;
    known_ = true;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(terminal_, TCSAFLUSH, &silent);
  }
  ~EchoOff() {
    if (known_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

 private:
  int terminal_;
  bool known_ = false;
  termios before_{};
};

enum class Came { line, end, stop, interrupt };

Came read_line(int terminal, const SignalGuard& signals, std::size_t most, std::string& line) {
  while (true) {
    std::array<pollfd, 2> places = {{{terminal, POLLIN, 0}, {signals.get(), POLLIN, 0}}};
    ::poll(places.data(), places.size(), -1);
    if (const int signal = signals.next(); signal != 0)
      return signal == SIGTSTP ? Came::stop : Came::interrupt;
    char c = 0;
    if (places[0].revents == 0) continue;
    if (::read(terminal, &c, 1) != 1) return Came::end;
    if (c == '\n') return Came::line;
    if (line.size() < most) line.push_back(c);
  }
}

using Clock = std::chrono::steady_clock;

/// Where the kernel has no descriptors of processes, its end is looked for so often.
constexpr std::chrono::milliseconds look_interval{50};
/// A question without a line end is shown when nothing follows for so long.
constexpr std::chrono::milliseconds question_pause{200};

/// The terminal where it is ours to lend: -1 where there is none, or another job has it.
Descriptor own_terminal() {
  Descriptor out(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  const bool ours = out.get() >= 0 && ::tcgetpgrp(out.get()) == ::getpgrp();
  return ours ? std::move(out) : Descriptor(-1);
}

class ChildProcess {
 public:
  ChildProcess(const std::string& command, const KeyCommandTerms& terms, WipedBuffer& output)
      : terms_(terms), output_(output), deadline_(Clock::now() + terms.time_limit) {
    for (const int end : {out_.read_end.get(), err_.read_end.get()}) ::fcntl(end, F_SETFL, O_NONBLOCK);
    const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int input = ::isatty(STDIN_FILENO) != 0 ? STDIN_FILENO : nothing.get();
    const auto is_hidden = [&hidden = terms.hidden_variables](std::string_view name) {
      return name.starts_with("HOOKFERRY_") || std::ranges::find(hidden, name) != hidden.end();
    };
    ShellCommand shell{command, environment_without(is_hidden)};
    shell.descriptors = {
        {input, STDIN_FILENO}, {out_.write_end.get(), STDOUT_FILENO}, {err_.write_end.get(), STDERR_FILENO}};
    shell.mask_of_group = &signals_.before();
    shell.terminal = terminal_.get();
    pid_ = start(std::move(shell));
    // By its number: the header of glibc 2.36 declares the function for C only.
    if (pid_ > 0) process_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    out_.write_end = Descriptor(-1);
    err_.write_end = Descriptor(-1);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() {
    kill_group();
    if (terminal_.get() >= 0) ::tcsetpgrp(terminal_.get(), ::getpgrp());
    wipe(complaints_);
  }

  KeyCommandEnd wait() {
    while (pid_ > 0) {
      if (Clock::now() >= deadline_) return {KeyCommandEnd::Kind::timed_out};
      wait_for_news();
      if (const int signal = signals_.next(); signal != 0) return {KeyCommandEnd::Kind::interrupted, signal};
      const auto end = end_of_shell();
      if (!read_output()) return {KeyCommandEnd::Kind::too_much};
      read_complaints(end.has_value());
      if (end) return *end;
    }
    return {};
  }

 private:
  void wait_for_news() {
    std::array<pollfd, 4> places = {{{out_open_ ? out_.read_end.get() : -1, POLLIN, 0},
                                     {err_open_ ? err_.read_end.get() : -1, POLLIN, 0},
                                     {process_.get(), POLLIN, 0},
                                     {signals_.get(), POLLIN, 0}}};
    auto time = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    if (!complaints_.empty()) time = std::min(time, question_pause);
    if (process_.get() < 0) time = std::min(time, look_interval);
    const auto ready =
        ::poll(places.data(), places.size(), static_cast<int>(std::max<long>(time.count(), 0)));
    quiet_ = ready == 0;
  }

  std::optional<KeyCommandEnd> end_of_shell() {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
    pid_ = -1;
    const bool exited = WIFEXITED(status);
    return KeyCommandEnd{exited ? KeyCommandEnd::Kind::exited : KeyCommandEnd::Kind::killed,
                         exited ? WEXITSTATUS(status) : WTERMSIG(status)};
  }

  /// All that is there. False where it is too much.
  bool read_output() {
    std::array<char, 4096> chunk{};
    ssize_t count = 0;
    while (output_.text.size() <= terms_.most_output &&
           (count = ::read(out_.read_end.get(), chunk.data(), chunk.size())) > 0)
      output_.text.append(chunk.data(), std::min(static_cast<std::size_t>(count),
                                                 terms_.most_output + 1 - output_.text.size()));
    OPENSSL_cleanse(chunk.data(), chunk.size());
    if (count == 0) out_open_ = false;
    return output_.text.size() <= terms_.most_output;
  }

  void read_complaints(bool all) {
    std::array<char, 4096> chunk{};
    const auto count = ::read(err_.read_end.get(), chunk.data(), chunk.size());
    if (count > 0) complaints_.append(chunk.data(), static_cast<std::size_t>(count));
    if (count == 0) err_open_ = false;
    for (auto end = complaints_.find('\n'); end != std::string::npos; end = complaints_.find('\n')) {
      tell(complaints_.substr(0, end));
      complaints_.erase(0, end + 1);
    }
    if (complaints_.empty() || (!all && !quiet_ && complaints_.size() < chunk.size())) return;
    tell(complaints_);
    complaints_.clear();
  }

  void tell(const std::string& line) const {
    if (terms_.tell) terms_.tell(printable(secrets::mask_text(line)));  // `sh -x` repeats the key
  }

  /// The shell and all that it started and that has not left its group.
  void kill_group() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    wait_for(pid_);
    pid_ = -1;
  }

  const KeyCommandTerms& terms_;
  WipedBuffer& output_;
  Clock::time_point deadline_;
  SignalGuard signals_;
  Descriptor terminal_ = own_terminal();
  Pipe out_, err_;
  bool out_open_ = true, err_open_ = true;
  bool quiet_ = false;  ///< nothing came for a while
  std::string complaints_;
  pid_t pid_ = -1;
  Descriptor process_{-1};
};

}  // namespace

bool ask_for_key(const std::string& question, std::size_t most, WipedBuffer& answer) {
  if (::isatty(STDIN_FILENO) == 0 && ::isatty(STDERR_FILENO) == 0) return false;
  const Descriptor terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (terminal.get() < 0) return false;
  while (true) {
    std::optional<SignalGuard> signals(std::in_place);
    std::optional<EchoOff> silence(std::in_place, terminal.get());
    // If the question cannot be shown, the answer, or its absence, tells.
    static_cast<void>(write_all(terminal.get(), question));
    const auto came = read_line(terminal.get(), *signals, most, answer.text);
    static_cast<void>(write_all(terminal.get(), "\n"));
    if (came == Came::interrupt) throw Failure(Cause::interrupted, "interrupted; nothing was changed");
    if (came != Came::stop) return true;
    wipe(answer.text);
    silence.reset();
    signals.reset();
    ::kill(0, SIGSTOP);  // as the terminal would have done; asked again when it goes on
  }
}

KeyCommandEnd run_key_command(const std::string& command, const KeyCommandTerms& terms, WipedBuffer& output) {
  return ChildProcess(command, terms, output).wait();
}

}  // namespace hookferry::accounts
