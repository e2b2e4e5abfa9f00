#include "commands/prompt.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <vector>

#include "core/files.hpp"
#include "core/text.hpp"

namespace hookferry::commands {
namespace {

bool stdin_is_terminal() { return ::isatty(STDIN_FILENO) != 0; }

/// Far above any name.
constexpr std::size_t longest_answer = 4096;

/// Where the one who is asked looks. What is asked goes to standard error, and where that is a file or a pipe
/// to the terminal as well.
class Screen {
 public:
  Screen() : terminal_(::isatty(STDERR_FILENO) != 0 ? -1 : open_terminal()) {}

  void show(const Context& context, const std::string& text) const {
    context.common.console.prompt(text);
    show_beside(text);
  }

  /// Only on a terminal, where standard error is none.
  void show_beside(std::string_view text) const {
    while (terminal_.get() >= 0 && !text.empty()) {
      const auto written = ::write(terminal_.get(), text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

 private:
  /// The one that is typed on, else that of the session.
  static int open_terminal() {
    const int typed_on = ::open("/proc/self/fd/0", O_WRONLY | O_NOCTTY | O_CLOEXEC);
    return typed_on >= 0 ? typed_on : ::open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC);
  }
  Descriptor terminal_;
};

/// One byte of standard input; nothing at its end. Failure(interrupted) where a signal comes first.
std::optional<char> read_character(const Interrupts& interrupts) {
  std::array<pollfd, 2> waiting = {{{STDIN_FILENO, POLLIN, 0}, {interrupts.wake_fd(), POLLIN, 0}}};
  while (::poll(waiting.data(), waiting.size(), -1) < 0) {
    if (errno != EINTR) return std::nullopt;
  }
  if (interrupts.requested()) throw Failure(Cause::interrupted, "interrupted; nothing was changed", "");
  char c = 0;
  if (::read(STDIN_FILENO, &c, 1) <= 0) return std::nullopt;
  return c;
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string ask(const Context& context, const Screen& screen, const std::string& question) {
  screen.show(context, question);
  // Where no line end was typed, what follows would stand behind the question.
  const auto end_line = [&] { screen.show(context, "\n"); };
  std::string answer;
  try {
    auto c = read_character(context.interrupts);
    for (; c && *c != '\n'; c = read_character(context.interrupts))
      if (answer.size() < longest_answer) answer.push_back(*c);
    if (!c) end_line();
  } catch (const Failure&) {
    end_line();
    throw;
  }
  return trimmed(answer);
}

bool is_yes(std::string_view text) {
  const auto answer = lower_ascii(text);
  return answer == "y" || answer == "yes";
}

void require_yes(const Context& context, const Screen& screen, const std::string& text) {
  if (!is_yes(ask(context, screen, text + " [y/N] "))) throw Declined("nothing was changed");
}

void require_name(const Context& context, const Screen& screen, const Question& question) {
  const auto wanted = question.name.empty() ? std::to_string(question.changes) : printable(question.name);
  const auto answer = ask(
      context, screen,
      question.text + "\nType " + wanted + (question.name.empty() ? ", their number," : "") + " to go on: ");
  if (answer == wanted) return;
  throw Declined(is_yes(answer) ? "nothing was changed; that much wants \"" + wanted + "\" as its answer"
                                : "nothing was changed");
}

}  // namespace

void require_consent(const Context& context, std::string_view hint) {
  if (context.options.yes || context.options.dry_run || stdin_is_terminal()) return;
  throw Failure(
      Cause::usage,
      context.command + " asks before it writes, and standard input is no terminal; nothing was changed",
      std::string(hint));
}

bool confirm_or_throw(const Context& context, const std::string& plan, const Question& question) {
  require_consent(context, question.unasked_hint);
  const auto& options = context.options;
  if (options.yes) return false;
  const Screen screen;
  const bool kept_back = options.quiet || options.format == cli::Format::json;
  if (kept_back || ::isatty(STDOUT_FILENO) == 0) {
    if (kept_back || ::isatty(STDERR_FILENO) != 0) context.tell_all(plan);
    screen.show_beside(plan + "\n");
  }
  for (const auto& fact : question.facts) screen.show(context, fact + "\n");
  if (question.changes > most_agreed_to_with_yes || question.deletes)
    require_name(context, screen, question);
  else
    require_yes(context, screen, question.text);
  return true;
}

namespace {

bool fits_on_screen(const std::string& text) {
  const auto rows = cli::screen_size(STDOUT_FILENO).rows;
  return rows == 0 || static_cast<std::size_t>(std::ranges::count(text, '\n')) < rows;
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
         cli::understands_escapes(STDOUT_FILENO) && !command.empty() && command != "cat";
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

}  // namespace hookferry::commands
