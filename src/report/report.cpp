#include "report/report.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "secrets/secrets.hpp"

namespace hookferry::report {

std::size_t count_of(const Summary& summary, std::string_view action) {
  const auto found = std::ranges::find(summary, action, &Summary::value_type::first);
  return found == summary.end() ? 0 : found->second;
}

Summary summary_of(const plan::Plan& plan, const plan::Outcome* outcome) {
  using State = plan::WebhookOutcome::State;
  const auto count = [&](ledger::Action action, State state) {
    return outcome != nullptr ? outcome->count(state) : plan.count(action);
  };
  Summary out = {{"create", count(ledger::Action::create, State::created)},
                 {"update", count(ledger::Action::update, State::updated)},
                 {"unchanged", count(ledger::Action::unchanged, State::unchanged)},
                 {"conflict", count(ledger::Action::conflict, State::conflict)},
                 {"invalid", count(ledger::Action::invalid, State::invalid)},
                 {"extra", plan.extra.size()},
                 {"delete", count(ledger::Action::remove, State::deleted)},
                 {"altered", outcome != nullptr ? outcome->altered() : plan.altered()},
                 {"failed", outcome != nullptr ? outcome->count(State::failed) : 0}};
  if (outcome != nullptr && outcome->count(State::not_sent) > 0)
    out.emplace_back("not_sent", outcome->count(State::not_sent));
  return out;
}

Report begin_report(const plan::Outcome* outcome, const std::string& ledger, bool show_secrets) {
  Report out;
  out.carried_out = outcome != nullptr;
  out.ledger = ledger;
  out.secrets_shown = show_secrets;
  if (outcome == nullptr) return out;
  out.not_as_planned = outcome->findings;
  out.interrupted = outcome->interrupted;
  if (const auto& failure = outcome->ended_by)
    out.ended_by = ErrorText{failure->cause, failure->what(), failure->hint};
  return out;
}

Report outline_of(const plan::Plan& plan, const plan::Outcome* outcome, const Route& route,
                  const std::string& ledger, bool show_secrets) {
  auto out = begin_report(outcome, ledger, show_secrets);
  out.scope = route.scope;
  out.source = route.source;
  out.destination = route.destination;
  out.summary = summary_of(plan, outcome);
  out.rewritten = transform::count_rewrites(plan.webhooks);
  out.notes = plan.notes;
  return out;
}

Report report_of(const plan::Plan& plan, const plan::Outcome* outcome, const Route& route,
                 const std::string& ledger, bool show_secrets) {
  auto out = outline_of(plan, outcome, route, ledger, show_secrets);
  webhook::DifferenceRoom room;
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i) {
    const auto& planned = plan.webhooks[i];
    const auto* one = outcome != nullptr ? &outcome->webhooks[i] : nullptr;
    auto& row = out.webhooks.emplace_back();
    row.alias = shown_alias(planned.webhook.identity, show_secrets);
    row.type = webhook::type_of(planned.webhook);
    row.action = one != nullptr ? plan::name_of(one->state) : ledger::name_of(planned.action);
    if (planned.action == ledger::Action::remove) row.url = shown_url(planned, show_secrets);
    row.source_id = planned.source_id;
    row.source_uuid = planned.source_uuid;
    if (one != nullptr) {
      row.destination_id = one->destination_id;
      row.destination_uuid = one->destination_uuid;
    } else if (planned.existing) {
      row.destination_id = planned.existing->id;
      row.destination_uuid = planned.existing->uuid;
    }
    const bool changed_by_server = one != nullptr && !one->server_changes.empty();
    auto changes = changed_by_server ? one->server_changes : planned_changes(planned);
    room.limit(changes);
    for (const auto& difference : changes) row.changes.push_back(shown(difference, planned, show_secrets));
    if (planned.action == ledger::Action::conflict || planned.action == ledger::Action::update)
      row.last_changes = plan::last_changes_of(planned);
    row.warnings = planned.warnings;
    if (changed_by_server)
      row.warnings.emplace_back(one->altered
                                    ? "it arrived, but the server has altered it (old: sent, new: stored)"
                                    : "it arrived, and the server has added to it (old: sent, new: stored)");
    row.error = one != nullptr ? one->error : planned.webhook.defect;
  }
  return out;
}

std::vector<Advice> what_to_do(const Report& report) {
  std::vector<Advice> out;
  if (report.carried_out && report.count("failed") + report.count("not_sent") > 0)
    out.push_back({report.interrupted
                       ? "To finish, rerun the command; it continues where it stopped."
                       : "After fixing this, rerun the command; it continues where it stopped."});
  if (report.count("conflict") > 0)
    out.push_back({"Conflict = same alias and type but different content; see --on-conflict."});
  if (const auto extra = report.count("extra"); extra > 0)
    out.push_back({fmt::format("Extra = only in the destination: {} left unchanged.",
                               extra == 1 ? "1 webhook is" : fmt::format("{} webhooks are", extra)),
                   true});
  if (report.count("altered") > 0)
    out.push_back({"The server stores some webhooks differently from what was sent: check each of them."});
  if (report.count("invalid") > 0)
    out.push_back({"The API cannot accept invalid webhooks: fix them at the source."});
  if (report.carried_out && !report.ledger.empty() && !report.is_undo)
    out.push_back({"To undo: hookferry undo " + shell_word(report.ledger), true});
  return out;
}

std::string title_of(const Report& report) {
  const auto mode = report.is_undo ? std::string("undo") : report.scope.mode;
  const bool vowel = !mode.empty() && std::string_view("aeiou").find(mode.front()) != std::string_view::npos;
  return (report.carried_out ? "Outcome of a" : "Plan of a") + std::string(vowel ? "n " : " ") + mode +
         (report.interrupted ? " (interrupted)" : "");
}

std::string sentence_of(const Report& report) {
  struct Words {
    std::string_view action, planned, done;
    bool always = false;
  };
  constexpr std::array words = {Words{"create", "to create", "created", true},
                                Words{"update", "to update", "updated", true},
                                Words{"delete", "to delete", "deleted", true},
                                Words{"deleted", "", "deleted", true},
                                Words{"restore", "to restore", "restored", true},
                                Words{"restored", "", "restored", true},
                                Words{"make again", "to recreate", ""},
                                Words{"made again", "", "recreated"},
                                Words{"unchanged", "unchanged", "unchanged"},
                                Words{"conflict", "in conflict", "in conflict"},
                                Words{"invalid", "invalid", "invalid"},
                                Words{"left", "skipped", "skipped"},
                                Words{"already", "already undone", "already undone"},
                                Words{"failed", "failed", "failed"},
                                Words{"not_sent", "", "not sent"},
                                Words{"not_tried", "", "not tried"},
                                Words{"altered", "altered by the server", "altered by the server"},
                                Words{"extra", "only in the destination", "only in the destination"}};
  std::vector<std::string> parts;
  for (const auto& [action, planned, done, always] : words)
    for (const auto& [counted, count] : report.summary)
      if (counted == action && (always || count > 0))
        parts.push_back(fmt::format("{} {}", count, report.carried_out ? done : planned));
  return fmt::format("{}: {}.", report.carried_out ? "Outcome" : "Plan", fmt::join(parts, ", "));
}

std::string describe(const SetOption& option) {
  const bool given = option.from == "command line";
  const auto value = option.value.empty() ? "" : (given ? " " : " = ") + option.value;
  return (given ? "--" : "") + option.name + value + " (" + option.from + ")";
}

std::vector<webhook::Difference> planned_changes(const plan::PlannedWebhook& planned) {
  using ledger::Action;
  const auto unrewritten = planned.provenance.unrewritten.view();
  if (planned.action == Action::create) return webhook::differences(nullptr, planned.webhook, unrewritten);
  if (planned.action == Action::update || planned.action == Action::conflict)
    return webhook::differences(&*planned.existing, planned.webhook, unrewritten);
  return planned.altered ? webhook::differences(&planned.webhook, *planned.existing)
                         : std::vector<webhook::Difference>();
}

webhook::Difference shown(const webhook::Difference& difference, const plan::PlannedWebhook& planned,
                          bool show_secrets) {
  return show_secrets ? difference : webhook::masked(difference, planned.provenance.secrets);
}

std::string shown_alias(const webhook::Identity& identity, bool show_secrets) {
  return show_secrets ? identity.alias : secrets::mask_alias(identity.alias);
}

std::string shown_url(const plan::PlannedWebhook& planned, bool show_secrets) {
  const auto document = json::Document::over(planned.webhook.text.view());
  const auto value = document.root().find("url");
  const auto url = value ? value->string() : std::string();
  if (show_secrets || url.empty()) return url;
  return holds(planned.provenance.secrets.paths, "/url") ? secrets::mask_secret(url)
                                                         : secrets::mask_text(url);
}

namespace {

/// So much of what is equal stays beside what differs.
constexpr std::size_t context = 16;
/// Shorter lines need no marks.
constexpr std::size_t longest_without_marks = 40;

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// `count` characters on from `at`, or the end.
std::size_t forward(std::string_view text, std::size_t at, std::size_t count) {
  for (; count > 0 && at < text.size(); --count)
    for (++at; at < text.size() && continues(text[at]);) ++at;
  return at;
}

std::size_t back(std::string_view text, std::size_t at, std::size_t count) {
  for (; count > 0 && at > 0; --count)
    for (--at; at > 0 && continues(text[at]);) --at;
  return at;
}

/// How many bytes at the end of both are the same, in whole characters.
std::size_t common_suffix(std::string_view one, std::string_view other) {
  const auto differing = std::mismatch(one.rbegin(), one.rend(), other.rbegin(), other.rend()).first;
  auto count = static_cast<std::size_t>(differing - one.rbegin());
  while (count > 0 && continues(one[one.size() - count])) --count;
  return count;
}

/// Of a masked secret, as mask_secret() makes it: stars, and digits that are others in each process.
constexpr std::string_view mask_stars = "***";
constexpr std::size_t mask_digits = 6;

/// Where the digits begin of the mask in whose middle `at` stands; nothing: in none.
std::optional<std::size_t> digits_around(std::string_view text, std::size_t at) {
  for (std::size_t before = 1; before < mask_digits && before + mask_stars.size() <= at; ++before) {
    const auto stars = at - before - mask_stars.size();
    if (text.substr(stars).starts_with(mask_stars)) return at - before;
  }
  return std::nullopt;
}

/// The longest beginning that is no wider.
std::size_t fitting(std::string_view text, std::size_t room) {
  auto end = forward(text, 0, room);
  while (end > 0 && display_width(text.substr(0, end)) > room) end = back(text, end, 1);
  return end;
}

/// From `begin` to `end`, with a sign where something is left out.
std::string window(std::string_view text, std::size_t begin, std::size_t end) {
  return (begin > 0 ? "…" : "") + std::string(text.substr(begin, end - begin)) +
         (end < text.size() ? "…" : "");
}

/// One value, broken into a few lines of at most `room` cells, "…" where even these are too few.
std::vector<std::string> value_lines(std::string_view value, std::size_t room) {
  constexpr std::size_t most = 3;
  std::vector<std::string> out;
  while (out.size() < most && !value.empty()) {
    const bool last = out.size() + 1 == most;
    const auto end = std::max(fitting(value, room), forward(value, 0, 1));
    if (last && end < value.size()) {
      out.push_back(std::string(value.substr(0, fitting(value, room - 1))) + "…");
      break;
    }
    out.emplace_back(value.substr(0, end));
    value.remove_prefix(end);
  }
  if (out.empty()) out.emplace_back();
  return out;
}

}  // namespace

ValueLines value_lines(std::string_view before, std::string_view after, std::size_t room) {
  auto prefix = static_cast<std::size_t>(std::ranges::mismatch(before, after).in1 - before.begin());
  const auto splits_a_character = [&](std::string_view text) {
    return prefix < text.size() && continues(text[prefix]);
  };
  if (splits_a_character(before) || splits_a_character(after)) prefix = back(before, prefix, 1);
  // A mask differs as a whole: which of its digits do is chance.
  prefix =
      std::min(digits_around(before, prefix).value_or(prefix), digits_around(after, prefix).value_or(prefix));
  auto suffix = common_suffix(before.substr(prefix), after.substr(prefix));
  const auto from_behind_a_mask = [equal_behind = suffix](std::string_view text) {
    const auto digits = digits_around(text, text.size() - equal_behind);
    return digits ? text.size() - std::min(text.size(), *digits + mask_digits) : equal_behind;
  };
  suffix = std::min({suffix, from_behind_a_mask(before), from_behind_a_mask(after)});
  const bool fits = display_width(before) <= room && display_width(after) <= room;
  const auto begin = fits ? 0 : back(before, prefix, context);
  const auto end_in = [&](std::string_view text) {
    return fits ? text.size() : forward(text, text.size() - suffix, context);
  };
  const auto shown_before = window(before, begin, end_in(before));
  const auto shown_after = window(after, begin, end_in(after));
  ValueLines out{value_lines(shown_before, room), value_lines(shown_after, room), {}};
  const bool one_line = out.before.size() == 1 && out.after.size() == 1;
  const bool wants_marks =
      std::max(display_width(shown_before), display_width(shown_after)) > longest_without_marks;
  if (!one_line || (fits && !wants_marks) || prefix + suffix == 0) return out;
  const auto lead = display_width(before.substr(begin, prefix - begin)) + (begin > 0 ? 1 : 0);
  const auto part = [&](std::string_view text) {
    return display_width(text.substr(prefix, text.size() - suffix - prefix));
  };
  const auto is_mask = [&](std::string_view text) {
    return prefix > 0 && digits_around(text, prefix + 1) == prefix &&
           text.size() - suffix - prefix == mask_digits;
  };
  if (is_mask(before) && is_mask(after)) {
    out.marks = "(the secret differs)";
    return out;
  }
  out.marks =
      std::string(lead, ' ') + std::string(std::max({part(before), part(after), std::size_t{1}}), '^');
  return out;
}

std::string cut_in_the_middle(std::string_view text, std::size_t room) {
  if (display_width(text) <= room) return std::string(text);
  if (room < 2) return "…";
  const auto behind = (room - 1) / 3;
  const auto head = fitting(text, room - 1 - behind);
  auto tail = back(text, text.size(), behind);
  while (tail < text.size() && display_width(text.substr(tail)) > behind) tail = forward(text, tail, 1);
  return std::string(text.substr(0, head)) + "…" + std::string(text.substr(std::max(tail, head)));
}

}  // namespace hookferry::report
