#include "report/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/text.hpp"
#include "report/report.hpp"

namespace hookferry::report {
namespace {

/// A plan with more rows than that is not read row by row: of each group only some are listed.
constexpr std::size_t longest_list = 200;
constexpr std::size_t listed_of_long_lists = 20;

/// Wide as the page, `text` being safe to print.
std::string fitted(const std::string& text, const Page& page) {
  return cut_in_the_middle(text, page.width());
}

void add_values(Page& page, const std::string& before, const std::string& after) {
  const std::string margin(8, ' ');
  const auto add = [&](Tone tone, const std::string& sign, const std::vector<std::string>& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i)
      page.line(tone, (i == 0 ? "      " + sign + " " : margin) + lines[i]);
  };
  const auto lines = value_lines(before, after, page.width() - margin.size());
  add(Tone::bad, "-", lines.before);
  add(Tone::good, "+", lines.after);
  if (!lines.marks.empty()) page.line(Tone::dim, margin + lines.marks);
}

void add_difference(Page& page, const webhook::Difference& raw, const plan::PlannedWebhook& planned,
                    const ReportStyle& style) {
  const auto difference = shown(raw, planned, style.show_secrets);
  const auto note = difference.note.empty() ? std::string() : "  (" + difference.note + ")";
  const auto room = page.width() - std::min(page.width() - 20, note.size() + 4);
  page.line(Tone::plain, "    " + cut_in_the_middle(printable(difference.path), room) + note);
  const auto text = [](const std::optional<std::string>& json_text) {
    return json_text ? printable(*json_text) : "(nothing)";
  };
  add_values(page, text(difference.before), text(difference.after));
}

/// Those that only have other hosts come last: they are what was to be expected.
void add_differences(Page& page, const plan::PlannedWebhook& planned, const ReportStyle& style) {
  auto changes = planned_changes(planned);
  std::stable_partition(changes.begin(), changes.end(), [](const webhook::Difference& difference) {
    return difference.note != webhook::only_rewritten_hosts_differ;
  });
  for (const auto& difference : changes) add_difference(page, difference, planned, style);
}

void add_headline(Page& page, Tone tone, char sign, std::string_view action,
                  const plan::PlannedWebhook& planned, const std::string& note, const ReportStyle& style) {
  const bool known = planned.webhook.defect.empty();
  const auto type = known ? webhook::type_name(planned.webhook.identity.type) : std::string("-");
  const auto start = fmt::format("{} {:<10}{:<16}", sign, action, type);
  const auto end = note.empty() ? std::string() : "  " + note;
  const auto taken = start.size() + end.size() + 2;
  const auto room =
      style.list_unchanged ? std::string::npos : page.width() - std::min(taken, page.width() - 20);
  const auto name = known ? "\"" + cut_in_the_middle(printable(planned.webhook.identity.alias), room) + "\""
                          : cut_in_the_middle(webhook::describe(planned.webhook), room);
  page.line(tone, start + name + end);
}

std::string id_note(const plan::PlannedWebhook& planned) {
  return planned.existing && planned.existing->id ? "id " + std::to_string(*planned.existing->id)
                                                  : std::string();
}

void add_warnings(Page& page, const plan::PlannedWebhook& planned) {
  for (const auto& warning : planned.warnings) page.flow(Tone::changed, "    warning: " + warning, 13);
}

void add_url(Page& page, const plan::PlannedWebhook& planned, const ReportStyle& style) {
  const auto url = shown_url(planned, style.show_secrets);
  if (!url.empty()) page.line(Tone::dim, "    " + cut_in_the_middle(printable(url), page.width() - 4));
}

void add_planned(Page& page, const plan::PlannedWebhook& planned, const ReportStyle& style) {
  switch (planned.action) {
    case ledger::Action::create:
      add_headline(page, Tone::good, '+', "create", planned, "", style);
      add_url(page, planned, style);
      break;
    case ledger::Action::update:
    case ledger::Action::conflict:
      add_headline(page, Tone::changed, planned.action == ledger::Action::update ? '~' : '!',
                   ledger::name_of(planned.action), planned, id_note(planned), style);
      add_differences(page, planned, style);
      break;
    case ledger::Action::unchanged:
      // Known to be altered since an earlier run, and still so.
      add_headline(page, planned.altered ? Tone::changed : Tone::dim, planned.altered ? '!' : '=',
                   "unchanged", planned, id_note(planned), style);
      if (planned.altered) {
        page.line(Tone::changed, "    warning: the server has altered it (- sent, + stored)");
        return add_differences(page, planned, style);
      }
      break;
    case ledger::Action::invalid:
      add_headline(page, Tone::bad, 'x', "invalid", planned, "", style);
      page.flow(Tone::bad, "    " + planned.webhook.defect, 4);
      break;
    case ledger::Action::remove:
      add_headline(page, Tone::bad, '-', "delete", planned, id_note(planned), style);
      add_url(page, planned, style);
      break;
  }
  add_warnings(page, planned);
}

/// What happens, one kind after the other; within a kind in the order of the plan.
struct Group {
  std::string_view heading;  ///< behind the count
  bool (*has)(const plan::PlannedWebhook&);
};
constexpr std::array groups = {
    Group{"to create", [](const plan::PlannedWebhook& p) { return p.action == ledger::Action::create; }},
    Group{"to update", [](const plan::PlannedWebhook& p) { return p.action == ledger::Action::update; }},
    Group{"in conflict", [](const plan::PlannedWebhook& p) { return p.action == ledger::Action::conflict; }},
    Group{"altered by the server",
          [](const plan::PlannedWebhook& p) { return p.action == ledger::Action::unchanged && p.altered; }},
    Group{"invalid", [](const plan::PlannedWebhook& p) { return p.action == ledger::Action::invalid; }},
    Group{"to delete", [](const plan::PlannedWebhook& p) { return p.action == ledger::Action::remove; }},
    Group{"unchanged",
          [](const plan::PlannedWebhook& p) { return p.action == ledger::Action::unchanged && !p.altered; }}};

using Rows = std::vector<const plan::PlannedWebhook*>;

/// Group by group; those of unchanged webhooks are empty where they are not to be listed.
std::vector<Rows> grouped(const plan::Plan& plan, const ReportStyle& style) {
  std::vector<Rows> out(groups.size());
  for (const auto& planned : plan.webhooks)
    for (std::size_t i = 0; i < groups.size(); ++i)
      if (groups[i].has(planned)) out[i].push_back(&planned);
  if (!style.list_unchanged) out.back().clear();
  return out;
}

std::size_t size_of(const std::vector<Rows>& rows) {
  std::size_t out = 0;
  for (const auto& group : rows) out += group.size();
  return out;
}

void add_groups(Page& page, const std::vector<Rows>& rows, std::size_t most, const ReportStyle& style) {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (rows[i].empty()) continue;
    page.blank();
    page.line(Tone::plain, std::to_string(rows[i].size()) + " " + std::string(groups[i].heading) + ":");
    const auto listed = std::min(rows[i].size(), most);
    for (std::size_t k = 0; k < listed; ++k) add_planned(page, *rows[i][k], style);
    if (listed < rows[i].size())
      page.line(Tone::dim, "  … and " + std::to_string(rows[i].size() - listed) + " more");
  }
}

std::string conflict_note(plan::ConflictPolicy policy, std::size_t conflicts) {
  if (conflicts == 0) return {};
  return policy == plan::ConflictPolicy::fail ? " (--on-conflict fail)" : " (--on-conflict skip)";
}

using State = plan::WebhookOutcome::State;

/// What was tried and is not done, and why.
void add_failure(Page& page, const plan::PlannedWebhook& planned, const plan::WebhookOutcome& outcome,
                 const ReportStyle& style) {
  const bool removal = planned.action == ledger::Action::remove;
  const auto what =
      outcome.state == State::not_sent ? std::string_view("not sent") : plan::name_of(outcome.state);
  add_headline(page, Tone::bad, 'x', what, planned, removal ? id_note(planned) : "", style);
  page.flow(Tone::bad, (removal ? "    not deleted: " : "    ") + outcome.error, 4);
}

/// Differences that the server made.
void add_stored_differently(Page& page, const plan::PlannedWebhook& planned,
                            const plan::WebhookOutcome& outcome, const ReportStyle& style) {
  add_headline(page, Tone::changed, '!', plan::name_of(outcome.state), planned,
               "id " + std::to_string(outcome.destination_id.value_or(0)), style);
  page.line(Tone::changed, outcome.altered
                               ? "    warning: it arrived, but the server has altered it (- sent, + stored)"
                               : "    note: it arrived, and the server has added to it (- sent, + stored)");
  for (const auto& difference : outcome.server_changes) add_difference(page, difference, planned, style);
}

/// What was not tried is a count, and a list only where one is asked for.
void add_done(Page& page, const plan::Plan& plan, const plan::Outcome& outcome, const ReportStyle& style) {
  std::size_t listed = 0, more = 0;
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i) {
    const auto& one = outcome.webhooks[i];
    const bool failed = one.state == State::failed || one.state == State::invalid;
    if (failed || (one.state == State::not_sent && style.list_unchanged)) {
      const bool room = style.list_unchanged || listed < longest_list;
      if (room) add_failure(page, plan.webhooks[i], one, style);
      ++(room ? listed : more);
    }
    if (!one.server_changes.empty()) add_stored_differently(page, plan.webhooks[i], one, style);
  }
  if (more > 0) page.line(Tone::bad, "… and " + std::to_string(more) + " more like these (-v lists them)");
}

/// Of the first of them; all have the same.
std::string_view reason_not_sent(const plan::Outcome& outcome) {
  for (const auto& webhook : outcome.webhooks)
    if (webhook.not_tried)
      return webhook.not_tried == plan::NotTried::run_ended ? "the run ended before their turn"
                                                            : plan::reason_of(*webhook.not_tried);
  return {};
}

/// A path as it can be pasted: in quotes where a shell would see more in it than a word.
std::string shell_word(const std::string& path) {
  const auto plain = [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("/._-+:@%,").find(c) != std::string_view::npos;
  };
  if (!path.empty() && std::all_of(path.begin(), path.end(), plain)) return path;
  return "'" + printable(path) + "'";
}

std::string done_line(const plan::Outcome& outcome) {
  const auto if_any = [](const char* form, std::size_t count) {
    return count > 0 ? fmt::format(fmt::runtime(form), count) : std::string();
  };
  return fmt::format("{}: {} created, {} updated, {}{} unchanged, {} in conflict, {} invalid, {} failed{}{}.",
                     outcome.interrupted ? "Interrupted" : "Done", outcome.count(State::created),
                     outcome.count(State::updated), if_any("{} deleted, ", outcome.count(State::deleted)),
                     outcome.count(State::unchanged), outcome.count(State::conflict),
                     outcome.count(State::invalid), outcome.count(State::failed),
                     if_any(", {} not sent", outcome.count(State::not_sent)),
                     if_any(", {} altered by the server", outcome.altered()));
}

std::size_t count_where(const plan::Plan& plan, const plan::Outcome& outcome, State state, bool removals) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i)
    if ((plan.webhooks[i].action == ledger::Action::remove) == removals && outcome.webhooks[i].state == state)
      ++out;
  return out;
}

bool nothing_written(const plan::Outcome& outcome) {
  return outcome.settled &&
         outcome.count(State::created) + outcome.count(State::updated) + outcome.count(State::deleted) == 0;
}

/// Why the run did not come to its end, before all that follows from it.
void add_why(Page& page, const plan::Plan& plan, const plan::Outcome& outcome) {
  if (!plan.writes()) return;
  if (outcome.ended_by) page.flow(Tone::bad, std::string("Stopped: ") + outcome.ended_by->what(), 2);
  const bool incomplete = outcome.count(State::failed) + outcome.count(State::not_sent) > 0;
  if (incomplete && nothing_written(outcome)) page.line(Tone::bad, "Nothing was written.");
}

void add_what_is_not_there(Page& page, const plan::Plan& plan, const plan::Outcome& outcome) {
  const auto left = count_where(plan, outcome, State::failed, true);
  const auto missing = count_where(plan, outcome, State::failed, false);
  const auto unsent = count_where(plan, outcome, State::not_sent, false);
  const auto kept = count_where(plan, outcome, State::not_sent, true);
  const bool others_are_there =
      missing < plan.webhooks.size() &&
      outcome.count(State::invalid) + outcome.count(State::conflict) + unsent + kept == 0;
  if (left > 0)
    page.flow(Tone::bad,
              fmt::format("{} that {} to be deleted {} not (marked failed above).", plural(left, "webhook"),
                          left == 1 ? "was" : "were", left == 1 ? "is" : "are"));
  if (missing > 0)
    page.flow(Tone::bad,
              fmt::format("{} of the plan {} not{} there (marked failed above){}.",
                          plural(missing, "webhook"), missing == 1 ? "is" : "are",
                          outcome.settled ? "" : " known to be", others_are_there ? "; all others are" : ""));
  if (unsent + kept > 0)
    page.flow(
        Tone::bad,
        (unsent > 0 ? plural(unsent, "webhook") + (unsent == 1 ? " was" : " were") + " not sent" : "") +
            (unsent > 0 && kept > 0 ? ", and " : "") +
            (kept > 0 ? plural(kept, "webhook") + (kept == 1 ? " was" : " were") + " not deleted" : "") +
            ": " + std::string(reason_not_sent(outcome)) + " (-v lists them).");
}

void add_what_to_do(Page& page, const plan::Plan& plan, const plan::Outcome& outcome,
                    const std::string& destination) {
  if (!outcome.settled)
    page.flow(Tone::bad, "It could not be established what arrived in " + printable(destination) + ".");
  add_what_is_not_there(page, plan, outcome);
  if (outcome.count(State::failed) + outcome.count(State::not_sent) > 0)
    page.flow(Tone::plain, std::string(outcome.interrupted ? "To finish, r" : "Once that is mended, r") +
                               "un the same command again: it does only what is left to do.");
  for (const auto& surprise : outcome.findings) page.flow(Tone::bad, "Not as planned: " + surprise, 2);
  if (outcome.count(State::conflict) > 0)
    page.flow(Tone::changed,
              "Conflicts were left as they were; --on-conflict says what else may become of them.");
}

/// Told anew every night they would only hide what is new, but they are there.
std::size_t unchanged_with_warnings(const plan::Plan& plan) {
  return static_cast<std::size_t>(
      std::count_if(plan.webhooks.begin(), plan.webhooks.end(), [](const auto& planned) {
        return planned.action == ledger::Action::unchanged && !planned.warnings.empty();
      }));
}

std::size_t with_other_hosts_only(const plan::Plan& plan) {
  const auto differs = [](const plan::PlannedWebhook& planned) {
    if (planned.action != ledger::Action::update && planned.action != ledger::Action::conflict) return false;
    const auto changes = planned_changes(planned);
    return !changes.empty() &&
           std::all_of(changes.begin(), changes.end(), [](const webhook::Difference& difference) {
             return difference.note == webhook::only_rewritten_hosts_differ;
           });
  };
  return static_cast<std::size_t>(std::count_if(plan.webhooks.begin(), plan.webhooks.end(), differs));
}

void add_rewritten(Page& page, const plan::Plan& plan) {
  if (const auto rewritten = transform::count_rewrites(plan.webhooks); rewritten.hosts > 0)
    page.line(Tone::plain, transform::describe(rewritten) + ".");
}

void add_rewritten_hosts(Page& page, const std::vector<std::string>& hosts) {
  constexpr std::size_t most = 10;
  for (std::size_t i = 0; i < std::min(most, hosts.size()); ++i)
    page.line(Tone::dim, fitted("  " + hosts[i], page));
  if (hosts.size() > most) page.line(Tone::dim, "  … and " + std::to_string(hosts.size() - most) + " more");
}

void add_counts(Page& page, const plan::Plan& plan, const Route& route, plan::ConflictPolicy policy,
                const ReportStyle& style) {
  const auto conflicts = plan.count(ledger::Action::conflict);
  const auto removals = plan.count(ledger::Action::remove);
  page.flow_counts(
      Tone::plain,
      fmt::format("Plan: {} to create, {} to update, {}{} unchanged, {} in conflict, {} invalid; {} extra.",
                  plan.count(ledger::Action::create), plan.count(ledger::Action::update),
                  removals > 0 ? fmt::format("{} to delete, ", removals) : "",
                  plan.count(ledger::Action::unchanged), conflicts, plan.count(ledger::Action::invalid),
                  plan.extra.size()),
      6);
  if (const auto altered = plan.altered(); altered > 0)
    page.line(Tone::changed,
              "Altered by the server, as an earlier run has found: " + std::to_string(altered) + ".");
  add_rewritten(page, plan);
  add_rewritten_hosts(page, route.rewritten_hosts);
  if (const auto hosts = with_other_hosts_only(plan); hosts > 0)
    page.line(Tone::plain, "In " + plural(hosts, "webhook") + " only rewritten hosts differ.");
  if (conflicts > 0)
    page.flow(Tone::changed,
              "In conflict: same alias and type, other content" + conflict_note(policy, conflicts) + ".");
  const auto hidden = style.list_unchanged ? 0 : unchanged_with_warnings(plan);
  if (hidden > 0)
    page.line(Tone::changed,
              "Warnings on unchanged webhooks: " + std::to_string(hidden) + " (-v tells them).");
}

}  // namespace

std::string describe(const RouteEnd& end) {
  std::string facts;
  const auto add = [&](const std::string& fact) { facts += (facts.empty() ? "" : ", ") + fact; };
  if (!end.region.empty()) add("region " + printable(end.region));
  constexpr std::string_view usual = "https://";
  if (!end.url.empty()) add(printable(end.url.starts_with(usual) ? end.url.substr(usual.size()) : end.url));
  if (!end.company.empty())
    add("company " + printable(end.company));
  else if (!end.url.empty())
    add("company not known: it shows no webhooks");
  return printable(end.name) + (facts.empty() ? "" : " (" + facts + ")");
}

std::vector<std::string> describe(const Route& route) {
  std::vector<std::string> out = {"from " + describe(route.source_account),
                                  "  to " + describe(route.destination_account)};
  out.insert(out.end(), route.scope_notes.begin(), route.scope_notes.end());
  return out;
}

std::string render_plan(const plan::Plan& plan, const Route& route, plan::ConflictPolicy policy,
                        const ReportStyle& style) {
  Page page(style.color, style.width);
  const auto deletions = plan.count(ledger::Action::remove);
  page.line(Tone::plain, fitted(printable(route.source) + " -> " + printable(route.destination) + ": " +
                                    plural(plan.webhooks.size() - deletions, "webhook"),
                                page));
  for (const auto& line : describe(route)) page.flow(Tone::dim, "  " + line, 7);
  const auto rows = grouped(plan, style);
  const bool is_long = !style.list_unchanged && size_of(rows) > longest_list;
  add_groups(page, rows, is_long ? listed_of_long_lists : plan.webhooks.size(), style);
  page.blank();
  if (is_long) page.flow(Tone::changed, "The plan is long: not all of it is listed above; -v lists it all.");
  add_counts(page, plan, route, policy, style);
  if (!plan.writes()) page.line(Tone::plain, "Nothing to write.");
  return std::move(page).str();
}

std::string render_outcome(const plan::Plan& plan, const plan::Outcome& outcome,
                           const std::string& destination, const std::string& ledger,
                           const ReportStyle& style) {
  Page page(style.color, style.width);
  add_why(page, plan, outcome);
  add_done(page, plan, outcome, style);
  page.flow_counts(Tone::plain, done_line(outcome), 6);
  add_rewritten(page, plan);
  add_what_to_do(page, plan, outcome, destination);
  if (ledger.empty()) return std::move(page).str();
  const bool complete = !outcome.shortfall().has_value();
  page.line(Tone::dim, "Ledger: " + printable(ledger) +
                           (plan.writes() && complete ? " (hookferry undo takes the run back)" : ""));
  if (plan.writes() && !complete && !nothing_written(outcome))
    page.line(Tone::plain, "To take back what was written: hookferry undo " + shell_word(ledger));
  return std::move(page).str();
}

}  // namespace hookferry::report
