// Standard output and standard error, shared by all that runs in the process: lines of several threads do not
// mix, and a progress line gives way to what is written.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace hookferry {

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

}  // namespace hookferry
