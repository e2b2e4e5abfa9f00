#include "terminal.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace hookferry::test {

Terminal::Terminal(const std::vector<std::string>& command, const Environment& environment, int columns) {
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const auto* path = std::getenv("PATH");
  std::vector<std::string> settings = {"PATH=" + std::string(path != nullptr ? path : "/usr/bin:/bin")};
  if (!environment.contains("TERM")) settings.emplace_back("TERM=xterm");
  for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
  std::vector<char*> envp;
  for (auto& setting : settings) envp.push_back(setting.data());
  envp.push_back(nullptr);
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns);
  size.ws_row = 24;
  pid_ = ::forkpty(&master_, nullptr, nullptr, &size);
  if (pid_ < 0) throw std::runtime_error("forkpty");
  if (pid_ > 0) return;
  ::execve(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

Terminal::~Terminal() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(master_);
}

/// False at the end, which a terminal tells as an error.
bool Terminal::read_some() {
  std::array<char, 4096> chunk{};
  const auto count = ::read(master_, chunk.data(), chunk.size());
  if (count > 0) shown_.append(chunk.data(), static_cast<std::size_t>(count));
  return count > 0;
}

std::string Terminal::read_until(const std::string& text) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (shown_.find(text) == std::string::npos) {
    pollfd waiting{master_, POLLIN, 0};
    if (::poll(&waiting, 1, 100) > 0 && !read_some())
      throw std::runtime_error("the terminal's process ended without showing \"" + text + "\": " + shown_);
    if (std::chrono::steady_clock::now() > end)
      throw std::runtime_error("the terminal did not show \"" + text + "\": " + shown_);
  }
  return shown_;
}

void Terminal::type(const std::string& text) const {
  if (::write(master_, text.data(), text.size()) < 0) throw std::runtime_error("cannot type");
}

int Terminal::wait() {
  while (read_some()) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace hookferry::test
