#include <algorithm>

#include "commands/transfer.hpp"
#include "core/text.hpp"

namespace hookferry::commands {

OpenAccount open_ledgers_account(Context& context, const ledger::Account& recorded) {
  const auto& dest = context.options.dest;
  const bool known = !dest.empty() || is_named(context, recorded.name);
  auto out = open_account(context,
                          !dest.empty() ? dest
                          : known       ? recorded.name
                                        : recorded.url,
                          accounts::Side::destination, accounts::api_of_record(recorded.url));
  out.account.name = dest.empty() ? recorded.name : dest;
  std::string ignored;
  const auto address = net::parse_url(recorded.url, ignored);
  const auto there = address ? accounts::server_of(address->endpoint, context.regions) : std::string();
  const bool key_fits = ledger::key_digest(there, out.key.reveal()) == recorded.identity.key &&
                        (known || accounts::may_be_named_by_a_file(out.endpoint));
  const bool same_server =
      address && accounts::is_one_server(address->endpoint, out.endpoint, context.regions);
  if (key_fits || (known && same_server)) return out;
  if (known)
    throw Failure(Cause::usage,
                  "the ledger is of " + printable(recorded.name) + " at " + printable(recorded.url) +
                      ", and " + printable(out.account.name) + " is " + out.account.url +
                      "; nothing was changed",
                  "name the account as it is now with --dest, if it is the same");
  throw Failure(Cause::usage,
                "the ledger names the address " + printable(recorded.url) +
                    ", and this key is not known to belong there; it was not sent",
                "name the account with --dest, or use the key that the run was made with");
}

namespace {

namespace fs = std::filesystem;

/// The undo in one account: of runs of one ledger or several, in the order in which they were made.
class AccountUndo {
 public:
  AccountUndo(fs::path first, OpenAccount account)
      : ledgers_{std::move(first)}, destination_(std::move(account)) {}

  void add(fs::path ledger) { ledgers_.push_back(std::move(ledger)); }
  const ledger::Account& account() const { return destination_.account; }
  /// Whether it is that account, as far as is known before it is read.
  bool is_of(const Context& context, const OpenAccount& other) const {
    return destination_.key.reveal() == other.key.reveal() &&
           accounts::is_one_server(destination_.endpoint, other.endpoint, context.regions);
  }
  const plan::Plan& plan() const { return plan_; }

  /// Reads the account and plans; a dry run neither locks it nor settles what earlier runs left open.
  void prepare(Context& context) {
    run_ = std::make_unique<delivery::Run>(open_run(context, destination_));
    const auto allowed = [&](const ledger::Account&) {
      for (const auto& path : ledgers_) run_->require_own(path);
    };
    if (context.options.dry_run) {
      run_->look(allowed);
    } else {
      run_->lock();
      run_->refresh(ledgers_, allowed);
    }
    destination_.account = run_->account();
    plan_ = plan_for(context, run_->present());
  }

  /// After the question. Failure where what was shown is not what would be done.
  void read_again(Context& context) {
    const auto shown = report::render_undo_plan(plan_);
    run_->read_again(
        [&](const auto& now) { return report::render_undo_plan(plan_for(context, now)) == shown; });
    plan_ = plan_for(context, run_->present());
  }

  plan::Outcome execute(Context& context);

  /// `outcome`: nothing for a plan.
  report::Report report(const Context& context, const plan::Outcome* outcome) const {
    auto out = report::undo_report_of(plan_, outcome, account(), ledgers_[origins_.back().ledger].string(),
                                      context.options.show_secrets);
    out.scope = scope_of(context);
    out.warnings = context.warnings;
    for (const auto& run : runs_)
      if (!run.is_undo())
        out.undoes.push_back(utc_text(run.began / 1000) + " " + printable(run.header.command) + " " +
                             printable(run.header.source) + " -> " + printable(run.header.destination.name));
    if (outcome != nullptr && outcome->ended_by) out.ended_by = context.common.error_text(*outcome->ended_by);
    return out;
  }

 private:
  struct Origin {
    std::size_t ledger, run;
  };

  plan::Plan plan_for(Context& context, const std::vector<webhook::Webhook>& present) {
    std::vector<std::pair<Origin, ledger::LedgerRun>> all;
    for (std::size_t l = 0; l < ledgers_.size(); ++l) {
      const auto runs = context.ledgers.read(ledgers_[l]);
      for (std::size_t r = 0; r < runs->size(); ++r) all.push_back({{l, r}, (*runs)[r]});
    }
    std::ranges::stable_sort(all, {}, [](const auto& one) { return one.second.order; });
    origins_.clear();
    runs_.clear();
    for (auto& [origin, run] : all) {
      origins_.push_back(origin);
      runs_.push_back(std::move(run));
    }
    return plan::make_undo_plan(runs_, present, run_->known(), other_runs(context));
  }

  /// Runs of other ledgers that may have written to the same webhooks since.
  std::vector<plan::OtherRun> other_runs(Context& context) const {
    const auto is_same = [](const ledger::Account& a, const ledger::Account& b) {
      return (!a.identity.key.empty() && a.identity.key == b.identity.key) ||
             (!a.identity.company.empty() && a.identity.company == b.identity.company);
    };
    const auto is_undone_here = [&](const fs::path& path) {
      return std::ranges::any_of(ledgers_, [&](const fs::path& own) {
        std::error_code ignored;
        return fs::equivalent(own, path, ignored);
      });
    };
    std::vector<plan::OtherRun> out;
    const auto tell = [&](const std::string& line) { context.tell(1, line); };
    for (const auto& ledger : ledger::recorded_ledgers(context.ledgers, tell)) {
      if (is_undone_here(ledger.path)) continue;
      for (const auto& run : *ledger.runs)
        if (std::ranges::any_of(runs_, [&](const ledger::LedgerRun& own) {
              return is_same(run.header.destination, own.header.destination);
            }))
          out.push_back({printable(ledger.path.string()), run});
    }
    return out;
  }

  std::vector<fs::path> ledgers_;
  OpenAccount destination_;
  std::unique_ptr<delivery::Run> run_;
  std::vector<ledger::LedgerRun> runs_;
  std::vector<Origin> origins_;  ///< where each of runs_ is from
  plan::Plan plan_;
};

/// The undo is a run of the newest of the ledgers; what it reverted is noted in each.
plan::Outcome AccountUndo::execute(Context& context) {
  std::vector<std::unique_ptr<ledger::LedgerWriter>> writers;
  for (const auto& path : ledgers_)
    writers.push_back(std::make_unique<ledger::LedgerWriter>(path, &context.ledgers));
  auto& ledger = *writers[origins_.back().ledger];
  announce_interrupts(context);
  auto header = runs_.back().header;
  header.command = "undo";
  header.fleet.clear();
  context.progress().stage("undoing in " + printable(destination_.account.name));
  auto out = run_->execute(ledger, header, plan_);
  context.progress().stop();
  using State = plan::WebhookOutcome::State;
  if (!out.ended_by || out.ended_by->cause != Cause::cannot_write) {
    for (std::size_t i = 0; i < plan_.webhooks.size(); ++i) {
      const auto& one = out.webhooks[i];
      if (one.state == State::failed || one.state == State::not_sent) continue;
      for (const auto& place : plan_.webhooks[i].takes_back) {
        const auto& origin = origins_[place.run];
        writers[origin.ledger]->undone(origin.run, place.n, one.destination_id.value_or(0));
      }
    }
    for (const auto& writer : writers) writer->sync();
  }
  const auto not_ended = run_->end(ledger, out);
  if (not_ended && !out.ended_by) out.ended_by = not_ended;
  return out;
}

std::vector<fs::path> ledgers_to_undo(Context& context) {
  const auto& names = context.arguments;
  if (context.options.last && !names.empty())
    throw Failure(Cause::usage, "undo takes ledgers or --last, not both", "leave one of them out");
  if (context.options.last) return last_ledgers(context);
  if (names.empty())
    throw Failure(Cause::usage, "undo needs a ledger, the number of a run, or --last",
                  "hookferry undo --last, or see hookferry runs");
  std::vector<fs::path> out;
  for (const auto& name : names) {
    for (auto& path : ledgers_named(context, name)) {
      std::error_code ignored;
      const bool named_before = std::ranges::any_of(
          out, [&](const fs::path& other) { return other == path || fs::equivalent(other, path, ignored); });
      if (!named_before) out.push_back(std::move(path));
    }
  }
  return out;
}

/// Names the run before the last one, where the last one is undone already.
void note_already_undone(Context& context, const AccountUndo& last) {
  if (last.plan().already_undone == 0 || !last.plan().skipped.empty()) return;
  auto ledgers = ledger::recorded_ledgers(context.ledgers, [](const std::string&) {});
  const auto newest = ledger::last_ledger_written(ledgers);
  std::erase_if(ledgers, [&](const auto& recorded) { return newest && recorded.path == *newest; });
  const auto before = ledger::last_ledger_written(ledgers);
  context.note("The last run is already undone." +
               (before ? " To undo the run before it: hookferry undo " + report::shell_word(before->string())
                       : std::string()));
}

/// One for each account, that with the newest run first.
std::vector<AccountUndo> open_undos(Context& context) {
  auto ledgers = ledgers_to_undo(context);
  std::ranges::stable_sort(ledgers, std::greater(),
                           [&](const fs::path& path) { return context.ledgers.read(path)->back().order; });
  std::vector<AccountUndo> out;
  for (const auto& path : ledgers) {
    auto account = open_ledgers_account(context, context.ledgers.read(path)->front().header.destination);
    const auto same =
        std::ranges::find_if(out, [&](const AccountUndo& undo) { return undo.is_of(context, account); });
    if (same != out.end())
      same->add(path);
    else
      out.emplace_back(path, std::move(account));
  }
  return out;
}

Question question_for(const std::vector<AccountUndo>& undos) {
  std::size_t changes = 0;
  std::vector<std::string> names, facts;
  for (const auto& undo : undos) {
    if (!undo.plan().writes()) continue;
    changes += undo.plan().changes();
    names.push_back(undo.account().name);
    facts.push_back("in " + report::describe(undo.account()));
  }
  std::string where;
  for (std::size_t i = 0; i < names.size(); ++i)
    where += (i == 0 ? "" : i + 1 < names.size() ? ", " : " and ") + printable(names[i]);
  return {facts,
          "Undo " + plural(changes, "change") + " in " + where + "?",
          changes,
          false,
          names.size() == 1 ? names.front() : std::string(),
          "add --yes to carry out what is shown"};
}

std::size_t most_listed(const Context& context) {
  constexpr std::size_t longest_list = 100;
  return context.options.verbosity > 0 ? report::all_rows : longest_list;
}

std::string plans_text(const Context& context, const std::vector<AccountUndo>& undos) {
  std::string out;
  for (const auto& undo : undos)
    out += "in " + report::describe(undo.account()) + ":\n" +
           report::render_undo_plan(undo.plan(), most_listed(context));
  return out;
}

void show_outcome(const Context& context, const plan::Plan& plan, const plan::Outcome& outcome) {
  if (!context.wants_json() && plan.writes())
    context.show(report::render_undo_outcome(plan, outcome, most_listed(context)));
  if (!context.options.quiet) return;
  // With -q, what is not undone is still reported.
  for (const auto& skipped : plan.skipped) context.tell_all("! " + plan::describe(skipped));
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i)
    if (outcome.webhooks[i].state == plan::WebhookOutcome::State::failed)
      context.tell_all("x " + report::describe_undo_failure(plan.webhooks[i], outcome.webhooks[i]));
  for (const auto& finding : outcome.findings) context.tell_all("Not as planned: " + finding);
}

Exit preview(const Context& context, const std::vector<AccountUndo>& undos) {
  std::vector<report::Report> reports;
  auto out = Exit::done;
  for (const auto& undo : undos) {
    reports.push_back(undo.report(context, nullptr));
    const auto exit = plan::exit_of(undo.plan());
    if (exit != Exit::done && out != Exit::differences) out = exit;
  }
  if (context.wants_json())
    context.put(report::render_undo_json(reports));
  else
    show_paged(context, plans_text(context, undos));
  if (const auto unwritten = write_reports(context, [&] { return report::joined(reports); }))
    throw Failure(*unwritten);
  return out;
}

/// Account by account. A failure in one account does not keep the others from being undone; a signal does.
Exit execute(Context& context, std::vector<AccountUndo>& undos) {
  std::vector<report::Report> reports;
  std::optional<Failure> ended_by;
  auto out = Exit::done;
  for (auto& undo : undos) {
    const bool begins = undo.plan().writes() && !context.executor->interrupted();
    const auto outcome = begins ? undo.execute(context) : delivery::outcome_of_none(undo.plan());
    show_outcome(context, undo.plan(), outcome);
    reports.push_back(undo.report(context, &outcome));
    if (outcome.interrupted) out = Exit::interrupted;
    if (outcome.ended_by && !ended_by) ended_by = outcome.ended_by;
    if (outcome.shortfall() && out == Exit::done) out = Exit::incomplete;
  }
  if (context.wants_json()) context.put(report::render_undo_json(reports));
  const auto unwritten = write_reports(context, [&] { return report::joined(reports); });
  if (out != Exit::interrupted && ended_by) throw Failure(*ended_by);
  if (out != Exit::interrupted && unwritten) throw Failure(*unwritten);
  return out;
}

}  // namespace

Exit run_undo(Context& context) {
  require_report_folders(context);
  auto undos = open_undos(context);
  for (auto& undo : undos) undo.prepare(context);
  context.progress().stop();
  if (context.options.dry_run) return preview(context, undos);
  const auto text = plans_text(context, undos);
  if (!context.wants_json()) show_paged(context, text);
  const bool writes =
      std::ranges::any_of(undos, [](const AccountUndo& undo) { return undo.plan().writes(); });
  if (!writes && context.options.last) note_already_undone(context, undos.front());
  if (writes && confirm_or_throw(context, text, question_for(undos)))
    for (auto& undo : undos) undo.read_again(context);
  return execute(context, undos);
}

}  // namespace hookferry::commands
