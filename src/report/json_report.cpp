#include "report/json_report.hpp"

#include "core/printable.hpp"
#include "json/text.hpp"
#include "report/changes.hpp"

namespace hookferry {
namespace {

std::string number_or_null(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : "null";
}

std::string text_or_null(const std::string& text) { return text.empty() ? "null" : json::encode(text); }

template <class Values, class ToJson>
std::string list(const Values& values, ToJson to_json) {
  std::string out = "[";
  for (const auto& value : values) out += (out.size() > 1 ? "," : "") + to_json(value);
  return out + "]";
}

std::string texts(const std::vector<std::string>& values) {
  return list(values, [](const std::string& text) { return json::encode(text); });
}

std::string end_json(const RouteEnd& end) {
  const bool company = !end.company.empty() && json::Document::try_parse(end.company);
  return "{\"name\":" + text_or_null(end.name) + ",\"region\":" + text_or_null(end.region) +
         ",\"url\":" + text_or_null(end.url) + ",\"company_id\":" + (company ? end.company : "null") + "}";
}

std::string change_json(const Difference& difference) {
  return "{\"path\":" + json::encode(difference.path) + ",\"old\":" + difference.before.value_or("null") +
         ",\"new\":" + difference.after.value_or("null") +
         (difference.note.empty() ? "" : ",\"note\":" + json::encode(difference.note)) + "}";
}

std::string webhook_json(const ReportWebhook& webhook) {
  std::string out =
      "{\"alias\":" + json::encode(webhook.alias) + ",\"type\":" + text_or_null(webhook.type) +
      ",\"action\":" + json::encode(webhook.action) + ",\"source_id\":" + number_or_null(webhook.source_id) +
      ",\"destination_id\":" + number_or_null(webhook.destination_id) +
      ",\"changes\":" + list(webhook.changes, change_json) + ",\"warnings\":" + texts(webhook.warnings);
  if (!webhook.error.empty()) out += ",\"error\":" + json::encode(webhook.error);
  return out + "}";
}

std::string summary_json(const Report& report) {
  std::string out = "{";
  for (const auto& [action, count] : report.summary)
    if (action != "not_sent")
      out += (out.size() > 1 ? "," : "") + json::encode(action) + ":" + std::to_string(count);
  return out + "}";
}

/// Laid out, safe for a terminal.
std::string finished(const std::string& text) {
  const auto document = json::Document::parse(text);
  return printable_json(json::pretty(document.root())) + "\n";
}

std::string undo_row(const ReportWebhook& webhook, const char* reason) {
  return "{\"alias\":" + json::encode(webhook.alias) + ",\"type\":" + text_or_null(webhook.type) +
         ",\"id\":" + number_or_null(webhook.destination_id ? webhook.destination_id : webhook.source_id) +
         ",\"" + reason + "\":" + json::encode(webhook.error) + "}";
}

std::string rows_with(const Report& report, std::string_view action, const char* reason) {
  std::string out = "[";
  for (const auto& webhook : report.webhooks)
    if (webhook.action == action) out += (out.size() > 1 ? "," : "") + undo_row(webhook, reason);
  return out + "]";
}

std::string rewritten_json(const RewriteCount& count) {
  return "{\"hosts\":" + std::to_string(count.hosts) + ",\"webhooks\":" + std::to_string(count.webhooks) +
         "}";
}

std::string made_again_json(const Report& report) {
  std::string out = "[";
  for (const auto& webhook : report.webhooks)
    if (webhook.action == "made again")
      out += (out.size() > 1 ? "," : "") + ("{\"alias\":" + json::encode(webhook.alias)) +
             ",\"type\":" + text_or_null(webhook.type) + ",\"old_id\":" + number_or_null(webhook.source_id) +
             ",\"new_id\":" + number_or_null(webhook.destination_id) + "}";
  return out + "]";
}

std::string undo_json(const Report& report) {
  const auto count = [&](std::string_view action) { return std::to_string(report.count(action)); };
  const auto counts = report.carried_out
                          ? "\"deleted\":" + count("deleted") + ",\"restored\":" + count("restored") +
                                ",\"made_again\":" + made_again_json(report) +
                                ",\"not_as_planned\":" + texts(report.not_as_planned)
                          : "\"delete\":" + count("delete") + ",\"restore\":" + count("restore") +
                                ",\"make_again\":" + count("make again");
  return "{\"accounts\":{\"destination\":" + end_json(report.destination) + "}," + counts +
         ",\"already\":" + count("already") + ",\"left\":" + rows_with(report, "left", "reason") +
         ",\"failed\":" + rows_with(report, "failed", "error") +
         (report.carried_out ? ",\"not_tried\":" + count("not_tried") : "") +
         ",\"webhooks\":" + list(report.webhooks, webhook_json) +
         ",\"ledger\":" + text_or_null(report.ledger) + "}";
}

}  // namespace

std::string render_json(const Report& report) {
  std::string out =
      "{\"source\":" + json::encode(report.source.name) +
      ",\"destination\":" + json::encode(report.destination.name) +
      ",\"accounts\":{\"source\":" + end_json(report.source) +
      ",\"destination\":" + end_json(report.destination) + "},\"summary\":" + summary_json(report) +
      ",\"rewritten\":" + rewritten_json(report.rewritten) + ",\"notes\":" + texts(report.notes) +
      ",\"webhooks\":" + list(report.webhooks, webhook_json);
  if (report.carried_out)
    out += ",\"not_sent\":" + std::to_string(report.count("not_sent")) +
           ",\"not_as_planned\":" + texts(report.not_as_planned) +
           ",\"ledger\":" + text_or_null(report.ledger);
  return finished(out + "}");
}

std::string render_undo_json(const std::vector<Report>& reports) {
  return finished(reports.size() == 1 ? undo_json(reports.front()) : list(reports, undo_json));
}

}  // namespace hookferry
