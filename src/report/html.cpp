#include <map>
#include <string_view>

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
  array summary, webhooks;
  for (const auto& [action, count] : report.summary) summary.push_back(array{action, count});
  for (const auto& webhook : report.webhooks) webhooks.push_back(webhook_data(webhook));
  array filters, options;
  for (const auto& option : report.scope.filters) filters.push_back(value(describe(option)));
  for (const auto& option : report.scope.options) options.push_back(value(describe(option)));
  auto notes = report.notes;
  for (const auto& warning : report.warnings)
    if (!holds(report.notes, warning)) notes.push_back(warning);
  array advice;
  for (const auto& one : what_to_do(report))
    advice.push_back(value{{"text", one.text}, {"isOffer", one.is_offer}});
  return json::compact(
      {{"title", title_of(report)},
       {"sentence", sentence_of(report)},
       {"filters", std::move(filters)},
       {"leftOut", report.scope.left_out},
       {"options", std::move(options)},
       {"undoes", value_from(report.undoes)},
       {"runBy", report.run_by},
       {"commandLine", report.command_line},
       {"carriedOut", report.carried_out},
       {"secretsShown", report.secrets_shown},
       {"madeAt", report.made_at},
       {"madeBy", report.made_by},
       {"source", report.source.name.empty() ? value() : account_data(report.source)},
       {"destination", account_data(report.destination)},
       {"summary", std::move(summary)},
       {"rewritten", report.rewritten.hosts > 0 ? transform::describe(report.rewritten) + "." : ""},
       {"notes", value_from(notes)},
       {"endedBy", report.ended_by ? report.ended_by->message : ""},
       {"notAsPlanned", value_from(report.not_as_planned)},
       {"toDo", std::move(advice)},
       {"webhooks", std::move(webhooks)}});
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

}  // namespace hookferry::report
