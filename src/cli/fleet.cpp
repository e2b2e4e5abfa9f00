#include "cli/fleet.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "cli/deliver.hpp"
#include "cli/overlays.hpp"
#include "cli/remedies.hpp"
#include "cli/values.hpp"
#include "core/nearest.hpp"
#include "core/printable.hpp"

namespace hookferry {
namespace {

/// Of [defaults] and the command line: what is said of all pairs together, or would make them one.
constexpr std::array<std::string_view, 10> not_of_pairs = {"ledger", "out",      "last", "source", "dest",
                                                           "mirror", "parallel", "rate", "report", "output"};

bool is_of_pairs(const Setting& setting) {
  return std::none_of(not_of_pairs.begin(), not_of_pairs.end(),
                      [&](std::string_view name) { return setting.is(name); });
}

Settings settings_for(const Context& context, const ConfiguredPair& pair) {
  Settings defaults, own, given;
  for (const auto& setting : context.settings)
    if (is_of_pairs(setting)) (setting.given ? given : defaults).push_back(setting);
  for (const auto& [name, entry] : pair.options)
    own.push_back(
        {find_option(name), entry.value, printable(entry.origin) + ": " + name, Cause::configuration, false});
  return replaced(replaced(defaults, own), given);
}

bool is_wanted(const std::string& name, const std::vector<std::string>& patterns) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
           return glob_matches(pattern, name);
         });
}

/// The order of the contract; what it does not name is as bad as bad input.
constexpr std::array<Exit, 12> worst_first = {Exit::interrupted, Exit::cannot_write, Exit::key_refused,
                                              Exit::protocol,    Exit::unreachable,  Exit::configuration,
                                              Exit::bad_data,    Exit::no_input,     Exit::usage,
                                              Exit::incomplete,  Exit::differences,  Exit::done};

PairResult result_for(const Pair& pair) {
  PairResult out;
  out.name = pair.name;
  out.source = pair.source;
  out.dest = pair.dest;
  return out;
}

void count(PairResult& result, const Plan& plan, const Outcome* outcome) {
  using State = WebhookOutcome::State;
  const auto number = [&](Action action, State state) {
    return outcome != nullptr ? outcome->count(state) : plan.count(action);
  };
  result.planned = true;
  result.create = number(Action::create, State::created);
  result.update = number(Action::update, State::updated);
  result.remove = number(Action::remove, State::deleted);
  result.unchanged = number(Action::unchanged, State::unchanged);
  result.conflict = number(Action::conflict, State::conflict);
  result.invalid = number(Action::invalid, State::invalid);
  result.failed = outcome != nullptr ? outcome->count(State::failed) : 0;
  result.writes = writes_of(plan);
}

Context context_for(Common& common, const Context& fleet, const Pair& pair, PairResult& result) {
  Context out(common);
  out.command = pair.mode;
  out.arguments = {pair.source, pair.dest};
  out.settings = pair.settings;
  out.given = fleet.given;
  out.options = options_of(pair.mode, pair.settings);
  out.options.yes = true;                 // one question for all of them
  out.warnings = common.config.warnings;  // told once, but they count in each
  out.label = printable(pair.name);
  out.captured = &result.output;
  return out;
}

template <class Work>
PairResult guarded(const Pair& pair, Work work) {
  auto result = result_for(pair);
  const auto end = [&](Exit exit, const std::string& error) {
    result.exit = exit;
    result.error = error;
  };
  try {
    work(result);
  } catch (const Failure& failure) {
    end(exit_of(failure.cause), line_of(failure));
  } catch (const std::bad_alloc&) {
    end(Exit::incomplete, "out of memory");
  } catch (const std::exception& error) {
    end(Exit::incomplete, "internal error: " + printable_excerpt(error.what(), 300));
  }
  return result;
}

/// As many as there can be, one at least.
void start_threads(std::vector<std::jthread>& threads, std::size_t count, const std::function<void()>& work) {
  try {
    while (threads.size() < count) threads.emplace_back(work);
  } catch (const std::system_error& error) {
    if (threads.empty())
      throw Failure(Cause::incomplete, std::string("cannot begin a thread: ") + error.what(),
                    "the process needs more of them (ulimit -u)");
  }
}

void require(const std::optional<Failure>& objection) {
  if (objection) throw Failure(*objection);
}

}  // namespace

std::vector<Pair> pairs_of(const Context& context, const std::vector<std::string>& patterns) {
  if (context.config.pairs.empty())
    throw Failure(Cause::configuration, "the configuration has no [pair NAME]",
                  "add one with source = and dest = (see hookferry help fleet)");
  std::vector<std::string> names;
  for (const auto& pair : context.config.pairs) names.push_back(pair.name);
  for (const auto& pattern : patterns)
    if (std::none_of(names.begin(), names.end(),
                     [&](const std::string& name) { return glob_matches(pattern, name); }))
      throw Failure(Cause::usage,
                    "no pair's name matches " + printable_excerpt(pattern, 60) + did_you_mean(pattern, names),
                    "see the [pair NAME] sections of the configuration");
  std::vector<Pair> out;
  for (const auto& pair : context.config.pairs) {
    if (!is_wanted(pair.name, patterns)) continue;
    auto settings = settings_for(context, pair);
    const auto options = options_of(pair.mode, settings);  // a value that is not allowed ends it here
    out.push_back({pair.name, pair.source, pair.dest, pair.mode, std::move(settings), options.mirror});
  }
  return out;
}

void hold_keys(Context& context, const std::vector<Pair>& pairs) {
  for (const auto& pair : pairs) {
    try {
      PairResult ignored;
      auto own = context_for(context.common, context, pair, ignored);
      if (!is_file_source(pair.source, own.config, own.regions)) hold_keys(own, pair.source, Side::source);
      hold_keys(own, pair.dest, Side::destination);
    } catch (const Failure& failure) {
      if (failure.cause == Cause::interrupted) throw;
      // No such account: the pair will say so.
    }
  }
}

PairResult look_at(Common& common, const Context& fleet, const Pair& pair, bool strictly) {
  return guarded(pair, [&](PairResult& result) {
    auto context = context_for(common, fleet, pair, result);
    context.overlay =
        read_overlays(context.options.overlays, [&](const std::string& text) { context.warn(text); });
    auto transfer = open_transfer(context, pair.source, pair.dest);
    transfer.watch = [&](const Plan& plan, const Outcome* outcome) { count(result, plan, outcome); };
    read_source(context, transfer);
    const auto tell_ends = [&] {
      const auto route = transfer.route();
      result.ends = printable(pair.name) + ": from " + describe(route.source_account) + " to " +
                    describe(route.destination_account);
      for (const auto& line : route.shaped_by) result.ends += "; " + line;
    };
    result.exit = preview(context, transfer, [&](const TransferPlan& planned, const std::vector<Webhook>&) {
      tell_ends();
      if (!strictly) return;
      require(source_objection(context, transfer));
      require(objection(context, planned));
    });
  });
}

PairResult carry_out(Common& common, const Context& fleet, const Pair& pair, const PairResult* seen) {
  return guarded(pair, [&](PairResult& result) {
    auto context = context_for(common, fleet, pair, result);
    context.overlay =
        read_overlays(context.options.overlays, [&](const std::string& text) { context.warn(text); });
    auto transfer = open_transfer(context, pair.source, pair.dest);
    transfer.watch = [&](const Plan& plan, const Outcome* outcome) { count(result, plan, outcome); };
    read_source(context, transfer);
    Approval approval;
    if (seen != nullptr) {
      approval = [&](const TransferPlan& planned, const Run&) {
        if (writes_of(planned.plan) == seen->writes) return;
        throw Failure(Cause::incomplete,
                      printable(pair.dest) + " has changed while the question waited; nothing was written",
                      "run the same command again to see the plan as it is now");
      };
    }
    result.exit = deliver(context, transfer, approval);
  });
}

std::vector<PairResult> do_all(const Context& fleet, const std::vector<Pair>& pairs, const DoPair& one,
                               const std::function<void(const PairResult&)>& done) {
  std::vector<PairResult> out(pairs.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t finished = 0;
  const auto work = [&] {
    for (auto i = next++; i < pairs.size(); i = next++) {
      if (fleet.interrupts.requested()) {
        out[i] = result_for(pairs[i]);
        out[i].exit = Exit::interrupted;
        out[i].error = "not begun: interrupted";
      } else {
        out[i] = one(pairs[i]);
      }
      const std::lock_guard lock(mutex);
      ++finished;
      done(out[i]);
      ended.notify_one();
    }
  };
  std::vector<std::jthread> threads;
  start_threads(threads, std::min(fleet.options.parallel, pairs.size()), work);
  bool told = false;
  std::unique_lock lock(mutex);
  while (finished < pairs.size()) {
    ended.wait_for(lock, std::chrono::milliseconds(100));
    if (told || !fleet.interrupts.requested()) continue;
    told = true;
    fleet.note("hookferry: interrupted - settling what was sent; Ctrl-C again leaves at once");
  }
  return out;
}

Exit worst_exit(const std::vector<PairResult>& results) {
  for (const auto exit : worst_first)
    if (std::any_of(results.begin(), results.end(),
                    [&](const PairResult& result) { return result.exit == exit; }))
      return exit;
  return Exit::done;
}

}  // namespace hookferry
