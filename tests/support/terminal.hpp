// A process on a terminal of its own, with somebody who reads and types.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "process.hpp"

namespace hookferry::test {

class Terminal {
 public:
  /// `environment` is all there is, beside PATH and TERM.
  Terminal(const std::vector<std::string>& command, const Environment& environment, int columns = 80);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Until the screen has shown `text`; everything that it has shown so far. Throws after half a minute.
  std::string read_until(const std::string& text);
  void type(const std::string& text) const;
  /// Its exit code, and the rest of what it shows; 128 + N where signal N ended it.
  int wait();
  const std::string& shown() const { return shown_; }

 private:
  bool read_some();
  pid_t pid_ = -1;
  int master_ = -1;
  std::string shown_;
};

}  // namespace hookferry::test
