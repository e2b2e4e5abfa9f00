#include "terminal.hpp"
#include "support/rooms.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace hookferry::test {
namespace {

template <class Condition>
void wait_until(const std::string& what, Condition condition) {
  for (int i = 0; i < 12'000; ++i) {
    if (condition()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  throw std::runtime_error("it does not come: " + what);
}

}  // namespace

Terminal::Terminal(const std::vector<std::string>& command, const Environment& environment, int columns,
                   int rows) {
  std::vector<std::string> words = command;
  const auto* path = std::getenv("PATH");
  std::vector<std::string> settings = {"PATH=" + std::string(path != nullptr ? path : "/usr/bin:/bin")};
  if (!environment.contains("TERM")) settings.emplace_back("TERM=xterm");
  for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
  std::vector<char*> argv, envp;
  for (auto& word : words) argv.push_back(word.data());
  for (auto& setting : settings) envp.push_back(setting.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = static_cast<unsigned short>(rows);
  pid_ = ::forkpty(&screen_, nullptr, nullptr, &size);
  if (pid_ == 0) {
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  if (pid_ < 0) throw std::runtime_error("forkpty");
  ::fcntl(screen_, F_SETFL, O_NONBLOCK);
  ::fcntl(screen_, F_SETFD, FD_CLOEXEC);
}

Terminal::~Terminal() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (screen_ >= 0) ::close(screen_);
}

void Terminal::type(const std::string& text) const {
  if (::write(screen_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    throw std::runtime_error("cannot type");
}

const std::string& Terminal::shown() {
  char chunk[4096];
  for (ssize_t count = 0; (count = ::read(screen_, chunk, sizeof chunk)) > 0;)
    shown_.append(chunk, static_cast<std::size_t>(count));
  return shown_;
}

void Terminal::wait_for(const std::string& text) {
  try {
    wait_until(text, [&] { return shown().find(text) != std::string::npos; });
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(error.what() + ("; shown is:\n" + shown_));
  }
}

bool Terminal::echoes() const {
  termios settings{};
  return ::tcgetattr(screen_, &settings) == 0 && (settings.c_lflag & ECHO) != 0;
}

void Terminal::wait_for_echo(bool wanted) const {
  wait_until("echo", [&] { return echoes() == wanted; });
}

void Terminal::wait_for_stop() const {
  wait_until("a stop", [&] {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  });
}

void Terminal::resume() const { ::kill(-pid_, SIGCONT); }

int Terminal::wait() {
  int status = 0;
  wait_until("the end of the process", [&] {
    shown();  // a full terminal would hold it
    return ::waitpid(pid_, &status, WNOHANG) == pid_;
  });
  pid_ = -1;
  shown();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace hookferry::test
