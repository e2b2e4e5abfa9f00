// A process on a terminal of its own, as a user would sit at it.
#pragma once

#include <string>
#include <vector>

#include "support/process.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {

class Terminal {
 public:
  /// `environment` is all there is, beside PATH and TERM.
  Terminal(const std::vector<std::string>& command, const Environment& environment, int columns = 80,
           int rows = 24);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void type(const std::string& text) const;
  /// All that has been shown so far.
  const std::string& shown();
  /// Fails the test by throwing where that is not shown within a minute.
  void wait_for(const std::string& text);
  /// Whether what is typed is shown.
  bool echoes() const;
  /// The same as a wait: fails by throwing.
  void wait_for_echo(bool wanted) const;
  /// Until it is stopped (Ctrl-Z).
  void wait_for_stop() const;
  void resume() const;
  /// Its exit code; 128 + N where signal N ended it.
  int wait();

 private:
  pid_t pid_ = -1;
  int screen_ = -1;
  std::string shown_;
};

}  // namespace hookferry::test
