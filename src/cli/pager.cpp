#include "cli/pager.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <vector>

#include "core/files.hpp"

namespace hookferry {
namespace {

bool fits_on_screen(const std::string& text) {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return true;
  return std::count(text.begin(), text.end(), '\n') < size.ws_row;
}

std::string pager_command() {
  const auto* named = std::getenv("PAGER");
  return named != nullptr ? named : "less";
}

/// As git sets it up: quits at once where all fits, keeps colours, leaves the text on the screen.
std::vector<std::string> pager_environment() {
  std::vector<std::string> out;
  for (auto* const* entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view variable(*entry);
    if (variable.starts_with("HOOKFERRY_") && variable.find("KEY=") != std::string_view::npos) continue;
    out.emplace_back(variable);
  }
  if (std::getenv("LESS") == nullptr) out.emplace_back("LESS=FRX");
  return out;
}

/// Its process, or -1.
pid_t start(const std::string& command, int input) {
  std::vector<std::string> words = {"sh", "-c", command};
  auto settings = pager_environment();
  std::vector<char*> argv, envp;
  for (auto& word : words) argv.push_back(word.data());
  for (auto& setting : settings) envp.push_back(setting.data());
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  ::posix_spawnattr_init(&attributes);
  sigset_t defaults;
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t out = -1;
  if (::posix_spawnp(&out, "sh", &files, &attributes, argv.data(), envp.data()) != 0) out = -1;
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  return out;
}

/// Until it has all, or does not want more.
void feed(int pipe, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(pipe, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// False where there was no such pager: then nothing was shown.
bool page(const std::string& text) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  const auto pager = start(pager_command(), ends[0]);
  ::close(ends[0]);
  if (pager > 0) feed(ends[1], text);
  ::close(ends[1]);
  if (pager <= 0) return false;
  int status = 0;
  while (::waitpid(pager, &status, 0) < 0 && errno == EINTR) {
  }
  constexpr int not_executable = 126, not_found = 127;
  return !WIFEXITED(status) || (WEXITSTATUS(status) != not_found && WEXITSTATUS(status) != not_executable);
}

bool wants_pager(const Context& context) {
  const auto command = pager_command();
  return !context.options.no_pager && !context.options.yes && context.captured == nullptr &&
         understands_escapes(STDOUT_FILENO) && !command.empty() && command != "cat";
}

}  // namespace

void show_paged(const Context& context, const std::string& text) {
  if (context.options.quiet) return;
  if (wants_pager(context) && !fits_on_screen(text)) {
    context.common.console.clear();
    if (page(text)) return;
  }
  context.show(text);
}

}  // namespace hookferry
