#include "process.hpp"
#include "support/rooms.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace hookferry::test {

Process::Process(const std::vector<std::string>& command, const Environment& environment,
                 const std::string& out_file, const std::string& err_file, const std::string& in_file) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, in_file.c_str(), O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
  // Whoever runs the tests may leave descriptors open, more or fewer of them each time.
  ::posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const auto* path = std::getenv("PATH");
  std::vector<std::string> settings = {"PATH=" + std::string(path != nullptr ? path : "/usr/bin:/bin")};
  for (const auto& [name, value] : environment) settings.push_back(name + "=" + value);
  std::vector<char*> envp;
  for (auto& setting : settings) envp.push_back(setting.data());
  envp.push_back(nullptr);
  const int failed = ::posix_spawnp(&pid_, argv[0], &files, nullptr, argv.data(), envp.data());
  ::posix_spawn_file_actions_destroy(&files);
  if (failed != 0) throw std::runtime_error("cannot start " + command[0]);
}

Process::~Process() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

/// What the kernel says of a process that has ended counts its parent's memory, too, from before the exec.
void Process::look_at_memory() {
  std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
  const std::string name = "VmHWM:";
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(name)) peak_kib_ = std::max(peak_kib_, std::stol(line.substr(name.size())));
}

bool Process::running() {
  if (pid_ < 0) return false;
  look_at_memory();
  if (::waitpid(pid_, &status_, WNOHANG) == 0) return true;
  pid_ = -1;
  return false;
}

int Process::wait(double seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (running()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the process does not end");
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

std::string hookferry_binary() { return HOOKFERRY_BINARY; }

Ran run_command(const std::vector<std::string>& command, const Environment& environment,
                const std::string& input) {
  const TempDir files;
  spill(files.file("in"), input);
  Process process(command, environment, files.file("out"), files.file("err"), files.file("in"));
  Ran out;
  out.code = process.wait();
  out.out = slurp(files.file("out"));
  out.err = slurp(files.file("err"));
  return out;
}

Ran run_hookferry(const std::vector<std::string>& arguments, const Environment& environment,
                  const std::string& input) {
  std::vector<std::string> command = {hookferry_binary()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_command(command, environment, input);
}

}  // namespace hookferry::test
