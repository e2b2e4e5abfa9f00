// What carries the waiting of one thread: sockets, timers, and the first signal.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "core/interrupts.hpp"

namespace hookferry {

using Milliseconds = std::chrono::milliseconds;

/// Blocking from outside, asynchronous inside. Clients of one run share one; several may live in a process,
/// each used by one thread. It must outlive its clients, and `interrupts` must outlive it.
class Executor {
 public:
  explicit Executor(const Interrupts& interrupts);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  /// Whatever is under way goes on meanwhile. False where the first signal came before the time was over; one
  /// that was noticed before does not shorten it, since settling has to wait after a signal, too.
  bool wait(Milliseconds time);
  bool interrupted() const;
  /// Called once, at the first signal, unless a request under way is abandoned for it and so speaks for
  /// itself.
  void on_interrupt(std::function<void()> told);

  struct Context;  ///< executor_context.hpp, internal to net/
  Context& context() { return *context_; }

 private:
  std::unique_ptr<Context> context_;
};

}  // namespace hookferry
