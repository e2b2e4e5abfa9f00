#include "storm.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "world.hpp"

namespace hookferry::test {
namespace {

/// From a generator of its own, so that a seed's usual faults are the same in either weather.
Forecast forecast_for(std::uint64_t seed, Weather weather, const Sky& sky) {
  if (weather == Weather::usual) return {};
  Random random(~seed);
  return newer_faults(random, sky);
}

std::vector<std::string> joined(std::vector<std::string> first, const std::vector<std::string>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// One seed's accounts, with the promises that must hold at any time.
class Sea {
 public:
  Sea(std::uint64_t seed, Weather weather, Apis chosen, bool kills)
      : random(seed),
        altering(random.jitter(15)),
        policy(random.jitter(30) ? "update" : "skip"),
        world(random_world(random)),
        usual(usual_faults(random, altering)),
        forecast(forecast_for(seed, weather, sky_over(world, usual, altering, kills, policy == "update"))),
        options(joined(usual, forecast.options)),
        apis(api_options(seed, chosen)),
        accounts(world.source, world.destination, options),
        lag("GET%50:late=" + std::to_string(random.between(30, 200))),
        before(held(accounts.file_of("us"))),
        source(held(accounts.file_of("eu"))) {}

  Random random;
  const bool altering;
  const std::string policy;
  const World world;
  const std::vector<std::string> usual;
  const Forecast forecast;
  const std::vector<std::string> options, apis;
  Accounts accounts;
  const std::string lag;  ///< of every other reading, when all other faults are over
  const std::vector<Held> before;
  const std::vector<Held> source;
  mutable std::size_t visitors_seen = 0;

  std::vector<std::string> arguments() {
    const auto drawn = accounts.migrate_arguments(
        {"--settle", "0.3", "--timeout", "0.5", "--retries", std::to_string(random.between(0, 4)),
         "--batch-size", std::to_string(random.between(1, 10)), "--concurrency",
         std::to_string(random.between(1, 5)), "--on-conflict", policy});
    return joined(drawn, apis);
  }

  bool contents_kept() const { return !altering && !forecast.other_contents; }

  /// What the destination holds, without what another client has added, which must stay.
  std::vector<Held> there() const {
    auto out = held(accounts.file_of("us"));
    const auto visitors = std::erase_if(out, [](const Held& webhook) { return webhook.alias == visitor; });
    if (visitors < visitors_seen) throw std::runtime_error("a webhook of another client was deleted");
    visitors_seen = visitors;
    return out;
  }

  /// Copies that the server made of its own accord, at most.
  std::size_t servers_copies() const {
    if (!forecast.copies) return 0;
    std::istringstream log(slurp(accounts.folder().file("log")));
    const std::string elements = " elements=";
    std::size_t out = 0;
    for (std::string line; std::getline(log, line);)
      if (const auto at = line.find(elements);
          at != std::string::npos &&
          (line.find(":twice") != std::string::npos || line.find(":update-creates") != std::string::npos))
        out += std::stoul(line.substr(at + elements.size()));
    return out;
  }

  /// How many webhooks there are beyond what was planned and what was there before.
  std::size_t surplus(const std::string& when) const {
    const auto now = there();
    const auto wanted = counted(source, &Held::alias);
    const auto there_before = counted(before, &Held::alias);
    const auto copies = servers_copies();
    std::size_t out = 0;
    for (const auto& [alias, count] : counted(now, &Held::alias)) {
      const auto most = std::max(wanted.contains(alias) ? wanted.at(alias) : 0,
                                 there_before.contains(alias) ? there_before.at(alias) : 0);
      if (count > most) out += count - most;
      if (out > copies || (count > most && !wanted.contains(alias)))
        throw std::runtime_error(when + ": " + alias + " is there " + std::to_string(count) +
                                 " times, expected at most " + std::to_string(most));
    }
    return out;
  }

  /// Nothing twice, nothing foreign touched.
  void require_sound(const std::string& when) const {
    surplus(when);
    const auto now = there();
    const auto wanted = counted(source, &Held::alias);
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
    const auto now = there();
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
    if (ran.code == 0) require_all(when + " (exit 0)", contents_kept());
    if (ran.code == 2) require_all(when + " (exit 2)", false);
  }

  /// A copy may show only after the run's end, then; docs/reliability.md says so.
  bool readings_lag() const {
    return std::any_of(options.begin(), options.end(), [](const std::string& option) {
      return option.starts_with("GET") && option.find(":late=") != std::string::npos;
    });
  }

  /// One run among faults. Copies that the server makes meanwhile are to be told.
  void disturbed_run(StormResult& result) {
    const auto copies_before = surplus("before run " + std::to_string(result.runs + 1));
    const auto ran = accounts.run(arguments());
    ++result.runs;
    const auto when = "run " + std::to_string(result.runs);
    require_end(ran, when);
    if (ran.code == 0 && surplus(when) > copies_before && !readings_lag())
      throw std::runtime_error(when + ": the server made copies, and exit 0");
  }

  /// Whether the faults excuse that a run without any leaves something to a person.
  bool excused() const { return !contents_kept() || forecast.undecidable || servers_copies() > 0; }

  /// Then it says which, and why it cannot be told.
  static bool names_what_is_left(const Ran& ran) {
    const auto text = ran.out + ran.err;
    const std::vector<std::string> words = {"it is unknown whether",
                                            "another client may have changed it",
                                            "could not tell",
                                            "may be this run's or",
                                            "is a copy that",
                                            "cannot be read as a",
                                            "altered by the server",
                                            "may be this one",
                                            "so nothing else is sent again",
                                            "was there before the run and is gone"};
    return std::any_of(words.begin(), words.end(),
                       [&](const std::string& word) { return text.find(word) != std::string::npos; });
  }

  /// What was there before is there, and nothing else but what the server's faults excuse.
  void require_restored(const Ran& undo) const {
    const auto now = there();
    if (now == before) return;
    const auto was_before = [&](const Held& webhook) {
      return std::find(before.begin(), before.end(), webhook) != before.end();
    };
    const auto kept = static_cast<std::size_t>(std::count_if(now.begin(), now.end(), was_before));
    const auto left = now.size() - kept;
    if (kept == before.size() && (forecast.undecidable || left <= servers_copies())) return;
    if ((!contents_kept() || forecast.undecidable) && undo.code == 1) return;  // it has named what it left
    throw std::runtime_error("undo did not restore the destination: " + undo.out + "\n" +
                             slurp(accounts.ledger()) + slurp(accounts.file_of("us")));
  }

  /// An undo that is killed, as are some of those that finish it, or that meets faults: the next one must
  /// finish it.
  void disturb_undo(const std::vector<std::string>& arguments, StormResult& result) {
    ++result.runs;
    if (random.jitter(50)) {
      const auto of_delete = random.pick({"close-after", "close-before", "status=500", "stall,applied=yes"});
      const auto of_post = random.pick({"close-after", "close-before", "status=500", "truncate"});
      accounts.restart(
          joined({"--fault", "DELETE%30:" + of_delete, "--fault", "POST%40:" + of_post, "--fault", lag},
                 forecast.of_undo));
      const auto disturbed = accounts.run(arguments);
      if (disturbed.code != 0 && disturbed.code != 1)
        throw std::runtime_error("undo among faults ended with " + std::to_string(disturbed.code) + ": " +
                                 disturbed.err);
      accounts.restart({"--fault", lag});
      return;
    }
    for (auto kills = random.between(1, 3); kills > 0; --kills) {
      const TempDir files;
      const auto command = joined({hookferry_binary()}, arguments);
      Process process(command, accounts.environment(), files.file("out"), files.file("err"));
      // The settle time of one that finishes another is 0.3 s.
      std::this_thread::sleep_for(std::chrono::milliseconds(random.between(5, random.jitter(70) ? 60 : 500)));
      process.signal(SIGKILL);
      ++result.kills;
    }
  }

  /// Without faults one run finishes the job, and so does one against an account whose readings lag at times,
  /// with the next run following at once.
  void require_calm_end(StormResult& result) {
    accounts.restart({});
    require_round(result);
    if (random.jitter(60)) return;
    accounts.restart({"--fault", lag});
    require_round(result);
  }

  /// One run does all there is to do, a further one has nothing to do, and undo restores what was there.
  void require_round(StormResult& result) {
    const auto finish = accounts.run(arguments());
    ++result.runs;
    require_end(finish, "a run without faults");
    const bool may_leave = excused();
    if (finish.code != 0 && finish.code != 2 &&
        !(finish.code == 1 && may_leave && names_what_is_left(finish)))
      throw std::runtime_error("a run without faults ended with " + std::to_string(finish.code) + ": " +
                               finish.err + finish.out);
    // Two that are alike may both be what one webhook there is: it is written over as one of them, and only
    // then it is known that the other is not there.
    if (finish.code == 1) {
      require_end(accounts.run(arguments()), "the run after one that left something");
      ++result.runs;
    }
    const auto posts = accounts.requests("POST");
    const auto again = accounts.run(arguments());
    ++result.runs;
    require_end(again, "the run with nothing to do");
    if (contents_kept() && !forecast.undecidable && accounts.requests("POST") != posts)
      throw std::runtime_error("a run with nothing to do sent a POST");
    const std::vector<std::string> undo_arguments = {"undo", accounts.ledger(), "--yes", "--settle",
                                                     "0.3",  "--timeout",       "0.5"};
    if (random.jitter(40)) disturb_undo(undo_arguments, result);
    const auto undo = accounts.run(undo_arguments);
    ++result.runs;
    if (undo.code != 0 && !(undo.code == 1 && may_leave && names_what_is_left(undo)))
      throw std::runtime_error("undo ended with " + std::to_string(undo.code) + ": " + undo.err + undo.out);
    require_restored(undo);
  }
};

template <class Course>
StormResult within(std::uint64_t seed, Weather weather, Apis apis, bool kills, Course course) {
  StormResult result;
  result.seed = seed;
  try {
    Sea sea(seed, weather, apis, kills);
    for (const auto& option : joined(sea.options, sea.apis)) result.faults += " " + option;
    course(sea, result);
    sea.require_calm_end(result);
  } catch (const std::exception& error) {
    result.broken = error.what();
  }
  return result;
}

/// A run that is to be killed, drawn before any is: how many it takes until one comes to its end is not the
/// seed's to say, and what follows must not depend on it.
struct KilledRun {
  std::vector<std::string> arguments;
  std::chrono::milliseconds lives;
};

std::vector<KilledRun> draw_kills(Sea& sea) {
  constexpr std::size_t most_kills = 12;
  std::vector<KilledRun> out;
  while (out.size() < most_kills) {
    auto arguments = sea.arguments();
    const auto longest = sea.random.jitter(50) ? 60u : 700u;
    out.push_back({std::move(arguments), std::chrono::milliseconds(sea.random.between(5, longest))});
  }
  return out;
}

}  // namespace

StormResult storm(std::uint64_t seed, Weather weather, Apis apis) {
  return within(seed, weather, apis, false, [](Sea& sea, StormResult& result) {
    for (auto runs = sea.random.between(1, 3); runs > 0; --runs) sea.disturbed_run(result);
  });
}

StormResult kill_storm(std::uint64_t seed, Weather weather, Apis apis) {
  return within(seed, weather, apis, true, [](Sea& sea, StormResult& result) {
    for (const auto& run : draw_kills(sea)) {
      const TempDir files;
      const auto command = joined({hookferry_binary()}, run.arguments);
      Process process(command, sea.accounts.environment(), files.file("out"), files.file("err"));
      ++result.runs;
      std::this_thread::sleep_for(run.lives);
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
