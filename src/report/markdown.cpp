#include <algorithm>
#include <array>
#include <vector>

#include "core/text.hpp"
#include "report/report.hpp"

namespace hookferry::report {
namespace {

constexpr std::size_t longest_value = 300;

std::size_t longest_run_of_backticks(std::string_view text) {
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string described(const ledger::Account& account) {
  const auto& company = account.identity.company;
  std::string out = code_span(account.name);
  if (!account.region.empty()) out += ", region " + code_span(account.region);
  if (!account.url.empty()) out += ", " + code_span(account.url);
  if (account.api == "v5") out += ", API v5";
  if (!company.empty()) out += ", company " + code_span(company);
  return out;
}

std::string heading_of(const Report& report) {
  auto out = "## " + title_of(report) + "\n\n" +
             (report.source.name.empty() ? "In " : "From " + described(report.source) + "  \nto ") +
             described(report.destination) + "\n\n**" + sentence_of(report) + "**\n\n";
  const auto add = [&](const std::string& name, const std::vector<SetOption>& options,
                       const std::string& more) {
    if (options.empty()) return;
    out += "- " + name + ": ";
    for (std::size_t i = 0; i < options.size(); ++i)
      out += (i > 0 ? ", " : "") + code_span(describe(options[i]));
    out += more + "\n";
  };
  add("Filters", report.scope.filters,
      "; " + plural(report.scope.left_out, "webhook") + " of the source left out");
  add("Options", report.scope.options, "");
  for (const auto& run : report.undoes) out += "- Undoes: " + code_span(run) + "\n";
  return out + "\n";
}

std::string summary_of(const Report& report) {
  std::string names = "|";
  std::string line = "|";
  std::string counts = "|";
  for (const auto& [action, count] : report.summary) {
    const bool is_of_outcomes = action == "failed" || action == "altered";
    if (is_of_outcomes && !report.carried_out && count == 0) continue;
    names += " " + action + " |";
    line += " ---: |";
    counts += " " + (count > 0 ? "**" + std::to_string(count) + "**" : std::string("0")) + " |";
  }
  return names + "\n" + line + "\n" + counts + "\n\n";
}

std::string change_lines(const webhook::Difference& difference) {
  if (difference.more > 0) return "  … " + note_of(difference) + "\n";
  const auto value = [](const std::optional<std::string>& text) {
    return text ? printable_excerpt(*text, longest_value) : std::string("(nothing)");
  };
  std::string out = "  " + printable_excerpt(difference.path, 120) +
                    (difference.note.empty() ? "" : "  (" + difference.note + ")") + "\n";
  if (difference.before) out += "- " + value(difference.before) + "\n";
  return out + "+ " + value(difference.after) + "\n";
}

std::string webhook_text(const ReportWebhook& webhook) {
  auto out = "- " + code_span(webhook.alias.empty() ? "(no alias)" : webhook.alias) + " (" +
             (webhook.type.empty() ? "unknown type" : code_span(webhook.type)) + ")";
  if (webhook.destination_id) out += ", id " + std::to_string(*webhook.destination_id);
  out += "\n";
  if (!webhook.url.empty()) out += "  - " + code_span(webhook.url) + "\n";
  if (!webhook.error.empty()) out += "  - " + code_span(webhook.error) + "\n";
  for (const auto& warning : webhook.warnings) out += "  - \u26a0\ufe0f " + code_span(warning) + "\n";
  // Fields of a creation are all new and say little; its place in the list is enough.
  const auto differs = [](const webhook::Difference& difference) { return difference.before.has_value(); };
  if (std::ranges::none_of(webhook.changes, differs)) return out;
  std::string changes;
  for (const auto& difference : webhook.changes) changes += change_lines(difference);
  const std::string fence(std::max<std::size_t>(longest_run_of_backticks(changes) + 1, 3), '`');
  return out + "\n" + fence + "diff\n" + changes + fence + "\n\n";
}

/// What you should review comes first.
std::vector<std::string> actions_of(const Report& report) {
  constexpr std::array first = {"failed",  "not_sent", "not_tried", "delete",
                                "deleted", "invalid",  "conflict",  "left"};
  std::vector<std::string> out(first.begin(), first.end());
  for (const auto& webhook : report.webhooks)
    if (webhook.action != "unchanged" && std::find(out.begin(), out.end(), webhook.action) == out.end())
      out.push_back(webhook.action);
  return out;
}

std::string section_of(const Report& report, const std::string& action, std::size_t room) {
  std::string rows;
  std::size_t count = 0;
  std::size_t listed = 0;
  for (const auto& webhook : report.webhooks) {
    if (webhook.action != action) continue;
    ++count;
    const auto row = webhook_text(webhook);
    if (listed + 1 < count || rows.size() + row.size() > room) continue;
    rows += row;
    ++listed;
  }
  if (count == 0) return {};
  if (listed < count) rows += "- and " + std::to_string(count - listed) + " more, not shown here\n";
  const bool folded = count > 10;
  return (folded ? "<details><summary>" + action + ": " + std::to_string(count) + "</summary>\n\n"
                 : "### " + action + ": " + std::to_string(count) + "\n\n") +
         rows + (folded ? "\n</details>\n" : "") + "\n";
}

}  // namespace

std::string code_span(std::string_view text) {
  const auto safe = printable(text);
  const std::string fence(longest_run_of_backticks(safe) + 1, '`');
  const bool touches = safe.empty() || safe.front() == '`' || safe.back() == '`' || safe.front() == ' ';
  return touches ? fence + " " + safe + " " + fence : fence + safe + fence;
}

std::string render_markdown(const Report& report) {
  auto out = heading_of(report) + summary_of(report);
  if (report.rewritten.hosts > 0) out += transform::describe(report.rewritten) + ".\n\n";
  if (report.ended_by) out += "Stopped early: " + code_span(report.ended_by->message) + "\n\n";
  for (const auto& surprise : report.not_as_planned) out += "- Not as planned: " + code_span(surprise) + "\n";
  for (const auto* lines : {&report.notes, &report.warnings})
    for (const auto& line : *lines)
      if (lines == &report.notes || !holds(report.notes, line))
        out += "- \u26a0\ufe0f " + code_span(line) + "\n";
  if (!report.not_as_planned.empty() || !report.notes.empty() || !report.warnings.empty()) out += "\n";
  for (const auto& action : actions_of(report))
    out += section_of(report, action, markdown_limit - std::min(markdown_limit, out.size()));
  for (const auto& advice : what_to_do(report)) out += "- " + code_span(advice.text) + "\n";
  if (!report.made_by.empty()) out += "\n" + report.made_by + ", " + report.made_at;
  if (!report.run_by.empty()) out += ", " + code_span(report.run_by) + ": " + code_span(report.command_line);
  if (!report.made_by.empty()) out += "\n";
  return out;
}

}  // namespace hookferry::report
