// Standard output and error, and the progress line.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace hookferry::cli {

// Standard output and standard error. All threads of the process share them: their lines do not mix, and a
// progress line makes room for other output.

class Console {
 public:
  /// Remembers an argument or a setting that may be a key given in the place of a file or a name.
  void hide_if_key(const std::string& value);
  /// An error or a warning, with each of these masked.
  std::string without_keys(std::string text) const;
  /// The text for standard error. On a terminal it is broken at spaces, else it stays one line.
  static std::string on_screen(const std::string& text);
  /// Writes "hookferry: error: " and that text to standard error.
  void error(const std::string& text);
  /// Writes a line to standard error. It replaces the progress line, if there is one.
  void line(const std::string& text);
  /// Writes a question to standard error, without a line end, so that the answer follows on the same line.
  void prompt(const std::string& text);
  /// Writes to standard output. Failure(cannot_write) if that is closed or full.
  void out(const std::string& text);
  /// Whether anything was written to standard output, or tried to be.
  bool has_output() const { return has_output_; }
  /// Shows the progress line, on a terminal that understands escapes.
  void status(const std::string& text);
  /// Removes the progress line.
  void clear();

 private:
  void clear_held();
  std::mutex mutex_;
  bool progress_stands_ = false;
  bool has_output_ = false;
  std::map<std::string, std::string> hidden_;  ///< what may be a key, with its mask
};

/// Whether the descriptor is a terminal that obeys escape sequences.
bool understands_escapes(int descriptor);

/// The size of a terminal. It is zero if it is not known, or if the descriptor is no terminal.
struct ScreenSize {
  std::size_t rows = 0, columns = 0;
};
ScreenSize screen_size(int descriptor);
/// How wide tables and help are on standard output: as the terminal, or 80 columns elsewhere.
std::size_t page_width();

// Progress for a user who waits. A terminal shows it in one line, which is rewritten. Elsewhere there is a
// new line now and then. A stage that takes less than half a second is not shown.

/// How far a stage is.
struct StageView {
  std::string what;               ///< "reading production"
  std::string reason;             ///< why it waits; empty: it does not wait
  std::size_t done = 0, all = 0;  ///< 0 of 0: it cannot be counted
  std::string of_what;            ///< "webhooks"
  double seconds = 0;             ///< since it began
};
/// "writing to standby: 120 of 500 webhooks, 40/s, 10 s left - 2 batches refused, splitting"
std::string stage_text(const StageView& view);
/// A bar and that text, in fewer cells than `width`.
std::string stage_line(const StageView& view, std::size_t width);

/// Any thread may report to it. A thread of its own draws. Without a console nothing is shown.
class Progress {
 public:
  explicit Progress(Console* console) : console_(console) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Begins a stage. The stage under way goes on if `what` is its name. `what` is safe to print.
  void stage(const std::string& what);
  void count(std::size_t done, std::size_t all, const std::string& of_what);
  /// Says why the stage waits; empty: it goes on.
  void reason(const std::string& why);
  /// Ends the stage, because the user is asked something or all is done.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  void draw_until_stopped();
  void draw();

  Console* console_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<StageView> stage_;  ///< nothing: no stage is under way
  Clock::time_point began_, told_;
  std::chrono::seconds silence_{5};  ///< until the next line, if there is no terminal
  bool ended_ = false;
  std::thread drawer_;
};

}  // namespace hookferry::cli
