// Signals that are waited for like input, where somebody is waited for.
#pragma once

#include <csignal>

#include "core/files.hpp"

namespace hookferry {

/// While it lives, Ctrl-C, Ctrl-\, Ctrl-Z, TERM and HUP end nothing: they can be read from get(), which is
/// for poll(). Writing to the terminal and taking it back from another process group stop nobody either.
/// Afterwards all is as it was; what was read is gone. One thread.
class HeldSignals {
 public:
  HeldSignals();
  ~HeldSignals();
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  int get() const { return file_.get(); }
  /// The signal that has come; 0 where none has.
  int next() const;
  /// What was blocked before: for processes that are started meanwhile.
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
  Descriptor file_{-1};
};

}  // namespace hookferry
