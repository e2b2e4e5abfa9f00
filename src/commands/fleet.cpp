#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <thread>

#include "commands/transfer.hpp"
#include "core/text.hpp"

// Many pairs of accounts in one process: each is a run of its own, in a thread of its own, with a ledger of
// its own. What they share is in Common.

namespace hookferry::commands {
namespace {

/// One [pair NAME], with the options in force: defaults, then the pair's own, then the command line.
struct Pair : accounts::ConfiguredPair {
  cli::Settings settings;
  bool mirrors;  ///< webhooks that only the destination has are deleted
};

cli::Settings settings_for(const Context& context, const accounts::ConfiguredPair& pair) {
  cli::Settings defaults, own, given;
  for (const auto& setting : context.settings)
    if (setting.option->is_passed_to_pairs()) (setting.given ? given : defaults).push_back(setting);
  for (const auto& [name, entry] : pair.options) own.push_back(cli::configured(name, entry));
  return cli::replaced(cli::replaced(defaults, own), given);
}

/// Those whose names match one of the patterns, all without one; in the order of the configuration.
/// Failure(configuration) where there are none at all, Failure(usage) where a pattern matches none.
std::vector<Pair> pairs_of(const Context& context, const std::vector<std::string>& patterns) {
  if (context.config.pairs.empty())
    throw Failure(Cause::configuration, "the configuration has no [pair NAME]",
                  "add one with source = and dest = (see hookferry help fleet)");
  std::vector<std::string> names;
  for (const auto& pair : context.config.pairs) names.push_back(pair.name);
  for (const auto& pattern : patterns)
    if (std::ranges::none_of(names, [&](const std::string& name) { return glob_matches(pattern, name); }))
      throw Failure(Cause::usage,
                    "no pair's name matches " + printable_excerpt(pattern, 60) + did_you_mean(pattern, names),
                    "see the [pair NAME] sections of the configuration");
  std::vector<Pair> out;
  for (const auto& pair : context.config.pairs) {
    const bool wanted = patterns.empty() || std::ranges::any_of(patterns, [&](const std::string& pattern) {
                          return glob_matches(pattern, pair.name);
                        });
    if (!wanted) continue;
    auto settings = settings_for(context, pair);
    const auto options = cli::options_of(pair.mode, settings);  // Failure where a value is not allowed
    out.push_back({pair, std::move(settings), options.mirror});
  }
  return out;
}

/// A pair's part in the fleet's run.
struct PairRun {
  report::PairResult result;
  std::string output;  ///< what it would have printed to standard output
  std::string writes;  ///< of its plan, see plan::actions_text()
  std::string ends;    ///< "emea: from … to …", a safe line
};

PairRun run_for(const Pair& pair) {
  PairRun out;
  out.result.name = pair.name;
  out.result.source = pair.source;
  out.result.dest = pair.dest;
  return out;
}

Context context_for(const Context& fleet, const Pair& pair, Captured& captured) {
  Context out(fleet.common);
  out.command = pair.mode;
  out.arguments = {pair.source, pair.dest};
  out.settings = pair.settings;
  out.options = cli::options_of(pair.mode, pair.settings);
  out.options.yes = true;                // one question for all of them
  out.warnings = fleet.config.warnings;  // they are printed once, but count in each pair
  out.label = printable(pair.name);
  out.captured = &captured;
  return out;
}

/// Reads the keys of all pairs while there is only one thread: a key may come from a question or a command.
/// What is wrong with a key ends the pairs that need it.
void preload_keys(const Context& fleet, const std::vector<Pair>& pairs) {
  for (const auto& pair : pairs) {
    try {
      Captured ignored;
      auto context = context_for(fleet, pair, ignored);
      if (!accounts::is_file_source(pair.source, context.config, context.regions))
        preload_keys(context, pair.source, accounts::Side::source);
      preload_keys(context, pair.dest, accounts::Side::destination);
    } catch (const Failure& failure) {
      if (failure.cause == Cause::interrupted) throw;
      // There is no such account: the pair will say so.
    }
  }
}

/// A mirror without filters deletes what another pair writes to the same account, which then writes it again.
/// Destinations are distinguished by address and key, whatever their sections are called.
void warn_of_rivals(const Context& context, const std::vector<Pair>& pairs) {
  std::map<std::string, std::string> destinations;
  for (const auto& pair : pairs) {
    try {
      Captured ignored;
      auto its_context = context_for(context, pair, ignored);
      destinations[pair.name] = account_digest(its_context, pair.dest, accounts::Side::destination);
    } catch (const Failure&) {
      destinations[pair.name] = pair.dest;  // The pair reports it.
    }
  }
  const auto narrows = [](const cli::Setting& setting) {
    return setting.option->part == cli::PlanPart::selection;
  };
  for (const auto& pair : pairs) {
    if (!pair.mirrors || std::ranges::any_of(pair.settings, narrows)) continue;
    for (const auto& other : pairs)
      if (&other != &pair && destinations[other.name] == destinations[pair.name] &&
          other.source != pair.source)
        context.warn("the mirror " + printable(pair.name) + " deletes what " + printable(other.name) +
                     " writes to " + printable(pair.dest) + "; narrow it with only, except or type");
  }
}

struct PairSteps {
  bool execute = false;
  bool keeps_limits = false;      ///< in a dry run: the limits of a mirror are errors of the pair
  const PairRun* seen = nullptr;  ///< what the user agreed to; it ends where its plan would do anything else
};

PairRun run_pair(const Context& fleet, const Pair& pair, const PairSteps& steps) {
  const auto began = std::chrono::steady_clock::now();
  auto out = run_for(pair);
  Captured captured;
  auto context = context_for(fleet, pair, captured);
  Transfer transfer;
  const auto check = [&](const delivery::Run&) {
    const auto route = transfer.route();
    out.ends = printable(pair.name) + ": from " + report::describe(route.source) + " to " +
               report::describe(route.destination);
    for (const auto& line : route.scope.notes) out.ends += "; " + line;
    if (steps.seen != nullptr && plan::actions_text(*transfer.plan, true) != steps.seen->writes)
      throw Failure(Cause::incomplete,
                    printable(pair.dest) + " has changed while the question waited; nothing was written",
                    "run the same command again to see the plan as it is now");
  };
  const auto check_limits = [&](const delivery::Run& run) {
    if (!steps.keeps_limits) return;
    for (const auto& failure : {shrunk_source(context, transfer, run),
                                plan::check_delete_limit(*transfer.plan, context.options.max_delete)})
      if (failure) throw Failure(*failure);
  };
  const auto end = [&](const Failure& failure) {
    out.result.exit = failure.cause;
    out.result.error = fleet.common.console.without_keys(line_of(failure));
    if (!captured.report)
      captured.report = report::error_document(fleet.common.error_text(failure), captured.known);
  };
  context.set_known(report::json_of(scope_of(context)));
  try {
    context.overlay = read_overlays(context);
    transfer = open_transfer(context, pair.source, pair.dest);
    out.result.exit = run_transfer(context, transfer, {steps.execute, check, check_limits});
  } catch (const Failure& failure) {
    end(failure);
  } catch (const std::bad_alloc&) {
    end({Cause::incomplete, "out of memory"});
  } catch (const std::exception& error) {
    end({Cause::incomplete, "internal error: " + printable_excerpt(error.what(), 300)});
  }
  // The counts of a plan that was to be carried out and was not would read as done: it has no summary.
  out.result.summary = context.results[0].summary;
  out.result.drift = context.results[0].drift;
  out.result.duration = duration_since(began);
  if (transfer.plan) out.writes = plan::actions_text(*transfer.plan, true);
  out.output = std::move(captured.text);
  out.result.report = std::move(captured.report);
  return out;
}

/// As many threads as the system gives, one at least.
void start_threads(std::vector<std::jthread>& threads, std::size_t count, const std::function<void()>& work) {
  try {
    while (threads.size() < count) threads.emplace_back(work);
  } catch (const std::system_error& error) {
    if (threads.empty())
      throw Failure(Cause::incomplete, std::string("cannot begin a thread: ") + error.what(),
                    "the process needs more of them (ulimit -u)");
  }
}

/// Runs all pairs, --parallel at a time, and reports each error as its pair ends. The results have the order
/// of the pairs. After a signal no further pair begins.
std::vector<PairRun> run_all(const Context& fleet, const std::vector<Pair>& pairs,
                             const std::function<PairRun(const Pair&)>& run_one) {
  fleet.progress().stage("fleet");
  fleet.progress().count(0, pairs.size(), "pairs");
  std::vector<PairRun> out(pairs.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::condition_variable ended;
  std::size_t finished = 0;
  const auto work = [&] {
    for (auto i = next++; i < pairs.size(); i = next++) {
      if (fleet.interrupts.requested()) {
        out[i] = run_for(pairs[i]);
        out[i].result.exit = Exit::interrupted;
        out[i].result.error = "not begun: interrupted";
        out[i].result.report = report::error_document({Exit::interrupted, out[i].result.error}, {});
      } else {
        out[i] = run_one(pairs[i]);
      }
      const std::lock_guard lock(mutex);
      ++finished;
      const auto& result = out[i].result;
      if (!result.error.empty())
        fleet.common.console.error("pair " + printable(result.name) + ": " + result.error);
      fleet.progress().count(finished, pairs.size(), "pairs");
      ended.notify_one();
    }
  };
  {
    std::vector<std::jthread> threads;
    start_threads(threads, std::min(fleet.options.parallel, pairs.size()), work);
    bool announced = false;
    std::unique_lock lock(mutex);
    while (finished < pairs.size()) {
      ended.wait_for(lock, std::chrono::milliseconds(100));
      if (announced || !fleet.interrupts.requested()) continue;
      announced = true;
      fleet.note("hookferry: interrupted - settling what was sent; Ctrl-C again leaves at once");
    }
  }
  fleet.progress().stop();
  return out;
}

std::vector<report::PairResult> results_of(const std::vector<PairRun>& runs) {
  std::vector<report::PairResult> out;
  for (const auto& run : runs) out.push_back(run.result);
  return out;
}

/// The table, below the output of some pairs: all with -v, else those with changes in a plan or a bad end.
std::string text_of(const Context& context, const std::vector<PairRun>& runs, bool planned) {
  std::string out;
  for (const auto& run : runs) {
    const bool ended_well =
        run.result.exit == Exit::done || (run.result.exit == Exit::differences && !planned);
    if ((context.options.verbosity > 0 || !ended_well) && !run.output.empty())
      out += "== " + printable(run.result.name) + "\n" + run.output + "\n";
  }
  return out + report::render_fleet(results_of(runs), planned, report_style(context).width);
}

Exit show(Context& context, const std::vector<PairRun>& runs, bool planned) {
  context.results = results_of(runs);
  if (context.wants_json())
    context.put(report::render_fleet_json(results_of(runs)));
  else
    context.show(text_of(context, runs, planned));
  return report::worst_exit(results_of(runs));
}

/// Shows the plans, and asks where there is something to be written; false where there is nothing.
bool confirm_pairs(const Context& context, const std::vector<PairRun>& plans) {
  const auto text = text_of(context, plans, true);
  if (!context.wants_json()) show_paged(context, text);
  std::size_t writes = 0, deletions = 0;
  std::vector<std::string> facts;
  for (const auto& plan : plans) {
    if (!plan.result.error.empty() || plan.result.changes() == 0) continue;
    deletions += plan.result.count("delete");
    writes += plan.result.changes() - plan.result.count("delete");
    facts.push_back(plan.ends);
  }
  if (facts.empty()) return false;
  const auto question = "Write " + std::to_string(writes) + " webhooks" +
                        (deletions > 0 ? " and delete " + std::to_string(deletions) : "") + " in " +
                        plural(facts.size(), "pair") + "?";
  confirm_or_throw(context, text, {facts, question, writes + deletions, deletions > 0, ""});
  return true;
}

}  // namespace

Exit run_fleet(Context& context) {
  const auto pairs = pairs_of(context, context.arguments);
  require_consent(context, "look at the plans with hookferry fleet -n, then add --yes");
  require_report_folders(context);
  preload_keys(context, pairs);
  warn_of_rivals(context, pairs);
  context.common.sources = std::make_shared<SourceCache>();
  context.common.fleet = random_digits(8);
  context.interrupts.listen();
  const bool asks = !context.options.yes && !context.options.dry_run;
  PairSteps steps;
  steps.execute = !asks && !context.options.dry_run;
  steps.keeps_limits = asks;
  auto runs = run_all(context, pairs, [&](const Pair& pair) { return run_pair(context, pair, steps); });
  if (asks && confirm_pairs(context, runs)) {
    std::map<std::string, const PairRun*> seen;
    for (const auto& run : runs) seen[run.result.name] = &run;
    // A pair whose plan could not be made stays as that has left it.
    auto executed = run_all(context, pairs, [&](const Pair& pair) {
      const auto* plan = seen.at(pair.name);
      return plan->result.error.empty() ? run_pair(context, pair, {true, false, plan}) : *plan;
    });
    runs = std::move(executed);
  }
  return show(context, runs, context.options.dry_run);
}

}  // namespace hookferry::commands
