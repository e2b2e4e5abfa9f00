#include <algorithm>

#include "cli/commands.hpp"
#include "cli/deliver.hpp"
#include "cli/fleet_report.hpp"
#include "cli/pager.hpp"
#include "cli/shared_readings.hpp"
#include "core/printable.hpp"

namespace hookferry {
namespace {

/// A mirror without filters deletes what another pair writes to the same account, and that writes it again.
void warn_of_rivals(const Context& context, const std::vector<Pair>& pairs) {
  const auto narrows = [](const Setting& setting) {
    return setting.is("only") || setting.is("except") || setting.is("type") || setting.is("id");
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
std::vector<PairResult> do_all_aloud(const Context& context, const std::vector<Pair>& pairs,
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
  if (context.options.format == Format::json) return context.put(fleet_json(results));
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
bool somebody_wants(Context& context, const std::vector<PairResult>& plans) {
  const auto text = plans_text(context, plans);
  if (context.options.format != Format::json) show_paged(context, text);
  const bool writes = std::any_of(plans.begin(), plans.end(), [](const PairResult& plan) {
    return plan.error.empty() && plan.changes() > 0;
  });
  if (writes) confirm_or_throw(context, text, question_for(plans));
  return writes;
}

/// A pair whose plan could not be made stays as that has left it.
std::vector<PairResult> carry_out_what_was_seen(Context& context, const std::vector<Pair>& pairs,
                                                const std::vector<PairResult>& plans) {
  std::map<std::string, const PairResult*> seen;
  for (const auto& plan : plans) seen[plan.name] = &plan;
  return do_all_aloud(context, pairs, [&](const Pair& pair) {
    const auto& plan = *seen.at(pair.name);
    return plan.error.empty() ? carry_out(context.common, context, pair, &plan) : plan;
  });
}

}  // namespace

Exit run_fleet(Context& context) {
  const auto pairs = pairs_of(context, context.arguments);
  require_consent(context);
  warn_of_rivals(context, pairs);
  hold_keys(context, pairs);
  context.common.sources = std::make_shared<SharedReadings>();
  context.interrupts.listen();
  std::vector<PairResult> results;
  if (context.options.yes && !context.options.dry_run) {
    results = do_all_aloud(
        context, pairs, [&](const Pair& pair) { return carry_out(context.common, context, pair, nullptr); });
  } else {
    const bool strictly = !context.options.dry_run;
    results = do_all_aloud(
        context, pairs, [&](const Pair& pair) { return look_at(context.common, context, pair, strictly); });
    if (context.options.dry_run) {
      show(context, plans_text(context, results), results);
      return worst_exit(results);
    }
    if (somebody_wants(context, results)) results = carry_out_what_was_seen(context, pairs, results);
  }
  show(context, outcomes_text(context, results), results);
  return worst_exit(results);
}

}  // namespace hookferry
