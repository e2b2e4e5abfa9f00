#include "report/html_report.hpp"

#include <map>
#include <string_view>

#include "core/digest.hpp"
#include "core/printable.hpp"
#include "json/text.hpp"

namespace hookferry {

// Made from src/report/assets/ at build time.
std::string_view report_page_html();
std::string_view report_page_css();
std::string_view report_page_js();

namespace {

std::string text(const std::string& value) { return json::encode(value); }

std::string text_or_null(const std::optional<std::string>& value) {
  return value ? json::encode(*value) : "null";
}

std::string id_text(const std::optional<std::int64_t>& id) {
  return id ? "\"" + std::to_string(*id) + "\"" : "\"\"";
}

template <class Values, class ToJson>
std::string list(const Values& values, ToJson to_json) {
  std::string out = "[";
  for (const auto& value : values) out += (out.size() > 1 ? "," : "") + to_json(value);
  return out + "]";
}

std::string end_data(const RouteEnd& end) {
  return "{\"name\":" + text(end.name) + ",\"region\":" + text(end.region) + ",\"url\":" + text(end.url) +
         ",\"company\":" + text(end.company) + "}";
}

/// As the other formats say it.
std::string rewritten_text(const Report& report) {
  return report.rewritten.hosts > 0 ? describe(report.rewritten) + "." : std::string();
}

std::string webhook_data(const ReportWebhook& webhook) {
  const auto change = [](const Difference& difference) {
    return "[" + text(difference.path) + "," + text_or_null(difference.before) + "," +
           text_or_null(difference.after) + (difference.note.empty() ? "" : "," + text(difference.note)) +
           "]";
  };
  return "{\"alias\":" + text(webhook.alias) + ",\"type\":" + text(webhook.type) +
         ",\"action\":" + text(webhook.action) + ",\"source\":" + id_text(webhook.source_id) +
         ",\"destination\":" + id_text(webhook.destination_id) +
         ",\"changes\":" + list(webhook.changes, change) + ",\"warnings\":" + list(webhook.warnings, text) +
         ",\"error\":" + text(webhook.error) + "}";
}

std::string data_of(const Report& report) {
  const auto truth = [](bool value) { return value ? "true" : "false"; };
  const auto count = [](const auto& entry) {
    return "[" + text(entry.first) + "," + std::to_string(entry.second) + "]";
  };
  return "{\"command\":" + text(report.command) + ",\"carriedOut\":" + truth(report.carried_out) +
         ",\"interrupted\":" + truth(report.interrupted) +
         ",\"secretsShown\":" + truth(report.secrets_shown) + ",\"madeAt\":" + text(report.made_at) +
         ",\"madeBy\":" + text(report.made_by) +
         ",\"source\":" + (report.source.name.empty() ? "null" : end_data(report.source)) +
         ",\"destination\":" + end_data(report.destination) + ",\"summary\":" + list(report.summary, count) +
         ",\"rewritten\":" + text(rewritten_text(report)) + ",\"notes\":" + list(report.notes, text) +
         ",\"endedBy\":" + text(report.ended_by) + ",\"notAsPlanned\":" + list(report.not_as_planned, text) +
         ",\"toDo\":" + list(what_to_do(report), text) +
         ",\"webhooks\":" + list(report.webhooks, webhook_data) + "}";
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
  return filled(
      report_page_html(),
      {{"POLICY", "default-src 'none'; style-src 'sha256-" + sha256_base64(style) + "'; script-src 'sha256-" +
                      sha256_base64(script) + "'; base-uri 'none'; form-action 'none'"},
       {"TITLE", html_text(report.command + ": " + ends + " - hookferry")},
       {"STYLE", style},
       {"DATA", inert_json(data_of(report))},
       {"SCRIPT", script}});
}

}  // namespace hookferry
