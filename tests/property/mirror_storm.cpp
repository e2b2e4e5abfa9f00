#include "mirror_storm.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <thread>

#include "random.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "world.hpp"

namespace hookferry::test {
namespace {

struct MirrorWorld {
  std::vector<std::string> source, destination;
};

/// Webhooks that both have, that differ, that only one has; now and then one twice.
MirrorWorld random_accounts(Random& random) {
  MirrorWorld out;
  const auto count = random.between(3, 25);
  int id = 500;
  for (std::size_t i = 0; i < count; ++i) {
    const auto alias = "hook-" + std::to_string(i);
    const auto url = "https://hooks.test/" + std::to_string(i);
    out.source.push_back(slack(alias, url, static_cast<int>(i + 1)));
    if (random.jitter(40))
      out.destination.push_back(slack(alias, url, ++id));
    else if (random.jitter(30))
      out.destination.push_back(slack(alias, url + "/old", ++id));
  }
  const auto extras = random.between(0, 8);
  for (std::size_t i = 0; i < extras; ++i) {
    const auto alias = "extra-" + std::to_string(random.jitter(20) ? 0 : i);
    out.destination.push_back(slack(alias, "https://extra.test/" + std::to_string(i / 2), ++id));
  }
  return out;
}

std::vector<std::string> random_faults(Random& random) {
  // A draw with others in one expression could come before them or after, as the compiler likes.
  const auto when = [&](const std::string& method) {
    return method + "%" + std::to_string(random.between(10, 60)) + ":";
  };
  std::vector<std::string> out = {"--seed", std::to_string(random.upto(1'000'000))};
  if (random.jitter(80)) {
    const auto rule = when("DELETE");
    out.insert(out.end(),
               {"--fault", rule + random.pick({"close-after", "close-before", "status=503,retry-after=0",
                                               "status=429,retry-after=0", "stall,applied=yes", "slow=30",
                                               "apply-late,after=150", "slow-apply=100"})});
  }
  if (random.jitter(60)) {
    const auto rule = when("POST");
    out.insert(out.end(),
               {"--fault", rule + random.pick({"close-after", "close-before", "truncate", "subset",
                                               "partial,count=2", "status=500,applied=yes", "stall"})});
  }
  if (random.jitter(30)) out.insert(out.end(), {"--fault", when("GET") + "late=100"});
  if (random.jitter(40)) {  // once: what two snapshots of the source lack may be deleted
    const auto lacks = random.pick({"hide=hook-1", "hide=hook-[0-3]", "half", "short=2", "empty"});
    out.insert(out.end(), {"--fault", "eu/GET#" + std::to_string(random.between(1, 6)) + ":" + lacks});
  }
  if (random.jitter(30)) {
    const auto part = marked_part(random, random.pick({"eu", "us"}));
    out.insert(out.end(), part.begin(), part.end());
  }
  if (random.jitter(30)) out.insert(out.end(), {"--fault", "ANY:reuse-ids"});
  return out;
}

class MirrorSea {
 public:
  MirrorSea(std::uint64_t seed, Apis chosen)
      : random(seed),
        world(random_accounts(random)),
        faults(random_faults(random)),
        apis(api_options(seed, chosen)),
        accounts(world.source, world.destination, faults),
        short_source(std::ranges::any_of(
            faults, [](const std::string& option) { return option.starts_with("eu/GET#"); })),
        before(held(accounts.file_of("us"))),
        source(held(accounts.file_of("eu"))) {}

  Random random;
  const MirrorWorld world;
  const std::vector<std::string> faults, apis;
  Accounts accounts;
  const bool
      short_source;  ///< a list of the source lacks some of its webhooks, once, so a plan may lack them
  const std::vector<Held> before, source;

  std::vector<std::string> mirror_arguments() {
    std::vector<std::string> out = {"mirror",
                                    accounts.url(),
                                    accounts.url(),
                                    "--no-rewrite",
                                    "--yes",
                                    "--max-delete",
                                    "100%",
                                    "--settle",
                                    "0.4",
                                    "--timeout",
                                    "0.5",
                                    "--ledger",
                                    accounts.ledger(),
                                    "--retries",
                                    std::to_string(random.between(0, 4)),
                                    "--batch-size",
                                    std::to_string(random.between(1, 10)),
                                    "--concurrency",
                                    std::to_string(random.between(1, 5))};
    out.insert(out.end(), apis.begin(), apis.end());
    return out;
  }
  std::vector<std::string> undo_arguments() const {
    return {"undo", accounts.ledger(), "--yes", "--settle", "0.4", "--timeout", "0.5"};
  }
  std::size_t writes() const {
    return accounts.requests("POST") + accounts.requests("PUT") + accounts.requests("DELETE");
  }

  void require_sound(const std::string& when) const {
    const auto now = held(accounts.file_of("us"));
    const auto there = counted(now, &Held::alias);
    const auto wanted = counted(source, &Held::alias);
    const auto there_before = counted(before, &Held::alias);
    const auto number = [](const auto& counts, const std::string& alias) {
      return counts.contains(alias) ? counts.at(alias) : 0;
    };
    for (const auto& [alias, count] : there)
      if (count > std::max(number(wanted, alias), number(there_before, alias)))
        throw std::runtime_error(when + ": " + alias + " is there " + std::to_string(count) + " times");
    bool deleted = false;
    for (const auto& [alias, count] : there_before)
      deleted = deleted || (number(wanted, alias) == 0 && number(there, alias) < count);
    if (deleted && !short_source) require_all(when + ", something was deleted");
    const auto now_there = counted(now, &Held::content);
    const auto then_there = counted(before, &Held::content);
    for (const auto& [content, count] : counted(source, &Held::content))
      if (number(now_there, content) < std::min(count, number(then_there, content)))
        throw std::runtime_error(when + ": a webhook that the source has was deleted");
  }

  void require_all(const std::string& when) const {
    const auto there = counted(held(accounts.file_of("us")), &Held::content);
    for (const auto& [content, count] : counted(source, &Held::content))
      if (!there.contains(content) || there.at(content) < count)
        throw std::runtime_error(when + ": a webhook of the source is missing");
  }

  void require_alike(const std::string& when) const {
    require_all(when);
    if (held(accounts.file_of("us")).size() != source.size())
      throw std::runtime_error(when + ": an extra is still there");
  }

  void require_restored(const std::string& when) const {
    if (counted(held(accounts.file_of("us")), &Held::content) != counted(before, &Held::content))
      throw std::runtime_error(when + ": the destination does not hold what it held\n" +
                               slurp(accounts.ledger()) + slurp(accounts.file_of("us")));
  }

  Ran run(const std::vector<std::string>& arguments, StormResult& result) const {
    ++result.runs;
    return accounts.run(arguments);
  }

  /// To its end, or to a random moment.
  void disturbed(const std::vector<std::string>& arguments, const std::string& when, StormResult& result) {
    if (random.jitter(60)) {
      const auto ran = run(arguments, result);
      if (ran.code != 0 && ran.code != 1 && ran.code != 69 && ran.code != 76)
        throw std::runtime_error(when + ": exit " + std::to_string(ran.code) + ": " + ran.err);
      if (ran.code == 0 && arguments.front() == "mirror" && !short_source) require_alike(when + " (exit 0)");
      return;
    }
    const std::chrono::milliseconds lives(random.between(5, random.jitter(50) ? 60 : 900));
    const auto process = accounts.in_background("killed", arguments);
    ++result.runs;
    std::this_thread::sleep_for(lives);
    if (process->running()) ++result.kills;
    process->signal(SIGKILL);
    process->wait();
  }
};

void sail(MirrorSea& sea, StormResult& result) {
  for (auto runs = sea.random.between(1, 3); runs > 0; --runs) {
    const auto when = "mirror " + std::to_string(result.runs + 1);
    sea.disturbed(sea.mirror_arguments(), when, result);
    sea.require_sound(when);
  }
  sea.accounts.restart({});
  const auto calm = sea.run(sea.mirror_arguments(), result);
  if (calm.code != 0)
    throw std::runtime_error("a mirror without faults ended with " + std::to_string(calm.code) + ": " +
                             calm.err + calm.out);
  sea.require_alike("a mirror without faults");
  auto writes = sea.writes();
  if (sea.run(sea.mirror_arguments(), result).code != 0 || sea.writes() != writes)
    throw std::runtime_error("a mirror with nothing to do wrote something");
  if (sea.random.jitter(60)) {
    sea.accounts.restart(random_faults(sea.random));
    sea.disturbed(sea.undo_arguments(), "a disturbed undo", result);
    sea.accounts.restart({});
  }
  const auto undo = sea.run(sea.undo_arguments(), result);
  if (undo.code != 0)
    throw std::runtime_error("undo ended with " + std::to_string(undo.code) + ": " + undo.err + undo.out +
                             slurp(sea.accounts.ledger()));
  sea.require_restored("undo");
  writes = sea.writes();
  if (sea.run(sea.undo_arguments(), result).code != 0 || sea.writes() != writes)
    throw std::runtime_error("a second undo did something");
}

}  // namespace

StormResult mirror_storm(std::uint64_t seed, Apis apis) {
  StormResult result;
  result.seed = seed;
  try {
    MirrorSea sea(seed, apis);
    for (const auto& options : {sea.faults, sea.apis})
      for (const auto& option : options) result.faults += " " + option;
    sail(sea, result);
  } catch (const std::exception& error) {
    result.broken = error.what();
  }
  return result;
}

}  // namespace hookferry::test
