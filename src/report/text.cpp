#include <algorithm>
#include <array>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "core/text.hpp"
#include "report/report.hpp"

namespace hookferry::report {
namespace {

enum class Tone { plain, good, changed, bad, dim };

/// Lines for a screen: with colour or without, none wider than it.
class Page {
 public:
  explicit Page(const ReportStyle& given) : style(given) {}

  const ReportStyle& style;
  std::size_t warnings = 0;  ///< listed so far
  webhook::DifferenceRoom room;
  void line(Tone tone, const std::string& text) { text_ += paint(tone, text) + "\n"; }
  /// Broken at spaces; lines after the first begin at `column`.
  void flow(Tone tone, const std::string& text, std::size_t column = 0) {
    const auto indent = text.find_first_not_of(' ');
    add_lines(tone, wrapped(text.substr(indent), std::string(indent, ' '), column, style.width));
  }
  /// The same, but broken only after a comma or a semicolon, so that a count stays beside what it counts.
  void flow_counts(Tone tone, std::string text, std::size_t column) {
    constexpr char kept = '\x01';
    for (std::size_t i = 1; i < text.size(); ++i)
      if (text[i] == ' ' && text[i - 1] != ',' && text[i - 1] != ';') text[i] = kept;
    auto lines = wrapped(text, "", column, style.width);
    std::ranges::replace(lines, kept, ' ');
    add_lines(tone, lines);
  }
  void blank() { text_ += "\n"; }
  std::string str() && { return std::move(text_); }

 private:
  /// `lines`: each with its line end.
  void add_lines(Tone tone, std::string_view lines) {
    for (std::size_t end = 0; (end = lines.find('\n')) != std::string_view::npos;
         lines.remove_prefix(end + 1))
      line(tone, std::string(lines.substr(0, end)));
  }
  std::string paint(Tone tone, const std::string& text) const {
    if (!style.color || tone == Tone::plain) return text;
    constexpr std::array codes = {"", "32", "33", "31", "2"};  // in the order of Tone
    return fmt::format("\x1b[{}m{}\x1b[0m", codes.at(static_cast<std::size_t>(tone)), text);
  }
  std::string text_;
};

/// A plan with more rows than that is not read row by row: of each group only some are listed.
constexpr std::size_t longest_list = 200;
constexpr std::size_t listed_of_long_lists = 20;

void add_difference(Page& page, const webhook::Difference& raw, const plan::PlannedWebhook& planned) {
  if (raw.more > 0) return page.line(Tone::dim, "    … " + note_of(raw));
  const auto difference = shown(raw, planned, page.style.show_secrets);
  const auto note = difference.note.empty() ? std::string() : "  (" + difference.note + ")";
  const auto room = page.style.width - std::min(page.style.width - 20, note.size() + 4);
  page.line(Tone::plain, "    " + cut_in_the_middle(printable(difference.path), room) + note);
  const auto text = [](const std::optional<std::string>& json_text) {
    return json_text ? printable(*json_text) : "(nothing)";
  };
  const std::string margin(8, ' ');
  const auto add = [&](Tone tone, const std::string& sign, const std::vector<std::string>& lines) {
    for (std::size_t i = 0; i < lines.size(); ++i)
      page.line(tone, (i == 0 ? "      " + sign + " " : margin) + lines[i]);
  };
  const auto lines =
      value_lines(text(difference.before), text(difference.after), page.style.width - margin.size());
  add(Tone::bad, "-", lines.before);
  add(Tone::good, "+", lines.after);
  if (!lines.marks.empty()) page.line(Tone::dim, margin + lines.marks);
}

/// Those that only have other hosts come last: they are what was to be expected.
void add_differences(Page& page, const plan::PlannedWebhook& planned) {
  auto changes = planned_changes(planned);
  page.room.limit(changes);
  std::stable_partition(changes.begin(), changes.end(), [](const webhook::Difference& difference) {
    return difference.note != webhook::only_rewritten_hosts_differ;
  });
  for (const auto& difference : changes) add_difference(page, difference, planned);
}

void add_headline(Page& page, Tone tone, char sign, std::string_view action,
                  const plan::PlannedWebhook& planned, const std::string& note) {
  const bool known = planned.webhook.defect.empty();
  const auto type = known ? webhook::type_name(planned.webhook.identity.type) : std::string("-");
  const auto start = fmt::format("{} {:<10}{:<16}", sign, action, type);
  const auto end = note.empty() ? std::string() : "  " + note;
  const auto taken = start.size() + end.size() + 2;
  const auto room = page.style.list_unchanged ? std::string::npos
                                              : page.style.width - std::min(taken, page.style.width - 20);
  const auto alias = printable(shown_alias(planned.webhook.identity, page.style.show_secrets));
  const auto name = known ? "\"" + cut_in_the_middle(alias, room) + "\""
                          : cut_in_the_middle(webhook::describe(planned.webhook), room);
  page.line(tone, start + name + end);
}

std::string id_note(const plan::PlannedWebhook& planned) {
  return planned.existing && planned.existing->id ? "id " + std::to_string(*planned.existing->id)
                                                  : std::string();
}

/// "source changed 2024-05-02, destination changed 2025-01-10"; of an undo, nothing.
std::string last_changes_text(const plan::PlannedWebhook& planned) {
  const auto [source, destination] = plan::last_changes_of(planned);
  const auto day = [](std::string_view side, std::optional<std::int64_t> time) {
    return fmt::format("{} changed {}", side,
                       time ? utc_text(*time / 1000, "%Y-%m-%d") : std::string("at an unknown time"));
  };
  if (!source)
    return planned.action == ledger::Action::conflict && destination ? day("destination", destination)
                                                                     : std::string();
  return day("source", source) + ", " + day("destination", destination);
}

void add_planned(Page& page, const plan::PlannedWebhook& planned) {
  using ledger::Action;
  // In the order of Action.
  constexpr std::array tones = {Tone::good, Tone::changed, Tone::dim, Tone::changed, Tone::bad, Tone::bad};
  constexpr std::string_view signs = "+~=!x-";
  const auto action = planned.action;
  const auto look = static_cast<std::size_t>(planned.altered ? Action::conflict : action);
  add_headline(page, tones.at(look), signs[look], ledger::name_of(action), planned, id_note(planned));
  if (planned.altered) {  // known since an earlier run, and still so
    page.line(Tone::changed, "    warning: the server has altered it (- sent, + stored)");
    return add_differences(page, planned);
  }
  if (action == Action::create || action == Action::remove)
    if (const auto url = shown_url(planned, page.style.show_secrets); !url.empty())
      page.line(Tone::dim, "    " + cut_in_the_middle(printable(url), page.style.width - 4));
  if (action == Action::invalid) page.flow(Tone::bad, "    " + planned.webhook.defect.str(), 4);
  if (action == Action::update || action == Action::conflict) {
    if (const auto changed = last_changes_text(planned); !changed.empty())
      page.flow(Tone::dim, "    " + changed, 4);
    add_differences(page, planned);
  }
  for (const auto& warning : planned.warnings) page.flow(Tone::changed, "    warning: " + warning, 13);
  page.warnings += planned.warnings.size();
}

/// What happens, one kind after the other; within a kind in the order of the plan.
struct Group {
  std::string_view heading;  ///< behind the count
  ledger::Action action;
  bool altered = false;  ///< by the server, as an earlier run found
};
constexpr std::array groups = {Group{"to create", ledger::Action::create},
                               Group{"to update", ledger::Action::update},
                               Group{"in conflict", ledger::Action::conflict},
                               Group{"altered by the server", ledger::Action::unchanged, true},
                               Group{"invalid", ledger::Action::invalid},
                               Group{"to delete", ledger::Action::remove},
                               Group{"unchanged", ledger::Action::unchanged}};

/// Group by group. Says how many of how many rows it lists, where these are not all.
void add_groups(Page& page, const plan::Plan& plan) {
  std::vector<std::vector<const plan::PlannedWebhook*>> rows(groups.size());
  std::size_t all = 0;
  for (const auto& planned : plan.webhooks)
    for (std::size_t i = 0; i < groups.size() - (page.style.list_unchanged ? 0 : 1); ++i) {
      if (groups[i].action != planned.action || groups[i].altered != planned.altered) continue;
      rows[i].push_back(&planned);
      ++all;
    }
  const bool is_long = !page.style.list_unchanged && !page.style.list_all && all > longest_list;
  std::size_t shown = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (rows[i].empty()) continue;
    page.blank();
    page.line(Tone::plain, fmt::format("{} {}:", rows[i].size(), groups[i].heading));
    const auto listed = is_long ? std::min(rows[i].size(), listed_of_long_lists) : rows[i].size();
    for (std::size_t k = 0; k < listed; ++k) add_planned(page, *rows[i][k]);
    shown += listed;
    if (listed < rows[i].size())
      page.line(Tone::dim, fmt::format("  … and {} more", rows[i].size() - listed));
  }
  page.blank();
  if (shown < all)
    page.flow(Tone::changed, fmt::format("Showing {} of {} changes; use -v to list all.", shown, all));
}

using State = plan::WebhookOutcome::State;

/// Webhooks that were not written, for one reason.
struct Refusals {
  std::string action, why;
  std::vector<std::size_t> places = {};  ///< in the plan
};

void add_refusals(Page& page, const Refusals& refusals, const plan::Plan& plan) {
  const auto& first = plan.webhooks[refusals.places.front()];
  if (refusals.places.size() == 1) {
    const bool removal = first.action == ledger::Action::remove;
    add_headline(page, Tone::bad, 'x', refusals.action, first, removal ? id_note(first) : "");
    return page.flow(Tone::bad, "    " + refusals.why, 4);
  }
  page.flow(Tone::bad, fmt::format("x {} {}: {}", refusals.places.size(), refusals.action, refusals.why), 4);
  const bool all = page.style.list_unchanged || page.style.list_all;
  const auto listed = all ? refusals.places.size() : std::min(refusals.places.size(), listed_of_long_lists);
  for (std::size_t i = 0; i < listed; ++i) {
    const auto& planned = plan.webhooks[refusals.places[i]];
    const auto id = planned.action == ledger::Action::remove ? id_note(planned) : std::string();
    add_headline(page, Tone::bad, ' ', "", planned, id);
  }
  if (listed < refusals.places.size())
    page.line(Tone::bad,
              fmt::format("  … and {} more (use -v to list all)", refusals.places.size() - listed));
}

/// What failed, by reason, and what the server has stored otherwise. What was not sent is a count, and is
/// listed only where everything is.
void add_done(Page& page, const plan::Plan& plan, const plan::Outcome& outcome) {
  std::vector<Refusals> refusals;
  std::map<std::pair<std::string, std::string>, std::size_t> places;  ///< of an action and a reason
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i) {
    const auto& one = outcome.webhooks[i];
    const bool unsent = one.state == State::not_sent;
    if (one.state != State::failed && one.state != State::invalid && !(unsent && page.style.list_unchanged))
      continue;
    const bool removal = plan.webhooks[i].action == ledger::Action::remove;
    const std::string action(unsent ? "not sent" : plan::name_of(one.state));
    const auto why = (removal ? "not deleted: " : "") + one.error.str();
    const auto [place, is_new] = places.emplace(std::pair(action, why), refusals.size());
    if (is_new) refusals.push_back({action, why});
    refusals[place->second].places.push_back(i);
  }
  std::size_t listed = 0;
  for (const auto& group : refusals)
    if (page.style.list_unchanged || page.style.list_all || listed++ < longest_list)
      add_refusals(page, group, plan);
  if (listed > longest_list)
    page.line(Tone::bad, fmt::format("… and {} more reasons (use -v to list all)", listed - longest_list));
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i) {
    const auto& planned = plan.webhooks[i];
    const auto& one = outcome.webhooks[i];
    if (one.server_changes.empty()) continue;
    add_headline(page, Tone::changed, '!', plan::name_of(one.state), planned,
                 "id " + std::to_string(one.destination_id.value_or(0)));
    page.line(Tone::changed, one.altered
                                 ? "    warning: it arrived, but the server has altered it (- sent, + stored)"
                                 : "    note: it arrived, and the server has added to it (- sent, + stored)");
    for (const auto& difference : one.server_changes) add_difference(page, difference, planned);
  }
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

void add_what_is_not_there(Page& page, const plan::Plan& plan, const plan::Outcome& outcome) {
  const auto left = count_where(plan, outcome, State::failed, true);
  const auto missing = count_where(plan, outcome, State::failed, false);
  const auto unsent = count_where(plan, outcome, State::not_sent, false);
  const auto kept = count_where(plan, outcome, State::not_sent, true);
  const auto was = [](std::size_t count) { return count == 1 ? "was" : "were"; };
  const auto is = [](std::size_t count) { return count == 1 ? "is" : "are"; };
  if (left > 0)
    page.flow(Tone::bad, fmt::format("{} that {} to be deleted {} not (marked failed above).",
                                     plural(left, "webhook"), was(left), is(left)));
  const bool others_are_there =
      missing < plan.webhooks.size() &&
      outcome.count(State::invalid) + outcome.count(State::conflict) + unsent + kept == 0;
  if (missing > 0)
    page.flow(Tone::bad,
              fmt::format("{} of the plan {} not{} there (marked failed above){}.",
                          plural(missing, "webhook"), is(missing), outcome.settled ? "" : " known to be",
                          others_are_there ? "; all others are" : ""));
  std::vector<std::string> parts;
  if (unsent > 0) parts.push_back(fmt::format("{} {} not sent", plural(unsent, "webhook"), was(unsent)));
  if (kept > 0) parts.push_back(fmt::format("{} {} not deleted", plural(kept, "webhook"), was(kept)));
  if (parts.empty()) return;
  // All of them have the same reason.
  const auto first = std::ranges::find_if(outcome.webhooks, [](const auto& one) { return !!one.not_tried; });
  const auto why = first == outcome.webhooks.end()                 ? std::string_view()
                   : first->not_tried == plan::NotTried::run_ended ? "the run ended before their turn"
                                                                   : plan::reason_of(*first->not_tried);
  page.flow(Tone::bad, fmt::format("{}: {} (-v lists them).", fmt::join(parts, ", and "), why));
}

void add_what_to_do(Page& page, const plan::Plan& plan, const plan::Outcome& outcome,
                    const std::string& destination) {
  if (!outcome.settled)
    page.flow(Tone::bad, "It could not be established what arrived in " + printable(destination) + ".");
  add_what_is_not_there(page, plan, outcome);
  if (outcome.count(State::failed) + outcome.count(State::not_sent) > 0)
    page.flow(Tone::plain, outcome.interrupted
                               ? "To finish, rerun the command; it continues where it stopped."
                               : "After fixing this, rerun the command; it continues where it stopped.");
  for (const auto& surprise : outcome.findings) page.flow(Tone::bad, "Not as planned: " + surprise, 2);
  if (outcome.count(State::conflict) > 0)
    page.flow(Tone::changed, "Conflicts were not changed; see --on-conflict.");
}

void add_rewritten(Page& page, const plan::Plan& plan) {
  if (const auto rewritten = transform::count_rewrites(plan.webhooks); rewritten.hosts > 0)
    page.line(Tone::plain, transform::describe(rewritten) + ".");
}

/// How many warnings there are, and, by their texts, those of webhooks that are not listed. Warnings on
/// unchanged webhooks come every night and would hide what is new: they are a count of their own.
void add_warning_counts(Page& page, const plan::Plan& plan) {
  std::size_t all = 0, unchanged = 0;
  std::map<std::string, std::size_t> counts;
  for (const auto& planned : plan.webhooks) {
    if (planned.action == ledger::Action::unchanged && !planned.altered && !page.style.list_unchanged) {
      unchanged += planned.warnings.size();
      continue;
    }
    all += planned.warnings.size();
    for (const auto& warning : planned.warnings) ++counts[warning];
  }
  const auto hidden = all - page.warnings;
  if (all > 0)
    page.line(Tone::changed, fmt::format("Warnings: {}{}", all,
                                         hidden > 0 ? fmt::format(" ({} not shown; use -v)", hidden) : ""));
  constexpr std::size_t most_texts = 10;
  if (hidden > 0) {
    std::vector<std::pair<std::string, std::size_t>> by_text(counts.begin(), counts.end());
    std::ranges::stable_sort(by_text, std::greater(), &std::pair<std::string, std::size_t>::second);
    for (std::size_t i = 0; i < std::min(most_texts, by_text.size()); ++i)
      page.flow(Tone::changed, fmt::format("  {} x {}", by_text[i].second, by_text[i].first), 6);
    if (by_text.size() > most_texts)
      page.line(Tone::changed, fmt::format("  … and {} other warnings", by_text.size() - most_texts));
  }
  if (unchanged > 0)
    page.line(Tone::changed, plural(unchanged, "warning") + " on unchanged webhooks (use -v to show).");
}

void add_counts(Page& page, const plan::Plan& plan, const Route& route, plan::ConflictPolicy policy) {
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
  constexpr std::size_t most_hosts = 10;
  const auto& hosts = route.rewritten_hosts;
  for (std::size_t i = 0; i < std::min(most_hosts, hosts.size()); ++i)
    page.line(Tone::dim, cut_in_the_middle("  " + hosts[i], page.style.width));
  if (hosts.size() > most_hosts)
    page.line(Tone::dim, fmt::format("  … and {} more", hosts.size() - most_hosts));
  const auto with_other_hosts = std::ranges::count_if(plan.webhooks, [](const auto& planned) {
    if (planned.action != ledger::Action::update && planned.action != ledger::Action::conflict) return false;
    if (planned.provenance.unrewritten.empty()) return false;
    const auto changes = planned_changes(planned);
    return !changes.empty() && std::ranges::all_of(changes, [](const webhook::Difference& difference) {
      return difference.note == webhook::only_rewritten_hosts_differ;
    });
  });
  if (with_other_hosts > 0)
    page.line(Tone::plain, "In " + plural(static_cast<std::size_t>(with_other_hosts), "webhook") +
                               " only rewritten hosts differ.");
  if (conflicts > 0)
    page.flow(Tone::changed,
              policy == plan::ConflictPolicy::skip
                  ? "Conflict = same alias and type but different content; skipped (--on-conflict update to "
                    "overwrite)."
                  : fmt::format("Conflict = same alias and type but different content; --on-conflict {}.",
                                policy == plan::ConflictPolicy::fail    ? "fail stops the run"
                                : policy == plan::ConflictPolicy::newer ? "newer skips these"
                                                                        : "ask"));
  add_warning_counts(page, plan);
}

}  // namespace

std::string describe(const ledger::Account& account) {
  std::vector<std::string> facts;
  if (!account.region.empty()) facts.push_back("region " + printable(account.region));
  constexpr std::string_view usual = "https://";
  const auto& url = account.url;
  if (!url.empty()) facts.push_back(printable(url.starts_with(usual) ? url.substr(usual.size()) : url));
  if (account.api == "v5")
    facts.emplace_back("API v5");
  else if (!account.identity.company.empty())
    facts.push_back("company " + printable(account.identity.company));
  else if (!url.empty())
    facts.emplace_back("company unknown (account is empty)");
  return printable(account.name) + (facts.empty() ? "" : fmt::format(" ({})", fmt::join(facts, ", ")));
}

std::string shell_word(const std::string& path) {
  const auto plain = [](char c) {
    return is_letter(c) || is_digit(c) || std::string_view("/._-+:@%,").find(c) != std::string_view::npos;
  };
  if (!path.empty() && std::all_of(path.begin(), path.end(), plain)) return path;
  return "'" + printable(path) + "'";
}

std::vector<std::string> describe(const Route& route) {
  std::vector<std::string> out = {"from " + describe(route.source), "  to " + describe(route.destination)};
  out.insert(out.end(), route.scope.notes.begin(), route.scope.notes.end());
  return out;
}

std::string render_plan(const plan::Plan& plan, const Route& route, plan::ConflictPolicy policy,
                        const ReportStyle& style) {
  Page page(style);
  const auto title =
      fmt::format("{} -> {}: {}", printable(route.source.name), printable(route.destination.name),
                  plural(plan.webhooks.size() - plan.count(ledger::Action::remove), "webhook"));
  page.line(Tone::plain, cut_in_the_middle(title, style.width));
  for (const auto& line : describe(route)) page.flow(Tone::dim, "  " + line, 7);
  add_groups(page, plan);
  add_counts(page, plan, route, policy);
  if (!plan.writes()) page.line(Tone::plain, "Nothing to write.");
  return std::move(page).str();
}

std::string render_webhook(const plan::PlannedWebhook& planned, const ReportStyle& style) {
  Page page(style);
  add_planned(page, planned);
  return std::move(page).str();
}

std::string render_outcome(const plan::Plan& plan, const plan::Outcome& outcome,
                           const std::string& destination, const std::string& ledger, const std::string& undo,
                           const ReportStyle& style) {
  Page page(style);
  const bool writes = plan.writes();
  // Why the run did not come to its end stands before all that follows from it.
  if (writes && outcome.ended_by)
    page.flow(Tone::bad, std::string("Stopped: ") + outcome.ended_by->what(), 2);
  if (writes && outcome.count(State::failed) + outcome.count(State::not_sent) > 0 && nothing_written(outcome))
    page.line(Tone::bad, outcome.nothing_was_applied ? "Nothing was written."
                                                     : "Nothing is known to have been written.");
  add_done(page, plan, outcome);
  const auto if_any = [](const char* form, std::size_t count) {
    return count > 0 ? fmt::format(fmt::runtime(form), count) : std::string();
  };
  const bool is_complete = outcome.settled && !outcome.ended_by && outcome.count(State::not_sent) == 0;
  page.flow_counts(
      Tone::plain,
      fmt::format("{}: {} created, {} updated, {}{} unchanged, {} in conflict, {} invalid, {} failed{}{}.",
                  outcome.interrupted ? "Interrupted"
                  : is_complete       ? "Done"
                                      : "Incomplete",
                  outcome.count(State::created), outcome.count(State::updated),
                  if_any("{} deleted, ", outcome.count(State::deleted)), outcome.count(State::unchanged),
                  outcome.count(State::conflict), outcome.count(State::invalid), outcome.count(State::failed),
                  if_any(", {} not sent", outcome.count(State::not_sent)),
                  if_any(", {} altered by the server", outcome.altered())),
      6);
  add_rewritten(page, plan);
  add_what_to_do(page, plan, outcome, destination);
  if (ledger.empty()) return std::move(page).str();
  page.line(Tone::dim, "Ledger: " + printable(ledger));
  if (writes && !nothing_written(outcome)) page.line(Tone::plain, "To undo: " + undo);
  return std::move(page).str();
}

}  // namespace hookferry::report
