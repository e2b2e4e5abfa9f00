#include <map>
#include <string_view>

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

value text_or_null(const std::optional<std::string>& text) { return text ? value(*text) : value(); }

std::string id_text(const std::optional<std::int64_t>& id) {
  return id ? std::to_string(*id) : std::string();
}

value account_data(const ledger::Account& account) {
  return {{"name", account.name},
          {"region", account.region},
          {"url", account.url},
          {"company", account.identity.company}};
}

/// As the other formats say it.
std::string rewritten_text(const Report& report) {
  return report.rewritten.hosts > 0 ? transform::describe(report.rewritten) + "." : std::string();
}

array change_data(const webhook::Difference& difference) {
  array out{difference.path, text_or_null(difference.before), text_or_null(difference.after)};
  if (!difference.note.empty()) out.push_back(value(difference.note));
  return out;
}

value webhook_data(const ReportWebhook& webhook) {
  array changes;
  for (const auto& difference : webhook.changes) changes.push_back(change_data(difference));
  return {{"alias", webhook.alias},
          {"type", webhook.type},
          {"action", webhook.action},
          {"source", id_text(webhook.source_id)},
          {"destination", id_text(webhook.destination_id)},
          {"changes", std::move(changes)},
          {"warnings", value_from(webhook.warnings)},
          {"error", webhook.error}};
}

std::string data_of(const Report& report) {
  array summary, webhooks;
  for (const auto& [action, count] : report.summary) summary.push_back(array{action, count});
  for (const auto& webhook : report.webhooks) webhooks.push_back(webhook_data(webhook));
  array advice;
  for (const auto& one : what_to_do(report))
    advice.push_back(value{{"text", one.text}, {"isOffer", one.is_offer}});
  return json::compact({{"command", report.command},
                        {"isUndo", report.is_undo},
                        {"carriedOut", report.carried_out},
                        {"interrupted", report.interrupted},
                        {"secretsShown", report.secrets_shown},
                        {"madeAt", report.made_at},
                        {"madeBy", report.made_by},
                        {"source", report.source.name.empty() ? value() : account_data(report.source)},
                        {"destination", account_data(report.destination)},
                        {"summary", std::move(summary)},
                        {"rewritten", rewritten_text(report)},
                        {"notes", value_from(report.notes)},
                        {"endedBy", report.ended_by},
                        {"notAsPlanned", value_from(report.not_as_planned)},
                        {"toDo", std::move(advice)},
                        {"webhooks", std::move(webhooks)}});
}

std::string html_text(const std::string& value) {
  std::string out;
  for (const char c : printable(value)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

/// Looked for in the template alone, never in what was put into it.
std::string filled(std::string_view page, const std::map<std::string_view, std::string>& parts) {
  std::string out;
  while (true) {
    const auto begin = page.find('@');
    out += page.substr(0, begin);
    if (begin == std::string_view::npos) return out;
    const auto end = page.find('@', begin + 1);
    const auto part = parts.find(page.substr(begin + 1, end == std::string_view::npos ? 0 : end - begin - 1));
    if (part == parts.end()) {
      out += '@';
      page.remove_prefix(begin + 1);
    } else {
      out += part->second;
      page.remove_prefix(end + 1);
    }
  }
}

}  // namespace

std::string inert_json(const std::string& json_text) {
  std::string out;
  out.reserve(json_text.size());
  for (const char c : json_text) {
    if (c == '<' || c == '>' || c == '&') {
      out += c == '<' ? "\\u003c" : c == '>' ? "\\u003e" : "\\u0026";
    } else {
      out.push_back(c);
    }
  }
  return printable_json(out);
}

std::string render_html(const Report& report) {
  const std::string style(report_page_css());
  const std::string script(report_page_js());
  const auto ends =
      (report.source.name.empty() ? "" : report.source.name + " \u2192 ") + report.destination.name;
  return filled(report_page_html(),
                {{"POLICY", "default-src 'none'; style-src 'sha256-" + base64(sha256(style)) +
                                "'; script-src 'sha256-" + base64(sha256(script)) +
                                "'; base-uri 'none'; form-action 'none'"},
                 {"TITLE", html_text(report.command + ": " + ends + " - hookferry")},
                 {"STYLE", style},
                 {"DATA", inert_json(data_of(report))},
                 {"SCRIPT", script}});
}

}  // namespace hookferry::report
