#include "storm.hpp"

#include <algorithm>
#include <csignal>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>

#include "json/document.hpp"
#include "support/accounts.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::test {
namespace {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t upto(std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(engine_); }
  std::size_t between(std::size_t least, std::size_t most) { return least + upto(most - least); }
  bool chance(unsigned percent) { return upto(99) < percent; }
  const std::string& pick(const std::vector<std::string>& values) { return values[upto(values.size() - 1)]; }

 private:
  std::mt19937_64 engine_;
};

struct World {
  std::vector<std::string> source;
  std::vector<std::string> destination;
};

/// Few aliases and few contents, so that there are duplicates of every kind; some of them are there already,
/// some differ, some are others' business.
World random_world(Random& random) {
  World out;
  const auto aliases = random.between(1, 12);
  const auto count = random.between(1, 30);
  int id = 1;
  std::map<std::string, std::size_t> there;
  for (std::size_t i = 0; i < count; ++i) {
    const auto alias = "hook-" + std::to_string(random.upto(aliases));
    const auto url = "https://hooks.test/" + std::to_string(random.upto(2));
    out.source.push_back(slack(alias, url, id++));
    if (random.chance(20))
      out.destination.push_back(slack(alias, random.chance(60) ? url : "https://old.test/", 1000 + id));
  }
  for (std::size_t i = random.upto(4); i > 0; --i)
    out.destination.push_back(
        slack("foreign-" + std::to_string(i), "https://foreign.test/", 2000 + static_cast<int>(i)));
  return out;
}

/// Which request, then what. Percentages stay low enough for runs to come to an end.
std::vector<std::string> random_faults(Random& random, bool altering) {
  const std::vector<std::string> actions = {"close-before",
                                            "close-after",
                                            "partial,count=1,status=500",
                                            "partial,count=3,status=0",
                                            "subset,status=502",
                                            "subset,status=0",
                                            "truncate",
                                            "garbage",
                                            "missing-element",
                                            "status=500",
                                            "status=503,retry-after=0",
                                            "status=503,applied=yes",
                                            "status=504,applied=yes",
                                            "status=429,retry-after=0",
                                            "status=413,above=4",
                                            "apply-late,after=50",
                                            "apply-late,after=30,status=500",
                                            "stall,applied=yes",
                                            "stall,applied=no",
                                            "status=400,alias=hook-3,applied=prefix",
                                            "status=422,alias=hook-5"};
  const std::vector<std::string> reads = {
      "status=500", "garbage,applied=no", "truncate", "close-before", "late=60", "late=30"};
  const std::vector<std::string> modifiers = {"shuffle",  "chunked",     "ids-only",
                                              "bare-ids", "reserialize", "slow=10"};
  std::vector<std::string> out;
  const auto add = [&](const std::string& rule) {
    out.push_back("--fault");
    out.push_back(rule);
  };
  for (auto i = random.between(1, 3); i > 0; --i) {
    const auto when = random.chance(50) ? "#" + std::to_string(random.between(1, 4))
                                        : "%" + std::to_string(random.between(5, 35));
    add("POST" + when + ":" + random.pick(actions));
  }
  if (random.chance(40)) add("GET%" + std::to_string(random.between(5, 30)) + ":" + random.pick(reads));
  if (random.chance(30)) add("GET:late=" + std::to_string(random.between(10, 60)));
  if (random.chance(50)) add("POST:" + random.pick(modifiers));
  if (altering) add("POST%" + std::to_string(random.between(20, 100)) + ":alter=url");
  if (random.chance(30))
    add("DELETE%20:" +
        random.pick({"close-after", "close-before", "status=500", "status=503,retry-after=0"}));
  out.insert(out.end(), {"--seed", std::to_string(random.upto(1'000'000))});
  return out;
}

struct Held {
  std::int64_t id;
  std::string alias;
  std::string content;
  bool operator==(const Held&) const = default;
};

std::vector<Held> held(const std::string& file) {
  const auto document = json::Document::parse(slurp(file));
  std::vector<Held> out;
  for (const auto& value : document.root().find("webhooks")->elements()) {
    const auto webhook = read_webhook(value);
    out.push_back({webhook.id.value_or(0), webhook.identity.alias, webhook.content});
  }
  std::sort(out.begin(), out.end(), [](const Held& a, const Held& b) { return a.id < b.id; });
  return out;
}

std::map<std::string, std::size_t> counted(const std::vector<Held>& webhooks, std::string Held::*by) {
  std::map<std::string, std::size_t> out;
  for (const auto& webhook : webhooks) ++out[webhook.*by];
  return out;
}

/// One seed's accounts, with the promises that must hold at any time.
class Sea {
 public:
  explicit Sea(std::uint64_t seed)
      : random(seed),
        altering(random.chance(15)),
        policy(random.chance(30) ? "update" : "skip"),
        world(random_world(random)),
        accounts(world.source, world.destination, random_faults(random, altering)),
        lag("GET%50:late=" + std::to_string(random.between(30, 200))),
        before(held(accounts.file_of("us"))),
        source(held(accounts.file_of("eu"))) {}

  Random random;
  const bool altering;
  const std::string policy;
  const World world;
  Accounts accounts;
  const std::string lag;  ///< of every other reading, when all other faults are over
  const std::vector<Held> before;
  const std::vector<Held> source;

  std::vector<std::string> arguments() {
    return accounts.migrate_arguments({"--settle", "0.3", "--timeout", "0.5", "--retries",
                                       std::to_string(random.between(0, 4)), "--batch-size",
                                       std::to_string(random.between(1, 10)), "--concurrency",
                                       std::to_string(random.between(1, 5)), "--on-conflict", policy});
  }

  /// Nothing twice, nothing foreign touched.
  void require_sound(const std::string& when) const {
    const auto now = held(accounts.file_of("us"));
    const auto wanted = counted(source, &Held::alias);
    const auto there_before = counted(before, &Held::alias);
    for (const auto& [alias, count] : counted(now, &Held::alias)) {
      const auto most = std::max(wanted.contains(alias) ? wanted.at(alias) : 0,
                                 there_before.contains(alias) ? there_before.at(alias) : 0);
      if (count > most)
        throw std::runtime_error(when + ": " + alias + " is there " + std::to_string(count) +
                                 " times, expected at most " + std::to_string(most));
    }
    for (const auto& webhook : before) {
      const bool may_be_updated = policy == "update" && wanted.contains(webhook.alias);
      const auto found =
          std::find_if(now.begin(), now.end(), [&](const Held& other) { return other.id == webhook.id; });
      if (found == now.end() || (!may_be_updated && found->content != webhook.content))
        throw std::runtime_error(when + ": " + webhook.alias + " was there before and was touched");
    }
  }

  /// As many of each alias as the source has; without conflicts and alterations also of each content.
  void require_all(const std::string& when, bool contents) const {
    const auto now = held(accounts.file_of("us"));
    const auto there = counted(now, &Held::alias);
    for (const auto& [alias, count] : counted(source, &Held::alias))
      if (!there.contains(alias) || there.at(alias) < count)
        throw std::runtime_error(when + ": " + alias + " is missing");
    if (!contents) return;
    const auto contents_there = counted(now, &Held::content);
    for (const auto& [content, count] : counted(source, &Held::content))
      if (!contents_there.contains(content) || contents_there.at(content) < count)
        throw std::runtime_error(when + ": a content is missing");
  }

  void require_end(const Ran& ran, const std::string& when) const {
    require_sound(when);
    if (ran.code > 78 || ran.code == 64 || ran.err.find("internal error") != std::string::npos)
      throw std::runtime_error(when + ": exit " + std::to_string(ran.code) + ": " + ran.err);
    if (ran.code == 0) require_all(when + " (exit 0)", !altering);
    if (ran.code == 2) require_all(when + " (exit 2)", false);
  }

  /// An undo that is killed, or meets faults: the next one must finish it.
  void disturb_undo(const std::vector<std::string>& arguments, StormResult& result) {
    ++result.runs;
    if (random.chance(50)) {
      const auto of_delete = random.pick({"close-after", "close-before", "status=500", "stall,applied=yes"});
      const auto of_post = random.pick({"close-after", "close-before", "status=500", "truncate"});
      accounts.restart(
          {"--fault", "DELETE%30:" + of_delete, "--fault", "POST%40:" + of_post, "--fault", lag});
      const auto disturbed = accounts.run(arguments);
      if (disturbed.code != 0 && disturbed.code != 1)
        throw std::runtime_error("undo among faults ended with " + std::to_string(disturbed.code) + ": " +
                                 disturbed.err);
      accounts.restart({"--fault", lag});
      return;
    }
    const TempDir files;
    std::vector<std::string> command = {hookferry_binary()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Process process(command, accounts.environment(), files.file("out"), files.file("err"));
    std::this_thread::sleep_for(std::chrono::milliseconds(random.between(5, 60)));
    process.signal(SIGKILL);
    ++result.kills;
  }

  /// Without faults one run finishes the job, and so does one against an account whose readings lag at times,
  /// with the next run following at once.
  void require_calm_end(StormResult& result) {
    accounts.restart({});
    require_round(result);
    if (random.chance(60)) return;
    accounts.restart({"--fault", lag});
    require_round(result);
  }

  /// One run does all there is to do, a further one has nothing to do, and undo restores what was there.
  void require_round(StormResult& result) {
    const auto finish = accounts.run(arguments());
    ++result.runs;
    require_end(finish, "a run without faults");
    if (finish.code != 0 && finish.code != 2)
      throw std::runtime_error("a run without faults ended with " + std::to_string(finish.code) + ": " +
                               finish.err + finish.out);
    const auto posts = accounts.requests("POST");
    const auto again = accounts.run(arguments());
    ++result.runs;
    require_end(again, "the run with nothing to do");
    if (!altering && accounts.requests("POST") != posts)
      throw std::runtime_error("a run with nothing to do sent a POST");
    const std::vector<std::string> undo_arguments = {"undo", accounts.ledger(), "--yes", "--settle",
                                                     "0.3",  "--timeout",       "0.5"};
    if (random.chance(40)) disturb_undo(undo_arguments, result);
    const auto undo = accounts.run(undo_arguments);
    ++result.runs;
    if (undo.code != 0)
      throw std::runtime_error("undo ended with " + std::to_string(undo.code) + ": " + undo.err + undo.out);
    if (held(accounts.file_of("us")) != before)
      throw std::runtime_error("undo did not restore the destination: " + undo.out + "\n" +
                               slurp(accounts.ledger()) + slurp(accounts.file_of("us")));
  }
};

template <class Weather>
StormResult within(std::uint64_t seed, Weather weather) {
  StormResult result;
  result.seed = seed;
  try {
    Sea sea(seed);
    weather(sea, result);
    sea.require_calm_end(result);
  } catch (const std::exception& error) {
    result.broken = error.what();
  }
  return result;
}

}  // namespace

StormResult storm(std::uint64_t seed) {
  return within(seed, [](Sea& sea, StormResult& result) {
    for (auto runs = sea.random.between(1, 3); runs > 0; --runs) {
      const auto ran = sea.accounts.run(sea.arguments());
      ++result.runs;
      sea.require_end(ran, "run " + std::to_string(result.runs));
    }
  });
}

StormResult kill_storm(std::uint64_t seed) {
  return within(seed, [](Sea& sea, StormResult& result) {
    constexpr std::size_t most_kills = 12;
    while (result.kills < most_kills) {
      const TempDir files;
      std::vector<std::string> command = {hookferry_binary()};
      const auto arguments = sea.arguments();
      command.insert(command.end(), arguments.begin(), arguments.end());
      Process process(command, sea.accounts.environment(), files.file("out"), files.file("err"));
      ++result.runs;
      std::this_thread::sleep_for(
          std::chrono::milliseconds(sea.random.between(5, sea.random.chance(50) ? 60 : 700)));
      const bool running = process.running();
      process.signal(SIGKILL);
      if (running) process.wait();
      sea.require_sound("after kill " + std::to_string(result.kills + 1));
      if (!running) break;
      ++result.kills;
    }
  });
}

}  // namespace hookferry::test
