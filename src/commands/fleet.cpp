#include "commands/fleet.hpp"
#include "commands/commands.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "cli/help.hpp"
#include "cli/options.hpp"
#include "commands/context.hpp"
#include "commands/prompt.hpp"
#include "commands/source.hpp"
#include "commands/transfer.hpp"
#include "core/text.hpp"

namespace hookferry::commands {
namespace {

cli::Settings settings_for(const Context& context, const accounts::ConfiguredPair& pair) {
  cli::Settings defaults, own, given;
  for (const auto& setting : context.settings)
    if (setting.option->is_passed_to_pairs()) (setting.given ? given : defaults).push_back(setting);
  for (const auto& [name, entry] : pair.options) own.push_back(cli::configured(name, entry));
  return cli::replaced(cli::replaced(defaults, own), given);
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

void count(PairResult& result, const plan::Plan& plan, const plan::Outcome* outcome) {
  using State = plan::WebhookOutcome::State;
  const auto number = [&](ledger::Action action, State state) {
    return outcome != nullptr ? outcome->count(state) : plan.count(action);
  };
  result.planned = true;
  result.create = number(ledger::Action::create, State::created);
  result.update = number(ledger::Action::update, State::updated);
  result.remove = number(ledger::Action::remove, State::deleted);
  result.unchanged = number(ledger::Action::unchanged, State::unchanged);
  result.conflict = number(ledger::Action::conflict, State::conflict);
  result.invalid = number(ledger::Action::invalid, State::invalid);
  result.failed = outcome != nullptr ? outcome->count(State::failed) : 0;
  result.writes = described_writes(plan);
}

Context context_for(Common& common, const Pair& pair, PairResult& result) {
  Context out(common);
  out.command = pair.mode;
  out.arguments = {pair.source, pair.dest};
  out.settings = pair.settings;
  out.options = cli::options_of(pair.mode, pair.settings);
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
    const auto options = cli::options_of(pair.mode, settings);  // a value that is not allowed ends it here
    out.push_back({pair.name, pair.source, pair.dest, pair.mode, std::move(settings), options.mirror});
  }
  return out;
}

void preload_keys(Context& context, const std::vector<Pair>& pairs) {
  for (const auto& pair : pairs) {
    try {
      PairResult ignored;
      auto own = context_for(context.common, pair, ignored);
      if (!accounts::is_file_source(pair.source, own.config, own.regions))
        preload_keys(own, pair.source, accounts::Side::source);
      preload_keys(own, pair.dest, accounts::Side::destination);
    } catch (const Failure& failure) {
      if (failure.cause == Cause::interrupted) throw;
      // No such account: the pair will say so.
    }
  }
}

PairResult look_at(Common& common, const Pair& pair, bool strictly) {
  return guarded(pair, [&](PairResult& result) {
    auto context = context_for(common, pair, result);
    context.overlay =
        read_overlays(context.options.overlays, [&](const std::string& text) { context.warn(text); });
    auto transfer = open_transfer(context, pair.source, pair.dest);
    transfer.watch = [&](const plan::Plan& plan, const plan::Outcome* outcome) {
      count(result, plan, outcome);
    };
    read_source(context, transfer);
    const auto tell_ends = [&] {
      const auto route = transfer.route();
      result.ends = printable(pair.name) + ": from " + report::describe(route.source_account) + " to " +
                    report::describe(route.destination_account);
      for (const auto& line : route.scope_notes) result.ends += "; " + line;
    };
    result.exit =
        preview(context, transfer, [&](const TransferPlan& planned, const std::vector<webhook::Webhook>&) {
          tell_ends();
          if (!strictly) return;
          require(source_objection(context, transfer));
          require(objection(context, planned));
        });
  });
}

PairResult carry_out(Common& common, const Pair& pair, const PairResult* seen) {
  return guarded(pair, [&](PairResult& result) {
    auto context = context_for(common, pair, result);
    context.overlay =
        read_overlays(context.options.overlays, [&](const std::string& text) { context.warn(text); });
    auto transfer = open_transfer(context, pair.source, pair.dest);
    transfer.watch = [&](const plan::Plan& plan, const plan::Outcome* outcome) {
      count(result, plan, outcome);
    };
    read_source(context, transfer);
    Approval approval;
    if (seen != nullptr) {
      approval = [&](const TransferPlan& planned, const delivery::Run&) {
        if (described_writes(planned.plan) == seen->writes) return;
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

namespace {

/// A mirror without filters deletes what another pair writes to the same account, and that writes it again.
void warn_of_rivals(const Context& context, const std::vector<Pair>& pairs) {
  const auto narrows = [](const cli::Setting& setting) {
    return setting.option->part == cli::PlanPart::selection;
  };
  for (const auto& pair : pairs) {
    if (!pair.mirrors || std::any_of(pair.settings.begin(), pair.settings.end(), narrows)) continue;
    for (const auto& other : pairs)
      if (&other != &pair && other.dest == pair.dest && other.source != pair.source)
        context.warn("the mirror " + printable(pair.name) + " deletes what " + printable(other.name) +
                     " writes to " + printable(pair.dest) + "; narrow it with only, except or type");
  }
}

/// Runs them all, and says of each that did not come to its end why, as soon as it is known.
std::vector<PairResult> run_with_progress(const Context& context, const std::vector<Pair>& pairs,
                                          const DoPair& one) {
  std::size_t ended = 0;
  auto* progress = context.progress();
  if (progress != nullptr) progress->stage("fleet");
  if (progress != nullptr) progress->count(0, pairs.size(), "pairs");
  auto out = do_all(context, pairs, one, [&](const PairResult& result) {
    if (!result.error.empty())
      context.common.console.line("hookferry: error: pair " + printable(result.name) + ": " + result.error);
    if (progress != nullptr) progress->count(++ended, pairs.size(), "pairs");
  });
  if (progress != nullptr) progress->stop();
  return out;
}

/// What pairs printed, of those that have something to say.
template <class Says>
std::string outputs_of(const std::vector<PairResult>& results, Says says) {
  std::string out;
  for (const auto& result : results)
    if (says(result) && !result.output.empty())
      out += "== " + printable(result.name) + "\n" + result.output + "\n";
  return out;
}

std::string plans_text(const Context& context, const std::vector<PairResult>& results) {
  const bool all = context.options.verbosity > 0;
  return outputs_of(results, [&](const PairResult& result) { return all || result.exit != Exit::done; }) +
         fleet_table(results, true);
}

/// Of pairs that went well the table says enough.
std::string outcomes_text(const Context& context, const std::vector<PairResult>& results) {
  const bool all = context.options.verbosity > 0;
  return outputs_of(results,
                    [&](const PairResult& result) {
                      return all || (result.exit != Exit::done && result.exit != Exit::differences);
                    }) +
         fleet_table(results, false);
}

void show(const Context& context, const std::string& text, const std::vector<PairResult>& results) {
  if (context.options.format == cli::Format::json) return context.put(fleet_json(results));
  context.show(text);
}

Question question_for(const std::vector<PairResult>& plans) {
  std::size_t writes = 0, deletions = 0, accounts = 0;
  std::vector<std::string> facts;
  for (const auto& plan : plans) {
    if (!plan.error.empty()) continue;
    writes += plan.create + plan.update;
    deletions += plan.remove;
    accounts += plan.changes() > 0 ? 1 : 0;
    if (plan.changes() > 0) facts.push_back(plan.ends);
  }
  const auto text = "Write " + std::to_string(writes) + " webhooks" +
                    (deletions > 0 ? " and delete " + std::to_string(deletions) : "") + " in " +
                    std::to_string(accounts) + (accounts == 1 ? " pair?" : " pairs?");
  return {facts, text, writes + deletions, deletions > 0, ""};
}

/// Shows them, and asks where there is something to be written; false where there is nothing.
bool confirm_pairs(Context& context, const std::vector<PairResult>& plans) {
  const auto text = plans_text(context, plans);
  if (context.options.format != cli::Format::json) show_paged(context, text);
  const bool writes = std::any_of(plans.begin(), plans.end(), [](const PairResult& plan) {
    return plan.error.empty() && plan.changes() > 0;
  });
  if (writes) confirm_or_throw(context, text, question_for(plans));
  return writes;
}

/// A pair whose plan could not be made stays as that has left it.
std::vector<PairResult> execute_approved(Context& context, const std::vector<Pair>& pairs,
                                         const std::vector<PairResult>& plans) {
  std::map<std::string, const PairResult*> seen;
  for (const auto& plan : plans) seen[plan.name] = &plan;
  return run_with_progress(context, pairs, [&](const Pair& pair) {
    const auto& plan = *seen.at(pair.name);
    return plan.error.empty() ? carry_out(context.common, pair, &plan) : plan;
  });
}

}  // namespace

Exit run_fleet(Context& context) {
  const auto pairs = pairs_of(context, context.arguments);
  require_consent(context);
  warn_of_rivals(context, pairs);
  preload_keys(context, pairs);
  context.common.sources = std::make_shared<SourceCache>();
  context.interrupts.listen();
  std::vector<PairResult> results;
  if (context.options.yes && !context.options.dry_run) {
    results = run_with_progress(context, pairs,
                                [&](const Pair& pair) { return carry_out(context.common, pair, nullptr); });
  } else {
    const bool strictly = !context.options.dry_run;
    results = run_with_progress(context, pairs,
                                [&](const Pair& pair) { return look_at(context.common, pair, strictly); });
    if (context.options.dry_run) {
      show(context, plans_text(context, results), results);
      return worst_exit(results);
    }
    if (confirm_pairs(context, results)) results = execute_approved(context, pairs, results);
  }
  show(context, outcomes_text(context, results), results);
  return worst_exit(results);
}

}  // namespace hookferry::commands
