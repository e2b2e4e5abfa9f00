// Whose turn it is among the threads of one process. The system's locks would refuse the second of them as
// they refuse another process; here it waits.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

#include "core/interrupts.hpp"

namespace hookferry {

class Turns {
 public:
  explicit Turns(const Interrupts& interrupts) : interrupts_(interrupts) {}

  /// Held as long as the object lives. Turns must outlive it.
  class Turn {
   public:
    Turn() = default;
    Turn(Turn&& other) noexcept;
    Turn& operator=(Turn&&) = delete;
    ~Turn();
    /// Somebody else had it first.
    bool waited() const { return waited_; }

   private:
    friend class Turns;
    Turn(Turns* turns, std::string name, bool shared, bool waited)
        : turns_(turns), name_(std::move(name)), shared_(shared), waited_(waited) {}
    Turns* turns_ = nullptr;
    std::string name_;
    bool shared_ = false;
    bool waited_ = false;
  };

  /// Waits until nobody holds that name, or none but others that share it. Whoever takes several takes them
  /// in one order, or they wait for each other for ever. Failure(interrupted) where a signal comes first.
  Turn take(const std::string& name, bool shared);

 private:
  struct Holders {
    bool exclusive = false;
    std::size_t shared = 0;
  };
  bool is_free(const std::string& name, bool shared) const;

  const Interrupts& interrupts_;
  std::mutex mutex_;
  std::condition_variable released_;
  std::map<std::string, Holders> held_;
};

}  // namespace hookferry
