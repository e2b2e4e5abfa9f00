#include "report/text_report.hpp"

#include <algorithm>

#include "core/printable.hpp"
#include "report/changes.hpp"

namespace hookferry {
namespace {

constexpr std::size_t longest_value = 300;

enum class Tone { plain, good, changed, bad, dim };

class Page {
 public:
  explicit Page(bool color) : color_(color) {}

  void line(Tone tone, const std::string& text) { text_ += paint(tone, text) + "\n"; }
  void blank() { text_ += "\n"; }
  std::string str() && { return std::move(text_); }

 private:
  std::string paint(Tone tone, const std::string& text) const {
    if (!color_ || tone == Tone::plain) return text;
    const char* code = tone == Tone::good      ? "32"
                       : tone == Tone::changed ? "33"
                       : tone == Tone::bad     ? "31"
                                               : "2";
    return "\x1b[" + std::string(code) + "m" + text + "\x1b[0m";
  }
  bool color_;
  std::string text_;
};

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

std::string count_of(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string value_text(const std::optional<std::string>& json_text) {
  return json_text ? printable_excerpt(*json_text, longest_value) : "(nothing)";
}

void add_difference(Page& page, const Difference& raw, const PlannedWebhook& planned,
                    const ReportStyle& style) {
  const auto difference = shown(raw, planned, style.show_secrets);
  page.line(Tone::plain, "    " + printable_excerpt(difference.path, 120) +
                             (difference.note.empty() ? "" : "  (" + difference.note + ")"));
  page.line(Tone::bad, "      - " + value_text(difference.before));
  page.line(Tone::good, "      + " + value_text(difference.after));
}

std::string headline(char sign, std::string_view action, const PlannedWebhook& planned,
                     const std::string& note) {
  const bool known = planned.webhook.defect.empty();
  const auto type = known ? type_name(planned.webhook.identity.type) : std::string("-");
  const auto name =
      known ? "\"" + printable(planned.webhook.identity.alias) + "\"" : describe(planned.webhook);
  return std::string(1, sign) + " " + padded(std::string(action), 10) + padded(type, 16) + name +
         (note.empty() ? "" : "  " + note);
}

std::string id_note(const PlannedWebhook& planned) {
  return planned.existing && planned.existing->id ? "id " + std::to_string(*planned.existing->id)
                                                  : std::string();
}

void add_warnings(Page& page, const PlannedWebhook& planned) {
  for (const auto& warning : planned.warnings) page.line(Tone::changed, "    warning: " + warning);
}

void add_url(Page& page, const PlannedWebhook& planned, const ReportStyle& style) {
  const auto url = shown_url(planned, style.show_secrets);
  if (!url.empty()) page.line(Tone::dim, "    " + printable_excerpt(url, longest_value));
}

/// Known since an earlier run, and still so.
void add_altered(Page& page, const PlannedWebhook& planned, const ReportStyle& style) {
  page.line(Tone::changed, headline('!', "unchanged", planned, id_note(planned)));
  page.line(Tone::changed, "    warning: the server has altered it (- sent, + stored)");
  for (const auto& difference : planned_changes(planned)) add_difference(page, difference, planned, style);
}

void add_planned(Page& page, const PlannedWebhook& planned, const ReportStyle& style) {
  switch (planned.action) {
    case Action::create:
      page.line(Tone::good, headline('+', "create", planned, ""));
      add_url(page, planned, style);
      break;
    case Action::update:
    case Action::conflict:
      page.line(Tone::changed, headline(planned.action == Action::update ? '~' : '!', name_of(planned.action),
                                        planned, id_note(planned)));
      for (const auto& difference : planned_changes(planned))
        add_difference(page, difference, planned, style);
      break;
    case Action::unchanged:
      if (planned.altered) return add_altered(page, planned, style);
      if (!style.list_unchanged) return;
      page.line(Tone::dim, headline('=', "unchanged", planned, id_note(planned)));
      break;
    case Action::invalid:
      page.line(Tone::bad, headline('x', "invalid", planned, planned.webhook.defect));
      break;
    case Action::remove:
      page.line(Tone::bad, headline('-', "delete", planned, id_note(planned)));
      add_url(page, planned, style);
      break;
  }
  add_warnings(page, planned);
}

std::string conflict_note(ConflictPolicy policy, std::size_t conflicts) {
  if (conflicts == 0) return {};
  return policy == ConflictPolicy::fail ? " (--on-conflict fail)" : " (--on-conflict skip)";
}

/// Behind a headline of what was done: differences that the server made, the reason of a failure.
void add_done(Page& page, const PlannedWebhook& planned, const WebhookOutcome& outcome,
              const ReportStyle& style) {
  using State = WebhookOutcome::State;
  if (outcome.state == State::failed || outcome.state == State::invalid) {
    const bool removal = planned.action == Action::remove;
    page.line(Tone::bad, headline('x', name_of(outcome.state), planned, removal ? id_note(planned) : ""));
    page.line(Tone::bad, (removal ? "    not deleted: " : "    ") + outcome.error);
  }
  if (outcome.stored_differently.empty()) return;
  page.line(Tone::changed, headline('!', name_of(outcome.state), planned,
                                    "id " + std::to_string(outcome.destination_id.value_or(0))));
  page.line(Tone::changed, outcome.altered
                               ? "    warning: it arrived, but the server has altered it (- sent, + stored)"
                               : "    note: it arrived, and the server has added to it (- sent, + stored)");
  for (const auto& difference : outcome.stored_differently) add_difference(page, difference, planned, style);
}

std::string done_line(const Outcome& outcome) {
  using State = WebhookOutcome::State;
  const auto number = [&](State state) { return std::to_string(outcome.count(state)); };
  return (outcome.interrupted ? "Interrupted: " : "Done: ") + number(State::created) + " created, " +
         number(State::updated) + " updated, " +
         (outcome.count(State::deleted) > 0 ? number(State::deleted) + " deleted, " : "") +
         number(State::unchanged) + " unchanged, " + number(State::conflict) + " in conflict, " +
         number(State::invalid) + " invalid, " + number(State::failed) + " failed" +
         (outcome.altered() > 0 ? ", " + std::to_string(outcome.altered()) + " altered by the server." : ".");
}

std::size_t not_deleted(const Plan& plan, const Outcome& outcome) {
  std::size_t out = 0;
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i)
    if (plan.webhooks[i].action == Action::remove &&
        outcome.webhooks[i].state == WebhookOutcome::State::failed)
      ++out;
  return out;
}

void add_what_to_do(Page& page, const Plan& plan, const Outcome& outcome, const std::string& destination) {
  using State = WebhookOutcome::State;
  const auto left = not_deleted(plan, outcome);
  const auto missing = outcome.count(State::failed) - left;
  const bool others_are_there = outcome.count(State::invalid) + outcome.count(State::conflict) == 0;
  if (!outcome.settled)
    page.line(Tone::bad, "It could not be established what arrived in " + printable(destination) + ".");
  if (left > 0)
    page.line(Tone::bad, count_of(left, "webhook") + " that " + (left == 1 ? "was" : "were") +
                             " to be deleted " + (left == 1 ? "is" : "are") + " not (marked failed above).");
  if (missing > 0) {
    page.line(Tone::bad, count_of(missing, "webhook") + " of the plan " + (missing == 1 ? "is" : "are") +
                             " not" + (outcome.settled ? "" : " known to be") +
                             " there (marked failed above)" + (others_are_there ? "; all others are." : "."));
  }
  if (missing + left > 0)
    page.line(Tone::plain, std::string(outcome.interrupted ? "R" : "Once that is mended, r") +
                               "un the same command again: it does only what is left to do.");
  for (const auto& surprise : outcome.surprises) page.line(Tone::bad, "Not as planned: " + surprise);
  if (outcome.count(State::conflict) > 0)
    page.line(Tone::changed,
              "Conflicts were left as they were; --on-conflict says what else may become of them.");
}

/// Told anew every night they would only hide what is new, but they are there.
std::size_t unchanged_with_warnings(const Plan& plan) {
  return static_cast<std::size_t>(std::count_if(
      plan.webhooks.begin(), plan.webhooks.end(),
      [](const auto& planned) { return planned.action == Action::unchanged && !planned.warnings.empty(); }));
}

void add_rewritten(Page& page, const Plan& plan) {
  if (const auto rewritten = count_rewrites(plan.webhooks); rewritten.hosts > 0)
    page.line(Tone::plain, describe(rewritten) + ".");
}

}  // namespace

std::string describe(const RouteEnd& end) {
  std::string facts;
  const auto add = [&](const std::string& fact) { facts += (facts.empty() ? "" : ", ") + fact; };
  if (!end.region.empty()) add("region " + printable(end.region));
  constexpr std::string_view usual = "https://";
  if (!end.url.empty())
    add(printable(end.url.starts_with(usual) ? end.url.substr(usual.size()) : end.url));
  if (!end.company.empty())
    add("company " + printable(end.company));
  else if (!end.url.empty())
    add("company not known: it shows no webhooks");
  return printable(end.name) + (facts.empty() ? "" : " (" + facts + ")");
}

std::vector<std::string> describe(const Route& route) {
  std::vector<std::string> out = {"from " + describe(route.source_account),
                                  "to   " + describe(route.destination_account)};
  out.insert(out.end(), route.shaped_by.begin(), route.shaped_by.end());
  return out;
}

std::string render_plan(const Plan& plan, const Route& route, ConflictPolicy policy,
                        const ReportStyle& style) {
  Page page(style.color);
  const auto deletions = plan.count(Action::remove);
  page.line(Tone::plain, printable(route.source) + " -> " + printable(route.destination) + ": " +
                             count_of(plan.webhooks.size() - deletions, "webhook"));
  for (const auto& line : describe(route)) page.line(Tone::dim, "  " + line);
  page.blank();
  for (const auto& planned : plan.webhooks) add_planned(page, planned, style);
  const auto number = [&](Action action) { return std::to_string(plan.count(action)); };
  const auto conflicts = plan.count(Action::conflict);
  if (plan.count(Action::unchanged) < plan.webhooks.size() || style.list_unchanged) page.blank();
  page.line(Tone::plain, "Plan: " + number(Action::create) + " to create, " + number(Action::update) +
                             " to update, " + (deletions > 0 ? number(Action::remove) + " to delete, " : "") +
                             number(Action::unchanged) + " unchanged, " + number(Action::conflict) +
                             " in conflict, " + number(Action::invalid) + " invalid; " +
                             std::to_string(plan.extra.size()) + " extra.");
  if (const auto altered = plan.altered(); altered > 0)
    page.line(Tone::changed,
              "Altered by the server, as an earlier run has found: " + std::to_string(altered) + ".");
  add_rewritten(page, plan);
  if (conflicts > 0)
    page.line(Tone::changed,
              "In conflict: same alias and type, other content" + conflict_note(policy, conflicts) + ".");
  const auto hidden = style.list_unchanged ? 0 : unchanged_with_warnings(plan);
  if (hidden > 0)
    page.line(Tone::changed,
              "Warnings on unchanged webhooks: " + std::to_string(hidden) + " (-v tells them).");
  if (!plan.writes()) page.line(Tone::plain, "Nothing to write.");
  return std::move(page).str();
}

std::string render_outcome(const Plan& plan, const Outcome& outcome, const std::string& destination,
                           const std::string& ledger, const ReportStyle& style) {
  Page page(style.color);
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i)
    add_done(page, plan.webhooks[i], outcome.webhooks[i], style);
  page.line(Tone::plain, done_line(outcome));
  add_rewritten(page, plan);
  add_what_to_do(page, plan, outcome, destination);
  if (!ledger.empty())
    page.line(Tone::dim,
              "Ledger: " + printable(ledger) + (plan.writes() ? " (hookferry undo takes the run back)" : ""));
  return std::move(page).str();
}

}  // namespace hookferry
