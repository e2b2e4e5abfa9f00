#include "accounts/key_prompt.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>

#include "accounts/held_signals.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"

namespace hookferry {
namespace {

class Silence {
 public:
  explicit Silence(int terminal) : terminal_(terminal) {
    if (::tcgetattr(terminal_, &before_) != 0) return;
    known_ = true;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(terminal_, TCSAFLUSH, &silent);
  }
  ~Silence() {
    if (known_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  int terminal_;
  bool known_ = false;
  termios before_{};
};

void say(int terminal, const std::string& text) {
  // What cannot be shown cannot be asked; the answer, or its absence, tells.
  [[maybe_unused]] const auto written = ::write(terminal, text.data(), text.size());
}

enum class Came { line, end, stop, interrupt };

Came read_line(int terminal, const HeldSignals& signals, std::size_t most, std::string& line) {
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

}  // namespace

bool ask_for_key(const std::string& question, std::size_t most, WipedBuffer& answer) {
  if (::isatty(STDIN_FILENO) == 0 && ::isatty(STDERR_FILENO) == 0) return false;
  const Descriptor terminal(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (terminal.get() < 0) return false;
  while (true) {
    std::optional<HeldSignals> signals(std::in_place);
    std::optional<Silence> silence(std::in_place, terminal.get());
    say(terminal.get(), question);
    const auto came = read_line(terminal.get(), *signals, most, answer.text);
    say(terminal.get(), "\n");
    if (came == Came::interrupt) throw Failure(Cause::interrupted, "interrupted; nothing was changed");
    if (came != Came::stop) return true;
    wipe(answer.text);
    silence.reset();
    signals.reset();
    ::kill(0, SIGSTOP);  // as the terminal would have done; asked again when it goes on
  }
}

}  // namespace hookferry
