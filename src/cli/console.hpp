// Standard output and error, and the progress line.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace hookferry::cli {

// Standard output and standard error, shared by all that runs in the process: lines of several threads do not
// mix, and a progress line gives way to what is written.

class Console {
 public:
  /// A line to standard error, in the place of the progress line where one stands.
  void line(const std::string& text);
  /// The same without a line's end: what is asked, with room for the answer behind it.
  void prompt(const std::string& text);
  /// To standard output. Failure(cannot_write) where that is closed or full.
  void out(const std::string& text);
  /// A line on standard error that is written over; for terminals that understand escapes.
  void status(const std::string& text);
  /// Takes the progress line away.
  void clear();

 private:
  void clear_held();
  std::mutex mutex_;
  bool progress_stands_ = false;
};

/// Whether it is a terminal that obeys escape sequences.
bool understands_escapes(int descriptor);

/// How large a terminal is; zeros where that is not known, or where it is none.
struct ScreenSize {
  std::size_t rows = 0, columns = 0;
};
ScreenSize screen_size(int descriptor);

// What is happening now, for one who waits: on a terminal a line that is written over, else a line now and
// then. Stages that are over within half a second leave no trace.

/// How far a stage is. Pure.
struct StageView {
  std::string what;               ///< "reading production"
  std::string reason;             ///< why nothing moves; empty: it does
  std::size_t done = 0, all = 0;  ///< 0 of 0: it cannot be counted
  std::string of_what;            ///< "webhooks"
  double seconds = 0;             ///< since it began
};
/// "writing to standby: 120 of 500 webhooks, 40/s, 10 s left - 2 batches refused, splitting"
std::string stage_text(const StageView& view);
/// The same behind a bar, no wider than that.
std::string stage_line(const StageView& view, std::size_t width);

/// Several threads may tell it; one draws.
class Progress {
 public:
  explicit Progress(Console& console) : console_(console) {}
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Another stage than before begins; the same one goes on. `what` is safe to print.
  void stage(const std::string& what);
  void count(std::size_t done, std::size_t all, const std::string& of_what);
  /// Why nothing moves; empty: it moves again.
  void reason(const std::string& why);
  /// Nothing is under way: somebody is asked, or all is done.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  void draw_until_stopped();
  void draw();

  Console& console_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<StageView> stage_;  ///< nothing: none is under way
  Clock::time_point began_, told_;
  std::chrono::seconds silence_{5};  ///< until the next line, where no terminal is
  bool ended_ = false;
  std::thread drawer_;
};

}  // namespace hookferry::cli
