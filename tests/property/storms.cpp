// usage: storms [--storms N] [--kills N] [--seed S] [--jobs N]
// Storms N seeds from S on, then kills until there were that many, several at once. Ends with 0 when every
// promise held.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "storm.hpp"

namespace {

using hookferry::test::StormResult;

struct Tally {
  std::mutex mutex;
  std::size_t storms = 0, runs = 0, kills = 0, broken = 0;

  void add(const StormResult& result, const char* kind) {
    const std::lock_guard lock(mutex);
    ++storms;
    runs += result.runs;
    kills += result.kills;
    if (result.broken.empty()) return;
    ++broken;
    std::printf("BROKEN by seed %llu: %s\n  repeat: storms --%s 1 --seed %llu\n",
                static_cast<unsigned long long>(result.seed), result.broken.c_str(), kind,
                static_cast<unsigned long long>(result.seed));
    std::fflush(stdout);
  }
};

void in_parallel(std::size_t jobs, const std::function<void()>& job) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < jobs; ++i) threads.emplace_back(job);
  for (auto& thread : threads) thread.join();
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t storms = 0;
  std::size_t kills = 0;
  std::size_t jobs = 4;
  std::uint64_t seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const auto value = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::strcmp(argv[i], "--storms") == 0) storms = value;
    if (std::strcmp(argv[i], "--kills") == 0) kills = value;
    if (std::strcmp(argv[i], "--jobs") == 0) jobs = value;
    if (std::strcmp(argv[i], "--seed") == 0) seed = value;
  }
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  Tally storm_tally;
  Tally kill_tally;
  std::atomic<std::uint64_t> next{seed};
  in_parallel(jobs, [&] {
    while (true) {
      const auto mine = next++;
      if (mine >= seed + storms) return;
      storm_tally.add(hookferry::test::storm(mine), "storms");
    }
  });
  next = seed;
  in_parallel(jobs, [&] {
    while (true) {
      {
        const std::lock_guard lock(kill_tally.mutex);
        if (kill_tally.kills >= kills) return;
      }
      kill_tally.add(hookferry::test::kill_storm(next++), "kills");
    }
  });
  std::printf("%zu storms (%zu runs), %zu kills (%zu accounts, %zu runs): %zu broken promises\n",
              storm_tally.storms, storm_tally.runs, kill_tally.kills, kill_tally.storms, kill_tally.runs,
              storm_tally.broken + kill_tally.broken);
  return storm_tally.broken + kill_tally.broken == 0 ? 0 : 1;
}
