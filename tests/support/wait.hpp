// Waiting for what another process writes.
#pragma once

#include <chrono>
#include <string>
#include <thread>

#include "support/files.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {

/// Until the file holds that text, for a minute at most.
inline void wait_for_text(const std::string& path, const std::string& text) {
  for (int i = 0; i < 12'000 && slurp(path).find(text) == std::string::npos; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

}  // namespace hookferry::test
