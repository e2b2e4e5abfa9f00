// A plan or an outcome as a value for every format of a report, and the formats that need no terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "core/failure.hpp"
#include "core/layout.hpp"
#include "plan/plan.hpp"
#include "transform/transformer.hpp"
#include "webhook/differences.hpp"

namespace hookferry::report {

/// An option as it was set. Safe to print.
struct SetOption {
  std::string name, value;  ///< the value of a flag is empty
  std::string from;         ///< "command line", "/etc/hookferry.ini:3"
};

/// What a command is about, beside its accounts.
struct Scope {
  std::string command = {};
  std::string mode = {};  ///< "migrate", "mirror", "import" or "undo"; empty for other commands
  std::vector<SetOption> filters = {};
  std::size_t left_out = 0;             ///< webhooks of the source that the filters do not select
  std::vector<SetOption> options = {};  ///< all others that do not have their default values
  /// What filters have left out and what the configuration has set: lines that are safe to print.
  std::vector<std::string> notes = {};
};

/// What ended a command before its time. Safe to print.
struct ErrorText {
  Exit exit = Exit::incomplete;
  std::string message;
  std::string hint = {};  ///< may be empty
};

/// Where webhooks come from and go to.
struct Route {
  ledger::Account source;
  ledger::Account destination;
  Scope scope = {};
  /// Which hosts become which, the most frequent first: lines that are safe to print.
  std::vector<std::string> rewritten_hosts = {};
};

// A plan and its outcome, as every format of a report shows them: values, secrets masked already. Each
// command that plans or writes makes one; each format is a function from it to text.

struct ReportWebhook {
  std::string alias;
  std::string type;    ///< "slack"; empty where it is not known
  std::string action;  ///< what is to be done ("create") or was ("created")
  std::optional<std::int64_t> source_id, destination_id;
  std::string source_uuid, destination_uuid;  ///< v5's
  std::string url;                            ///< of a deletion
  std::vector<webhook::Difference> changes;   ///< for a creation all that is new
  std::vector<std::string> warnings;
  std::string error;                 ///< why not
  plan::LastChanges last_changes{};  ///< of a conflict or an update
};

/// What a reader is to do now, or may do.
struct Advice {
  std::string text;       ///< a sentence; may hold untrusted names, as they are
  bool is_offer = false;  ///< nothing is wrong, and nothing has to be done
};

/// "create" 12, …: how often each action is planned, or was done; also those with 0.
using Summary = std::vector<std::pair<std::string, std::size_t>>;
/// 0 for an action that is not in it.
std::size_t count_of(const Summary& summary, std::string_view action);
/// `outcome`: nothing for a plan.
Summary summary_of(const plan::Plan& plan, const plan::Outcome* outcome);

struct Report {
  Scope scope;
  bool is_undo = false;
  ledger::Account source;  ///< no name: there is none, as with undo
  ledger::Account destination;
  Summary summary;
  transform::RewriteCount rewritten;
  std::vector<ReportWebhook> webhooks;
  /// Notes on the plan as a whole: what a mirror does not delete, what will stop it. Safe lines.
  std::vector<std::string> notes;
  std::vector<std::string> warnings;  ///< of the command as a whole; safe lines
  /// How many webhooks a mirror may delete.
  std::optional<std::size_t> delete_limit;

  bool carried_out = false;  ///< else it is a plan
  std::vector<std::string> not_as_planned;
  std::string ledger;                 ///< empty: none
  std::optional<ErrorText> ended_by;  ///< why the run ended before its time
  bool interrupted = false;
  bool secrets_shown = false;

  // For a page; set by who knows the time, the version and the process. Safe to print.
  std::string made_at, made_by;
  std::string run_by, command_line;   ///< "user@host"; "hookferry diff eu us"
  std::vector<std::string> undoes{};  ///< undo: the runs that it reverts

  std::size_t count(std::string_view action) const { return count_of(summary, action); }
};

/// All but its webhooks. `outcome`: nothing for a plan.
Report outline_of(const plan::Plan& plan, const plan::Outcome* outcome, const Route& route,
                  const std::string& ledger, bool show_secrets);
/// `outcome`: nothing for a plan.
Report report_of(const plan::Plan& plan, const plan::Outcome* outcome, const Route& route,
                 const std::string& ledger, bool show_secrets);

/// What the reports of all plans have in common, without their webhooks. `outcome`: nothing for a plan.
Report begin_report(const plan::Outcome* outcome, const std::string& ledger, bool show_secrets);

/// The undo of runs in one account. `ledger`: that of the newest run, in which the undo is recorded.
Report undo_report_of(const plan::Plan& plan, const plan::Outcome* outcome, const ledger::Account& account,
                      const std::string& ledger, bool show_secrets);

/// The reports of several accounts, at least one, as one: for a page.
Report joined(const std::vector<Report>& reports);

std::vector<Advice> what_to_do(const Report& report);

/// "Plan of a mirror", "Outcome of a migrate".
std::string title_of(const Report& report);
/// "Plan: 470 to create, 10 to update, 5 to delete."
std::string sentence_of(const Report& report);
/// "--only a* (command line)", "max-delete = 10% (hookferry.ini:3)". Safe to print.
std::string describe(const SetOption& option);

// What reports of any form show of the differences of a planned webhook.

/// What the plan changes: all of a webhook that is created, where an existing one differs, what the server
/// has altered of an unchanged one. A note says where rewritten hosts differ. Not masked.
std::vector<webhook::Difference> planned_changes(const plan::PlannedWebhook& planned);
webhook::Difference shown(const webhook::Difference& difference, const plan::PlannedWebhook& planned,
                          bool show_secrets);

std::string shown_alias(const webhook::Identity& identity, bool show_secrets);

/// The webhook's `url` as it may be shown; empty where it has none.
std::string shown_url(const plan::PlannedWebhook& planned, bool show_secrets);

// Two values below each other, so that what differs is what one sees. Pure.

struct ValueLines {
  std::vector<std::string> before, after;  ///< one line each where they fit, else a few
  std::string marks;  ///< carets below the part that differs; empty where the lines say it themselves
};

/// `before` and `after` are safe to print. No line is wider than `room` cells: what both have in common at
/// their beginnings and ends gives way to "…" first. Equal parts are cut at the same places, so that the
/// differing ones stand below each other. Where secrets differ that are masked whole, the marks say so.
ValueLines value_lines(std::string_view before, std::string_view after, std::size_t room);

/// At most `room` cells of it, with "…" in its middle: beginnings are often the same, and ends too.
std::string cut_in_the_middle(std::string_view text, std::size_t room);

// Plans and outcomes as text for a terminal. Untrusted text is escaped, secrets are masked.

struct ReportStyle {
  bool color = false;
  bool show_secrets = false;
  /// Everything: unchanged webhooks, all of a long plan, what was not sent, whole aliases.
  bool list_unchanged = false;
  /// All of a long plan, but no more of each webhook: for what is not a screen.
  bool list_all = false;
  std::size_t width = 80;  ///< cells of a line; text that does not fit is broken, or cut where it is data
};

/// "standby (region us1, api.coralogix.us, company 67890)": what is known of it. Safe to print.
std::string describe(const ledger::Account& account);

/// Where the webhooks come from, where they go to, and what shapes the plan: above a plan and a question.
std::vector<std::string> describe(const Route& route);

/// Webhook by webhook, field by field, with a summary line at the end.
std::string render_plan(const plan::Plan& plan, const Route& route, plan::ConflictPolicy policy,
                        const ReportStyle& style);
std::string render_webhook(const plan::PlannedWebhook& planned, const ReportStyle& style);

/// What was done, what was not and why, and what to do next. `undo`: the command for that.
std::string render_outcome(const plan::Plan& plan, const plan::Outcome& outcome,
                           const std::string& destination, const std::string& ledger, const std::string& undo,
                           const ReportStyle& style);
/// A path as it can be pasted: in quotes where a shell would see more in it than a word.
std::string shell_word(const std::string& path);

/// `most`: only so many rows are listed; webhooks that were not tried only with all_rows.
inline constexpr std::size_t all_rows = std::string::npos;
std::string render_undo_plan(const plan::Plan& plan, std::size_t most = all_rows);
std::string render_undo_outcome(const plan::Plan& plan, const plan::Outcome& outcome,
                                std::size_t most = all_rows);
/// One safe line: "\"a\" (slack) with id 7 is not deleted: …".
std::string describe_undo_failure(const plan::PlannedWebhook& planned, const plan::WebhookOutcome& outcome);

// Plans and outcomes for programs: the form of the contract. Pure. docs/schema/ describes it.

/// What any command prints as JSON: laid out, safe for a terminal.
std::string json_output(const boost::json::value& made);

/// What `to_json` makes of each value.
template <class Values, class ToJson>
boost::json::array array_of(const Values& values, ToJson to_json) {
  boost::json::array out;
  for (const auto& value : values) out.push_back(to_json(value));
  return out;
}

/// Those members of rows of JSON as a table, safe for a terminal, below their names. Null is an empty cell.
std::vector<Cells> cells_of(const boost::json::array& rows, const std::vector<std::string_view>& members);

/// Command, mode, filters and options.
boost::json::object json_of(const Scope& scope);

/// {"kind": "error", "error": {"exit", "message", "hint"}} and what was `known`. An outcome stays one.
boost::json::object error_document(const ErrorText& error, const boost::json::object& known);

/// A plan, or what was carried out of it. Values in "changes" keep their text to the byte.
boost::json::object json_of(const Report& report);
/// The same without its webhooks.
boost::json::object json_summary_of(const Report& report);
std::string render_json(const Report& report);

/// The undo of runs. Several undos are an array.
std::string render_undo_json(const std::vector<Report>& reports);

// A report as one page that needs nothing beside it: no script, font or picture from elsewhere. Pure.
//
// The data stands in one inert block of JSON, all of it as strings, so that no number loses digits; the
// page's own script shows it as text. Its policy allows only that script and style.

std::string render_html(const Report& report);

// A report in GitHub's Markdown, for the comment on a pull request. Pure. Untrusted text stands in code spans
// and fences that it cannot end, so that it mentions nobody, links nowhere and is no markup.

/// A comment on GitHub holds 65,536 characters; past this many bytes webhooks are only counted.
inline constexpr std::size_t markdown_limit = 60'000;

std::string render_markdown(const Report& report);

/// In backticks that the text does not end; one line.
std::string code_span(std::string_view text);

/// The result of a run: of a pair of a fleet, or, without names, of a command.
struct PairResult {
  std::string name, source, dest;
  Exit exit = Exit::done;
  std::string error;                     ///< what ended it, with what to try; a safe line
  std::optional<Summary> summary;        ///< of its plan or outcome; nothing where it did not get that far
  std::optional<std::size_t> drift;      ///< planned creations, updates, deletions and conflicts
  std::chrono::milliseconds duration{};  ///< of the run
  std::optional<boost::json::object> report;  ///< with --format json: what it would have printed

  std::size_t count(std::string_view action) const;  ///< of the summary
  std::size_t changes() const { return count("create") + count("update") + count("delete"); }
};

/// The worst exit code of all: the order of the contract; what it does not name is as bad as bad input.
Exit worst_exit(const std::vector<PairResult>& results);

/// One row for each pair, and below them what ended pairs early. `planned`: not executed.
std::string render_fleet(const std::vector<PairResult>& results, bool planned, std::size_t width = 80);

/// An array of what each pair would have printed with --format json, with "pair" and "exit" before it.
std::string render_fleet_json(const std::vector<PairResult>& results);

/// Prometheus text for a textfile collector. Names are the label `pair`. `now`: seconds since 1970.
std::string render_metrics(const std::vector<PairResult>& results, std::int64_t now);

}  // namespace hookferry::report
