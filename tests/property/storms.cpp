// usage: storms [--storms N] [--kills N] [--mirrors N] [--seed S] [--jobs N] [--weather usual|new] [--apis
// v1|mixed] Storms N seeds from S on, then kills until there were that many, then mirrors N seeds, several at
// once. Ends with 0 when every promise held, with 1 where one was broken, 64 or 66 where nothing was tried.
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "mirror_storm.hpp"
#include "storm.hpp"
#include "support/process.hpp"
#include "support/rooms.hpp"

namespace {

using hookferry::test::Apis;
using hookferry::test::StormResult;
using hookferry::test::Weather;

struct Tally {
  explicit Tally(std::string with) : options(std::move(with)) {}
  const std::string options;  ///< that all storms have in common
  std::mutex mutex;
  std::size_t storms = 0, runs = 0, kills = 0, broken = 0;

  void add(const StormResult& result, const char* kind) {
    const std::lock_guard lock(mutex);
    ++storms;
    runs += result.runs;
    kills += result.kills;
    if (result.broken.empty()) return;
    ++broken;
    std::printf("BROKEN by seed %llu: %s\n  faults:%s\n  repeat: storms --%s 1 --seed %llu%s\n",
                static_cast<unsigned long long>(result.seed), result.broken.c_str(), result.faults.c_str(),
                kind, static_cast<unsigned long long>(result.seed), options.c_str());
    std::fflush(stdout);
  }

  /// So many kills, or so much broken that there is no use in going on: each account brings one to twelve.
  bool is_done(std::size_t wanted) {
    const std::lock_guard lock(mutex);
    return kills >= wanted || broken >= wanted;
  }
};

void in_parallel(std::size_t jobs, const std::function<void()>& job) {
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < jobs; ++i) threads.emplace_back(job);
  for (auto& thread : threads) thread.join();
}

struct Order {
  std::size_t storms = 0, kills = 0, mirrors = 0, jobs = 4;
  std::uint64_t seed = 1;
  Weather weather = Weather::usual;
  Apis apis = Apis::v1;
};

[[noreturn]] void refuse(const std::string& why) {
  std::fprintf(stderr,
               "storms: %s\nusage: storms [--storms N] [--kills N] [--mirrors N] [--seed S] [--jobs N] "
               "[--weather usual|new] [--apis v1|mixed]\n",
               why.c_str());
  std::exit(64);
}

std::uint64_t number(const char* name, const std::string& text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos)
    refuse(std::string(name) + " takes a number");
  return std::strtoull(text.c_str(), nullptr, 10);
}

Order read_order(int argc, char** argv) {
  Order out;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc) refuse(name + " takes a value");
    const std::string value = argv[i + 1];
    if (name == "--weather") {
      if (value != "usual" && value != "new") refuse("--weather is usual or new");
      out.weather = value == "new" ? Weather::newer : Weather::usual;
    } else if (name == "--apis") {
      if (value != "v1" && value != "mixed") refuse("--apis is v1 or mixed");
      out.apis = value == "mixed" ? Apis::mixed : Apis::v1;
    } else if (name == "--storms") {
      out.storms = number(argv[i], value);
    } else if (name == "--kills") {
      out.kills = number(argv[i], value);
    } else if (name == "--mirrors") {
      out.mirrors = number(argv[i], value);
    } else if (name == "--jobs") {
      out.jobs = number(argv[i], value);
      if (out.jobs == 0) refuse("--jobs is one or more");
    } else if (name == "--seed") {
      out.seed = number(argv[i], value);
    } else {
      refuse("no option " + name);
    }
  }
  return out;
}

/// Nothing can be said where no run can be made.
void require_binary() {
  const auto binary = hookferry::test::hookferry_binary();
  if (::access(binary.c_str(), X_OK) == 0) return;
  std::fprintf(stderr, "storms: cannot run %s: build the target hookferry first\n", binary.c_str());
  std::exit(66);
}

}  // namespace

int main(int argc, char** argv) {
  const auto order = read_order(argc, argv);
  require_binary();
  std::printf("seed %llu\n", static_cast<unsigned long long>(order.seed));
  const auto options = std::string(order.weather == Weather::newer ? " --weather new" : "") +
                       (order.apis == Apis::mixed ? " --apis mixed" : "");
  Tally storm_tally(options);
  Tally kill_tally(options);
  std::atomic<std::uint64_t> next{order.seed};
  in_parallel(order.jobs, [&] {
    while (true) {
      const auto mine = next++;
      if (mine >= order.seed + order.storms) return;
      storm_tally.add(hookferry::test::storm(mine, order.weather, order.apis), "storms");
    }
  });
  next = order.seed;
  in_parallel(order.jobs, [&] {
    while (!kill_tally.is_done(order.kills))
      kill_tally.add(hookferry::test::kill_storm(next++, order.weather, order.apis), "kills");
  });
  Tally mirror_tally(options);
  next = order.seed;
  in_parallel(order.jobs, [&] {
    while (true) {
      const auto mine = next++;
      if (mine >= order.seed + order.mirrors) return;
      mirror_tally.add(hookferry::test::mirror_storm(mine, order.apis), "mirrors");
    }
  });
  const auto broken = storm_tally.broken + kill_tally.broken + mirror_tally.broken;
  std::printf(
      "%zu storms (%zu runs), %zu kills (%zu accounts, %zu runs), %zu mirrors (%zu runs, %zu kills): "
      "%zu broken promises\n",
      storm_tally.storms, storm_tally.runs, kill_tally.kills, kill_tally.storms, kill_tally.runs,
      mirror_tally.storms, mirror_tally.runs, mirror_tally.kills, broken);
  return broken == 0 ? 0 : 1;
}
