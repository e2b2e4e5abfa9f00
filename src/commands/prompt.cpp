#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "commands/transfer.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace hookferry::commands {
namespace {

/// Far above any name.
constexpr std::size_t longest_answer = 4096;

/// Where questions are shown: on standard error, and on the terminal as well if that is a file or a pipe.
class Screen {
 public:
  Screen() {
    if (::isatty(STDERR_FILENO) != 0) return;
    // The terminal that is typed on, else that of the session.
    for (const auto* path : {"/proc/self/fd/0", "/dev/tty"})
      if (terminal_.get() < 0) terminal_ = Descriptor(::open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC));
  }

  void show(const Context& context, const std::string& text) const {
    context.common.console.prompt(text);
    show_beside(text);
  }

  /// Only on a terminal, where standard error is none.
  void show_beside(std::string_view text) const {
    if (terminal_.get() >= 0) static_cast<void>(write_all(terminal_.get(), text));
  }

 private:
  Descriptor terminal_{-1};
};

/// Where answers are typed: standard input, or the terminal if standard input holds the webhooks or a key.
/// Without a terminal that a person looks at, there is none.
Descriptor open_keyboard(const Context& context) {
  if (::isatty(STDIN_FILENO) != 0) return Descriptor(STDIN_FILENO);
  const auto& options = context.options;
  const bool is_taken = holds(context.arguments, "-") || options.key_file == "-" ||
                        options.source_key_file == "-" || options.dest_key_file == "-";
  const bool is_watched = ::isatty(STDERR_FILENO) != 0 || ::isatty(STDOUT_FILENO) != 0;
  return Descriptor(is_taken && is_watched ? ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC) : -1);
}

/// One byte of what is typed; nothing at its end. Failure(interrupted) where a signal comes first.
std::optional<char> read_character(const Interrupts& interrupts, int keyboard) {
  std::array<pollfd, 2> waiting = {{{keyboard, POLLIN, 0}, {interrupts.wake_fd(), POLLIN, 0}}};
  while (::poll(waiting.data(), waiting.size(), -1) < 0) {
    if (errno != EINTR) return std::nullopt;
  }
  if (interrupts.requested()) throw Failure(Cause::interrupted, "interrupted; nothing was changed", "");
  char c = 0;
  if (::read(keyboard, &c, 1) <= 0) return std::nullopt;
  return c;
}

/// What no one can type as an answer.
constexpr std::string_view closed_terminal = "\x04";

/// The line that is typed; closed_terminal at the end of the input.
std::string ask(const Context& context, const Screen& screen, const std::string& question) {
  const auto keyboard = open_keyboard(context);
  screen.show(context, question);
  // Where no line end was typed, what follows would stand behind the question.
  const auto end_line = [&] { screen.show(context, "\n"); };
  std::string answer;
  try {
    auto c = read_character(context.interrupts, keyboard.get());
    for (; c && *c != '\n'; c = read_character(context.interrupts, keyboard.get()))
      if (answer.size() < longest_answer) answer.push_back(*c);
    if (!c) end_line();
    if (!c && answer.empty()) return std::string(closed_terminal);
  } catch (const Failure&) {
    end_line();
    throw;
  }
  return std::string(trimmed(answer));
}

bool is_yes(std::string_view text) {
  const auto answer = lower_ascii(text);
  return answer == "y" || answer == "yes";
}

void require_name(const Context& context, const Screen& screen, const Question& question) {
  const auto wanted = question.name.empty() ? std::to_string(question.changes) : printable(question.name);
  const auto answer =
      ask(context, screen,
          question.text + (question.name.empty()
                               ? "\nTo confirm, type the number of changes (" + wanted + "): "
                               : "\nType the destination's name (" + wanted + ") to confirm: "));
  if (answer == wanted) return;
  throw Declined(is_yes(answer) ? "nothing was changed; the confirmation did not match \"" + wanted + "\""
                                : "nothing was changed");
}

/// False where there was no such pager: then nothing was shown.
bool page(const Context& context, const std::string& text, const std::string& command) {
  Pipe pipe;
  const auto secret = accounts::secret_variables(context.config);
  const auto is_key = [&](std::string_view name) {
    return (name.starts_with("HOOKFERRY_") && name.ends_with("KEY")) || std::ranges::count(secret, name) > 0;
  };
  ShellCommand shell{command, environment_without(is_key)};
  // As git sets it up: it quits at once where all fits, keeps colours, and leaves the text on the screen.
  const auto* less = std::getenv("LESS");
  std::erase_if(shell.environment, [](const std::string& setting) { return setting.starts_with("LESS="); });
  shell.environment.push_back(less == nullptr ? "LESS=FRX" : std::string("LESS=") + less + " -R");
  if (std::getenv("LESSCHARSET") == nullptr) shell.environment.emplace_back("LESSCHARSET=utf-8");
  shell.descriptors = {{pipe.read_end.get(), STDIN_FILENO}};
  const auto pager = start(std::move(shell));
  pipe.read_end = Descriptor(-1);
  if (pager <= 0) return false;
  static_cast<void>(write_all(pipe.write_end.get(), text));  // a pager may want no more
  pipe.write_end = Descriptor(-1);
  const int status = wait_for(pager);
  constexpr int not_executable = 126, not_found = 127;
  return !WIFEXITED(status) || (WEXITSTATUS(status) != not_found && WEXITSTATUS(status) != not_executable);
}

}  // namespace

void require_consent(const Context& context, std::string_view hint) {
  if (context.options.yes || context.options.dry_run || open_keyboard(context).get() >= 0) return;
  const bool sends = context.command == "test";
  throw Failure(Cause::usage,
                context.command + " asks before it " + (sends ? "sends messages" : "writes") +
                    ", and standard input is not a terminal; nothing was " + (sends ? "sent" : "changed"),
                std::string(hint));
}

void require_terminal(const Context& context) {
  if (context.captured == nullptr && open_keyboard(context).get() >= 0) return;
  throw Failure(Cause::usage,
                std::string("--on-conflict ask needs a terminal") +
                    (context.captured != nullptr ? " of its own, which a fleet does not have" : "") +
                    "; nothing was changed",
                "use --on-conflict update, newer, duplicate or skip");
}

std::map<std::size_t, plan::ConflictPolicy> ask_about_conflicts(const Context& context,
                                                                const plan::Plan& plan) {
  using plan::ConflictPolicy;
  constexpr std::array<std::pair<std::string_view, ConflictPolicy>, 3> decisions = {
      {{"update", ConflictPolicy::update},
       {"skip", ConflictPolicy::skip},
       {"duplicate", ConflictPolicy::duplicate}}};
  const auto style = report_style(context);
  const Screen screen;
  std::map<std::size_t, ConflictPolicy> out;
  const auto is_open = [](const plan::PlannedWebhook& planned) {
    return planned.action == ledger::Action::conflict && !planned.ambiguous;
  };
  const auto all = std::ranges::count_if(plan.webhooks, is_open);
  std::optional<ConflictPolicy> for_the_rest;
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i) {
    const auto& planned = plan.webhooks[i];
    if (!is_open(planned)) continue;
    if (!for_the_rest) screen.show(context, report::render_webhook(planned, style));
    const auto question =
        "Conflict " + std::to_string(out.size() + 1) + " of " + std::to_string(all) +
        ": [u]pdate, [s]kip, [d]uplicate, [v]iew (a capital letter is for all that follow)? ";
    while (!out.contains(i) && !for_the_rest) {
      const auto answer = ask(context, screen, question);
      if (answer == closed_terminal) throw Declined("nothing was changed");
      const auto word = lower_ascii(answer);
      if (word == "v" || word == "view")
        for (const auto* webhook : {&*planned.existing, &planned.webhook}) {
          screen.show(context, webhook == &planned.webhook ? "source:\n" : "destination:\n");
          for (const auto& field : webhook::differences(nullptr, *webhook))
            screen.show(
                context,
                "  " + printable(field.path) + ": " +
                    printable_json(report::shown(field, planned, style.show_secrets).after.value_or("")) +
                    "\n");
        }
      for (const auto& [name, decision] : decisions) {
        if (word.empty() || (word != name && word != name.substr(0, 1))) continue;
        out[i] = decision;
        if (is_upper(answer[0])) for_the_rest = decision;
      }
    }
    if (for_the_rest) out[i] = *for_the_rest;
  }
  return out;
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
  else if (!is_yes(ask(context, screen, question.text + " [y/N] ")))
    throw Declined("nothing was changed");
  return true;
}

bool show_paged(const Context& context, const std::string& text) {
  const auto& options = context.options;
  if (options.quiet) return false;
  const auto* named = std::getenv("PAGER");
  const std::string pager = named != nullptr ? named : "less";
  const auto rows = cli::screen_size(STDOUT_FILENO).rows;
  const bool fits = rows == 0 || static_cast<std::size_t>(std::ranges::count(text, '\n')) < rows;
  const bool wants_pager = !options.no_pager && !options.yes && context.captured == nullptr &&
                           cli::understands_escapes(STDOUT_FILENO) && !pager.empty() && pager != "cat";
  if (wants_pager && !fits) {
    context.common.console.clear();
    if (page(context, text, pager)) return true;
  }
  context.put(text);
  return false;
}

}  // namespace hookferry::commands
