// One run at a time for each destination, on one machine.
#pragma once

#include <string>

namespace hookferry {

/// Held as long as the object lives; released by the system when the process is gone, however it ends.
class DestinationLock {
 public:
  /// `destination` tells accounts apart (destination_memory.hpp). Failure(incomplete) where another run holds
  /// it.
  DestinationLock(const std::string& destination, const std::string& label);
  ~DestinationLock();
  DestinationLock(const DestinationLock&) = delete;
  DestinationLock& operator=(const DestinationLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace hookferry
