// usage: model_check [--whole] [--jobs N] [--only TEXT] [--faults RUNS] [--strangers N] [--limit STATES]
// [--list]
//
// Looks at every history of small accounts, and sees whether rules left out of the core are missed. Ends with
// 0 where nothing breaks, and each rule that is left out does. --whole: many more histories
// (scripts/model-check).
// --only: the spaces whose names hold that text. --faults 21,10,00: all spaces with so many faults and
// crashes, one pair a run.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "explorer.hpp"
#include "support/rooms.hpp"

namespace {

using namespace hookferry::model;

struct Arguments {
  bool whole = false, list = false;
  std::size_t jobs = 1;
  std::string only, faults;
  int strangers = 0;
  Limits limits;
};

Arguments read_arguments(int argc, char** argv) {
  Arguments out;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const std::string value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--whole") out.whole = true;
    if (name == "--list") out.list = true;
    if (name == "--jobs") out.jobs = static_cast<std::size_t>(std::max(1, std::atoi(value.c_str())));
    if (name == "--only") out.only = value;
    if (name == "--faults") out.faults = value;
    if (name == "--limit") out.limits.states = std::strtoull(value.c_str(), nullptr, 10);
    if (name == "--strangers") out.strangers = std::atoi(value.c_str());
  }
  return out;
}

std::vector<RunFaults> faults_of(const std::string& text) {
  std::vector<RunFaults> out;
  for (std::size_t k = 0; k + 1 < text.size(); k += 3) out.push_back({text[k] - '0', text[k + 1] - '0'});
  return out;
}

std::vector<Space> spaces_of(const Arguments& arguments) {
  auto out = !arguments.faults.empty() ? product(faults_of(arguments.faults), arguments.strangers)
             : arguments.whole         ? whole_spaces()
                                       : small_spaces();
  if (arguments.faults.empty())
    for (auto& space : mutated_spaces()) out.push_back(std::move(space));
  std::erase_if(out,
                [&](const Space& space) { return space.name.find(arguments.only) == std::string::npos; });
  return out;
}

struct Tally {
  std::uint64_t states = 0, steps = 0;
  std::size_t spaces = 0, violations = 0, mutations = 0, caught = 0;
};

class Checking {
 public:
  Checking(std::vector<Space> spaces, const Arguments& arguments)
      : spaces_(std::move(spaces)), list_(arguments.list), limits_(arguments.limits) {}

  Tally check(std::size_t jobs) {
    std::vector<std::thread> threads;
    for (std::size_t k = 0; k < jobs; ++k)
      threads.emplace_back([this] {
        for (auto at = next_++; at < spaces_.size(); at = next_++)
          told(spaces_[at], explore(spaces_[at], limits_));
      });
    for (auto& thread : threads) thread.join();
    return tally_;
  }

 private:
  void told(const Space& space, const Explored& explored) {
    const std::lock_guard lock(mutex_);
    const bool mutated = space.mutation != Mutation::none;
    const bool broken = !explored.violation.empty();
    tally_.states += explored.states;
    tally_.steps += explored.steps;
    ++tally_.spaces;
    tally_.mutations += mutated;
    tally_.caught += mutated && broken;
    tally_.violations += !mutated && broken;
    if (list_ || !explored.whole || broken != mutated)
      std::printf("%-60s %10llu states %11llu steps, depth %2zu, %6.1f s%s\n", space.name.c_str(),
                  static_cast<unsigned long long>(explored.states),
                  static_cast<unsigned long long>(explored.steps), explored.depth, explored.seconds,
                  explored.whole ? "" : ", CUT OFF");
    if (mutated && !broken) std::printf("%s: NOT CAUGHT\n", space.name.c_str());
    if (mutated && broken)
      std::printf("%s: caught after %zu steps: %s\n", space.name.c_str(), explored.depth + 1,
                  explored.violation.c_str());
    if (!mutated || list_)
      for (const auto& line : explored.history) std::printf("  %s\n", line.c_str());
    std::fflush(stdout);
  }

  std::vector<Space> spaces_;
  bool list_;
  Limits limits_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  Tally tally_;
};

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = read_arguments(argc, argv);
  const auto began = std::chrono::steady_clock::now();
  const auto tally = Checking(spaces_of(arguments), arguments).check(arguments.jobs);
  const auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  std::printf("%zu spaces, %llu states, %llu steps, %.1f s: %zu violations; %zu of %zu mutations caught\n",
              tally.spaces, static_cast<unsigned long long>(tally.states),
              static_cast<unsigned long long>(tally.steps), seconds, tally.violations, tally.caught,
              tally.mutations);
  return tally.violations == 0 && tally.caught == tally.mutations && tally.spaces > 0 ? 0 : 1;
}
