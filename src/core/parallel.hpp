// Work that is shared out to several threads.
#pragma once

#include <algorithm>
#include <cstddef>
#include <future>
#include <thread>
#include <vector>

namespace hookferry {

inline constexpr std::size_t most_parts = 8;

/// Calls `work(part, begin, end)` for parts of [0, count), numbered in their order. Large counts get a thread
/// for each part, if the system has one. An exception of a part is thrown once all parts have ended.
template <class Work>
void in_parallel(std::size_t count, Work work) {
  constexpr std::size_t worth_a_thread = 1'000;
  const std::size_t cores = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, most_parts);
  const auto parts = std::clamp<std::size_t>(count / worth_a_thread, 1, cores);
  std::vector<std::future<void>> others;
  for (std::size_t part = 1; part < parts; ++part)
    others.push_back(std::async(std::launch::async | std::launch::deferred, work, part, count * part / parts,
                                count * (part + 1) / parts));
  work(std::size_t{0}, std::size_t{0}, count / parts);
  for (auto& other : others) other.get();
}

}  // namespace hookferry
