// A report as a page: HTML and Markdown.
#include <algorithm>
#include <array>
#include <map>

#include <boost/algorithm/string/replace.hpp>
#include <boost/json/value_from.hpp>

#include "core/crypto.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "report/report.hpp"

namespace hookferry::report {

// Made from src/report/assets/ at build time.
std::string_view report_page_html();
std::string_view report_page_css();
std::string_view report_page_js();

namespace {

using boost::json::array;
using boost::json::value;
using boost::json::value_from;

std::string id_text(const std::optional<std::int64_t>& id) {
  return id ? std::to_string(*id) : std::string();
}

value account_data(const ledger::Account& account) {
  return {{"name", account.name},
          {"region", account.region},
          {"url", account.url},
          {"company", account.identity.company}};
}

value webhook_data(const ReportWebhook& webhook) {
  array changes;
  for (const auto& one : webhook.changes) {
    array change{one.path, value_from(one.before), value_from(one.after)};
    if (const auto note = note_of(one); !note.empty()) change.push_back(value(note));
    changes.push_back(std::move(change));
  }
  return {{"alias", webhook.alias},
          {"type", webhook.type},
          {"action", webhook.action},
          {"source", id_text(webhook.source_id)},
          {"destination", id_text(webhook.destination_id)},
          {"url", webhook.url},
          {"changes", std::move(changes)},
          {"warnings", value_from(webhook.warnings)},
          {"error", webhook.error}};
}

std::string data_of(const Report& report) {
  const auto said = [](const SetOption& option) { return value(describe(option)); };
  const auto counted = [](const auto& count) { return array{count.first, count.second}; };
  const auto advised = [](const Advice& one) { return value{{"text", one.text}, {"isOffer", one.is_offer}}; };
  auto notes = report.notes;
  for (const auto& warning : report.warnings)
    if (!holds(report.notes, warning)) notes.push_back(warning);
  return json::compact(
      {{"title", title_of(report)},
       {"sentence", sentence_of(report)},
       {"filters", array_of(report.scope.filters, said)},
       {"leftOut", report.scope.left_out},
       {"options", array_of(report.scope.options, said)},
       {"undoes", value_from(report.undoes)},
       {"runBy", report.run_by},
       {"commandLine", report.command_line},
       {"carriedOut", report.carried_out},
       {"secretsShown", report.secrets_shown},
       {"madeAt", report.made_at},
       {"madeBy", report.made_by},
       {"source", report.source.name.empty() ? value() : account_data(report.source)},
       {"destination", account_data(report.destination)},
       {"summary", array_of(report.summary, counted)},
       {"rewritten", report.rewritten.hosts > 0 ? transform::describe(report.rewritten) + "." : ""},
       {"notes", value_from(notes)},
       {"endedBy", report.ended_by ? report.ended_by->message : ""},
       {"notAsPlanned", value_from(report.not_as_planned)},
       {"toDo", array_of(what_to_do(report), advised)},
       {"webhooks", array_of(report.webhooks, webhook_data)}});
}

std::string html_text(const std::string& value) {
  auto out = printable(value);
  for (const auto& [sign, escaped] :
       {std::pair{"&", "&amp;"}, std::pair{"<", "&lt;"}, std::pair{">", "&gt;"}, std::pair{"\"", "&quot;"}})
    boost::replace_all(out, sign, escaped);
  return out;
}

/// Markers are looked for in the template alone, never in what takes their place.
std::string filled(std::string_view page, const std::map<std::string_view, std::string>& parts) {
  std::string out;
  for (bool is_marker = false; !page.empty(); is_marker = !is_marker) {
    const auto text = next_part(page, "@");
    out += is_marker ? std::string_view(parts.at(text)) : text;
  }
  return out;
}

/// JSON that can stand in a script element: no character that ends it or begins a tag.
std::string inert_json(std::string json_text) {
  for (const auto& [sign, escaped] :
       {std::pair{"<", "\\u003c"}, std::pair{">", "\\u003e"}, std::pair{"&", "\\u0026"}})
    boost::replace_all(json_text, sign, escaped);
  return printable_json(json_text);
}

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

std::string render_html(const Report& report) {
  const std::string style(report_page_css());
  const std::string script(report_page_js());
  const auto ends =
      (report.source.name.empty() ? "" : report.source.name + " \u2192 ") + report.destination.name;
  return filled(report_page_html(),
                {{"POLICY", "default-src 'none'; style-src 'sha256-" + base64(sha256(style)) +
                                "'; script-src 'sha256-" + base64(sha256(script)) +
                                "'; base-uri 'none'; form-action 'none'"},
                 {"TITLE", html_text(title_of(report) + ": " + ends + " - hookferry")},
                 {"STYLE", style},
                 {"DATA", inert_json(data_of(report))},
                 {"SCRIPT", script}});
}

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
  return out + "\n" + report.made_by + ", " + report.made_at + ", " + code_span(report.run_by) + ": " +
         code_span(report.command_line) + "\n";
}

}  // namespace hookferry::report
