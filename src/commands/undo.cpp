#include <algorithm>

#include "cli/help.hpp"
#include "commands/commands.hpp"
#include "commands/prompt.hpp"
#include "commands/transfer.hpp"
#include "commands/undo_report.hpp"
#include "core/text.hpp"
#include "ledger/ledger_file.hpp"
#include "plan/undo_plan.hpp"
#include "report/report.hpp"

namespace hookferry::commands {
namespace {

namespace fs = std::filesystem;

std::optional<net::Endpoint> ledgers_endpoint(const ledger::LedgerHeader& header) {
  std::string ignored;
  const auto parsed = net::parse_url(header.url, ignored);
  return parsed ? std::optional(parsed->endpoint) : std::nullopt;
}

bool is_named(const Context& context, const std::string& name) {
  return context.config.accounts.contains(name) || context.regions.find(name) != nullptr;
}

/// A key goes only where its owner means it to go: to the account that --dest names, to the section or region
/// that the ledger names, or to the ledger's address where the ledger itself proves that this key was used
/// there. An address that only a file names gets no key.
OpenAccount open_ledgers_account(Context& context, const ledger::LedgerHeader& header) {
  const auto& dest = context.options.dest;
  const auto address = ledgers_endpoint(header);
  const bool named = is_named(context, header.destination);
  auto out = open_account(context,
                          !dest.empty() ? dest
                          : named       ? header.destination
                                        : header.url,
                          accounts::Side::destination);
  out.place.label = dest.empty() ? header.destination : dest;
  const bool known = !dest.empty() || named;
  const auto there = address ? accounts::server_of(*address, context.regions) : std::string();
  const bool key_fits = ledger::key_digest(there, out.key.reveal()) == header.account;
  const bool same_server = out.identity.server == there;
  if (key_fits || (known && same_server)) return out;
  if (known)
    throw Failure(Cause::usage,
                  "the ledger is of " + printable(header.destination) + " at " + printable(header.url) +
                      ", and " + printable(out.place.label) + " is " + out.place.endpoint.url() +
                      "; nothing was changed",
                  "name the account as it is now with --dest, if it is the same");
  throw Failure(Cause::usage,
                "the ledger names the address " + printable(header.url) +
                    ", and this key is not known to belong there; it was not sent",
                "name the account with --dest, or use the key that the run was made with");
}

/// What is to be taken back in one account: runs of one ledger or several, in the order in which they were
/// made.
class AccountUndo {
 public:
  AccountUndo(fs::path first, OpenAccount account)
      : ledgers_{std::move(first)}, destination_(std::move(account)) {}

  bool is_of(const ledger::AccountIdentity& identity) const {
    return ledger::same_account(destination_.identity, identity);
  }
  void add(fs::path ledger) { ledgers_.push_back(std::move(ledger)); }
  const std::string& label() const { return destination_.place.label; }
  const plan::UndoPlan& plan() const { return plan_; }
  std::size_t changes() const { return plan_.removals.size() + plan_.restores.changes(); }

  /// Locks the account, and settles what earlier runs left open.
  void prepare(Context& context) {
    run_ = std::make_unique<delivery::Run>(open_run(context, destination_));
    run_->refresh(ledgers_,
                  [&](const ledger::AccountIdentity& identity) { require_ledgers_of(context, identity); });
    plan_ = plan_for(context, run_->present(), run_->known());
  }

  /// The plan and nothing else.
  void look(Context& context) {
    const auto present = read_destination(context, destination_);
    require_ledgers_of(context, destination_.identity);
    plan_ = plan_for(context, present,
                     delivery::known_of_account(context.ledgers, destination_.identity, present));
  }

  /// After somebody was asked. Failure where what was shown is not what would be done.
  void read_again(Context& context) {
    const auto shown = undo_plan_text(plan_);
    run_->read_again(
        [&](const auto& now) { return undo_plan_text(plan_for(context, now, run_->known())) == shown; });
    plan_ = plan_for(context, run_->present(), run_->known());
  }

  delivery::UndoOutcome carry_out(Context& context);

  /// With all that is known of it by now.
  report::RouteEnd account() const {
    auto out = route_end_of(destination_);
    if (run_ != nullptr) out.company = run_->identity().company;
    return out;
  }

  /// `outcome`: nothing for a plan.
  report::Report report(const delivery::UndoOutcome* outcome, bool show_secrets) const {
    return undo_report(plan_, outcome, account(), ledgers_[origins_.back().ledger].string(), show_secrets);
  }

 private:
  struct Origin {
    std::size_t ledger, run;
  };

  void require_ledgers_of(Context& context, const ledger::AccountIdentity& identity) const {
    for (const auto& path : ledgers_)
      delivery::require_ledger_of(context.ledgers, path, identity, destination_.place.endpoint.url());
  }

  void read_ledgers(Context& context) {
    std::vector<std::pair<Origin, ledger::LedgerRun>> all;
    for (std::size_t l = 0; l < ledgers_.size(); ++l) {
      const auto runs = context.ledgers.read(ledgers_[l]);
      for (std::size_t r = 0; r < runs->size(); ++r) all.push_back({{l, r}, (*runs)[r]});
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return a.second.began < b.second.began; });
    origins_.clear();
    runs_.clear();
    for (auto& [origin, run] : all) {
      origins_.push_back(origin);
      runs_.push_back(std::move(run));
    }
  }

  /// Runs of other ledgers that may have written to the same webhooks since.
  std::vector<plan::OtherRun> other_runs(Context& context) const {
    std::vector<plan::OtherRun> out;
    const auto tell = [&](const std::string& line) { context.tell(1, line); };
    for (const auto& ledger : ledger::recorded_ledgers(context.ledgers, tell, runs_.front().began)) {
      std::error_code ignored;
      if (std::any_of(ledgers_.begin(), ledgers_.end(),
                      [&](const fs::path& path) { return fs::equivalent(path, ledger.path, ignored); }))
        continue;
      for (const auto& run : *ledger.runs)
        if (is_of_the_same(run.header)) out.push_back({printable(ledger.path.string()), run});
    }
    return out;
  }

  bool is_of_the_same(const ledger::LedgerHeader& header) const {
    return std::any_of(runs_.begin(), runs_.end(), [&](const ledger::LedgerRun& run) {
      const auto& its = run.header;
      return (!header.account.empty() && header.account == its.account) ||
             (!header.company.empty() && header.company == its.company && header.url == its.url);
    });
  }

  plan::UndoPlan plan_for(Context& context, const std::vector<webhook::Webhook>& present,
                          const ledger::KnownOfAccount& known) {
    read_ledgers(context);
    return plan::make_undo_plan(runs_, present, known, other_runs(context));
  }

  std::vector<fs::path> ledgers_;
  OpenAccount destination_;
  std::unique_ptr<delivery::Run> run_;
  std::vector<ledger::LedgerRun> runs_;
  std::vector<Origin> origins_;  ///< of each of them
  plan::UndoPlan plan_;
};

/// The undo is a run of the newest of the ledgers; what it took back is noted in each.
delivery::UndoOutcome AccountUndo::carry_out(Context& context) {
  std::vector<std::unique_ptr<ledger::LedgerWriter>> writers;
  for (const auto& path : ledgers_)
    writers.push_back(std::make_unique<ledger::LedgerWriter>(path, &context.ledgers));
  auto& ledger = *writers[origins_.back().ledger];
  announce_interrupts(context);
  const auto work = delivery::work_of(plan_, run_->present());
  auto header = runs_.back().header;
  header.command = "undo";
  header.present.clear();
  auto* progress = context.progress();
  if (progress != nullptr) progress->stage("taking back in " + printable(label()));
  const auto executed = run_->execute(ledger, header, work.entries, work.tasks, {}, false);
  if (progress != nullptr) progress->stop();
  auto out = delivery::outcome_of(plan_, work, executed);
  const bool can_be_written = !out.ended_by || out.ended_by->cause != Cause::cannot_write;
  for (const auto& [place, id] : out.done) {
    const auto& origin = origins_[place.run];
    if (can_be_written) writers[origin.ledger]->undone(origin.run, place.n, id);
  }
  for (const auto& writer : writers)
    if (can_be_written) writer->sync();
  const bool all = out.failed.empty() && out.findings.empty() && plan_.left.empty();
  const auto exit_code = out.interrupted ? Exit::interrupted : all ? Exit::done : Exit::incomplete;
  const auto not_ended = run_->end(ledger, executed, static_cast<int>(exit_code));
  if (not_ended && !out.ended_by) out.ended_by = not_ended;
  return out;
}

std::vector<fs::path> ledgers_to_undo(Context& context) {
  std::vector<fs::path> out(context.arguments.begin(), context.arguments.end());
  if (!context.options.last) {
    if (out.empty())
      throw Failure(Cause::usage, "undo needs a ledger, or --last", "usage: hookferry undo LEDGER...");
    return out;
  }
  if (!out.empty())
    throw Failure(Cause::usage, "undo takes ledgers or --last, not both", "leave one of them out");
  const auto last = ledger::last_ledger_written(
      ledger::recorded_ledgers(context.ledgers, [&](const std::string& damage) { context.warn(damage); }));
  if (!last)
    throw Failure(Cause::no_input, "no run that wrote anything is recorded on this machine",
                  "see hookferry runs, or name a ledger");
  context.note("The last run that wrote anything: " + printable(last->string()));
  return {*last};
}

/// One for each account, that with the newest run first.
std::vector<AccountUndo> open_undos(Context& context) {
  std::vector<std::pair<std::int64_t, fs::path>> ledgers;
  for (const auto& path : ledgers_to_undo(context))
    ledgers.emplace_back(context.ledgers.read(path)->back().began, path);
  std::stable_sort(ledgers.begin(), ledgers.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<AccountUndo> out;
  for (const auto& [began, path] : ledgers) {
    auto account = open_ledgers_account(context, context.ledgers.read(path)->front().header);
    const auto same = std::find_if(out.begin(), out.end(),
                                   [&](const AccountUndo& undo) { return undo.is_of(account.identity); });
    if (same != out.end())
      same->add(path);
    else
      out.emplace_back(path, std::move(account));
  }
  return out;
}

Question question_for(const std::vector<AccountUndo>& undos) {
  std::size_t changes = 0;
  std::vector<std::string> labels, names, facts;
  for (const auto& undo : undos) {
    changes += undo.changes();
    if (undo.changes() == 0) continue;
    labels.push_back(printable(undo.label()));
    names.push_back(undo.label());
    facts.push_back("in " + report::describe(undo.account()));
  }
  std::string where = labels.front();
  for (std::size_t i = 1; i < labels.size(); ++i)
    where += (i + 1 < labels.size() ? ", " : " and ") + labels[i];
  return {facts,
          "Take back " + std::to_string(changes) + " in " + where + "?",
          changes,
          false,
          names.size() == 1 ? names.front() : std::string(),
          "add --yes to carry out what is shown"};
}

std::size_t most_listed(const Context& context) {
  return context.options.verbosity > 0 ? everything : longest_undo_list;
}

std::string plans_text(const Context& context, const std::vector<AccountUndo>& undos) {
  std::string out;
  for (const auto& undo : undos)
    out +=
        "in " + report::describe(undo.account()) + ":\n" + undo_plan_text(undo.plan(), most_listed(context));
  return out;
}

Exit preview(Context& context, std::vector<AccountUndo>& undos) {
  std::vector<report::Report> reports;
  auto out = Exit::done;
  for (auto& undo : undos) {
    undo.look(context);
    reports.push_back(undo.report(nullptr, context.options.show_secrets));
    if (!undo.plan().left.empty() && out == Exit::done) out = Exit::incomplete;
    if (undo.plan().writes()) out = Exit::differences;
  }
  if (context.options.format == cli::Format::json)
    context.put(report::render_undo_json(reports));
  else
    show_paged(context, plans_text(context, undos));
  if (const auto unwritten = write_report(context, [&] { return joined(reports); }))
    throw Failure(*unwritten);
  return out;
}

void show_outcome(const Context& context, const plan::UndoPlan& plan, const delivery::UndoOutcome& outcome) {
  if (context.options.format != cli::Format::json && plan.writes())
    context.show(undo_outcome_text(plan, outcome, most_listed(context)));
  if (!context.options.quiet) return;
  for (const auto& left : plan.left)
    context.tell_all("! " + plan::describe(left));  // -q still tells what is not taken back
  for (const auto& failed : outcome.failed)
    if (!failed.not_tried) context.tell_all("x " + delivery::describe(failed));
  for (const auto& surprise : outcome.findings) context.tell_all("Not as planned: " + surprise);
}

/// Account by account. An account that ends before its time does not keep the others from being taken back,
/// unless somebody wants an end.
Exit carry_out(Context& context, std::vector<AccountUndo>& undos) {
  std::vector<report::Report> reports;
  std::optional<Failure> ended_by;
  auto out = Exit::done;
  for (auto& undo : undos) {
    delivery::UndoOutcome outcome;
    if (undo.plan().writes())
      outcome = context.executor->interrupted() ? delivery::not_tried(undo.plan()) : undo.carry_out(context);
    show_outcome(context, undo.plan(), outcome);
    reports.push_back(undo.report(&outcome, context.options.show_secrets));
    if (outcome.interrupted) out = Exit::interrupted;
    if (outcome.ended_by && !ended_by) ended_by = outcome.ended_by;
    const bool all = undo.plan().left.empty() && outcome.failed.empty() && outcome.findings.empty();
    if (!all && out == Exit::done) out = Exit::incomplete;
  }
  if (context.options.format == cli::Format::json) context.put(report::render_undo_json(reports));
  const auto unwritten = write_report(context, [&] { return joined(reports); });
  if (out != Exit::interrupted && ended_by) throw Failure(*ended_by);
  if (out != Exit::interrupted && unwritten) throw Failure(*unwritten);
  return out;
}

}  // namespace

Exit run_undo(Context& context) {
  require_report_folder(context);
  auto undos = open_undos(context);
  if (context.options.dry_run) return preview(context, undos);
  for (auto& undo : undos) undo.prepare(context);
  if (auto* progress = context.progress()) progress->stop();
  const auto text = plans_text(context, undos);
  if (context.options.format != cli::Format::json) show_paged(context, text);
  const bool writes =
      std::any_of(undos.begin(), undos.end(), [](const AccountUndo& undo) { return undo.plan().writes(); });
  if (writes && confirm_or_throw(context, text, question_for(undos)))
    for (auto& undo : undos) undo.read_again(context);
  return carry_out(context, undos);
}

}  // namespace hookferry::commands
