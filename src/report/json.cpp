#include <boost/json/value_from.hpp>

#include "core/text.hpp"
#include "json/build.hpp"
#include "report/report.hpp"

namespace hookferry::report {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value_from;
using json::or_null;

template <class Values, class ToJson>
array list(const Values& values, ToJson to_json) {
  array out;
  for (const auto& value : values) out.push_back(to_json(value));
  return out;
}

object account_json(const ledger::Account& account) {
  const auto& company = account.identity.company;
  const bool known = !company.empty() && json::Document::try_parse(company);
  return {{"name", or_null(account.name)},
          {"region", or_null(account.region)},
          {"url", or_null(account.url)},
          {"company_id", json::raw_json(known ? company : "null")}};
}

object change_json(const webhook::Difference& difference) {
  object out{{"path", difference.path},
             {"old", json::raw_json(difference.before.value_or("null"))},
             {"new", json::raw_json(difference.after.value_or("null"))}};
  if (const auto note = note_of(difference); !note.empty()) out["note"] = note;
  return out;
}

object webhook_json(const ReportWebhook& webhook) {
  object out{{"alias", webhook.alias},
             {"type", or_null(webhook.type)},
             {"action", webhook.action},
             {"source_id", or_null(webhook.source_id)},
             {"destination_id", or_null(webhook.destination_id)},
             {"changes", list(webhook.changes, change_json)},
             {"warnings", value_from(webhook.warnings)}};
  if (!webhook.error.empty()) out["error"] = webhook.error;
  const auto& [source, destination] = webhook.last_changes;
  if (source) out["source_updated_at"] = utc_text(*source / 1000);
  if (destination) out["destination_updated_at"] = utc_text(*destination / 1000);
  return out;
}

/// The webhooks with that action. A `reason` is the name under which each says why; without one, each says
/// which id it had and which it has.
array rows_of(const Report& report, std::string_view action, const char* reason = nullptr) {
  array out;
  for (const auto& webhook : report.webhooks) {
    if (webhook.action != action) continue;
    object row{{"alias", webhook.alias}, {"type", or_null(webhook.type)}};
    if (reason == nullptr) {
      row["old_id"] = or_null(webhook.source_id);
      row["new_id"] = or_null(webhook.destination_id);
    } else {
      row["id"] = or_null(webhook.destination_id ? webhook.destination_id : webhook.source_id);
      row[reason] = webhook.error;
    }
    out.push_back(std::move(row));
  }
  return out;
}

object undo_json(const Report& report) {
  object out{{"accounts", {{"destination", account_json(report.destination)}}}};
  if (report.carried_out) {
    out["deleted"] = report.count("deleted");
    out["restored"] = report.count("restored");
    out["made_again"] = rows_of(report, "made again");
    out["not_as_planned"] = value_from(report.not_as_planned);
  } else {
    out["delete"] = report.count("delete");
    out["restore"] = report.count("restore");
    out["make_again"] = report.count("make again");
  }
  out["already"] = report.count("already");
  out["left"] = rows_of(report, "left", "reason");
  out["failed"] = rows_of(report, "failed", "error");
  if (report.carried_out) out["not_tried"] = report.count("not_tried");
  out["webhooks"] = list(report.webhooks, webhook_json);
  out["ledger"] = or_null(report.ledger);
  return out;
}

}  // namespace

std::string json_output(const boost::json::value& made) { return printable_json(json::pretty(made)) + "\n"; }

std::vector<Cells> cells_of(const boost::json::array& rows, const std::vector<std::string_view>& members) {
  std::vector<Cells> out = {Cells(members.begin(), members.end())};
  for (const auto& row : rows) {
    auto& cells = out.emplace_back();
    for (const auto& member : members) {
      const auto& value = row.as_object().at(member);
      if (value.is_string())
        cells.push_back(printable(value.as_string()));
      else
        cells.push_back(value.is_null() ? "" : json::compact(value));
    }
  }
  return out;
}

object json_of(const Report& report) {
  object summary;
  for (const auto& [action, count] : report.summary)
    if (action != "not_sent") summary[action] = count;
  object out{{"source", report.source.name},
             {"destination", report.destination.name},
             {"accounts",
              {{"source", account_json(report.source)}, {"destination", account_json(report.destination)}}},
             {"summary", std::move(summary)},
             {"rewritten", {{"hosts", report.rewritten.hosts}, {"webhooks", report.rewritten.webhooks}}},
             {"notes", value_from(report.notes)},
             {"webhooks", list(report.webhooks, webhook_json)}};
  if (report.carried_out) {
    out["not_sent"] = report.count("not_sent");
    out["not_as_planned"] = value_from(report.not_as_planned);
    out["ledger"] = or_null(report.ledger);
  }
  return out;
}

std::string render_json(const Report& report) { return json_output(json_of(report)); }

std::string render_undo_json(const std::vector<Report>& reports) {
  if (reports.size() == 1) return json_output(undo_json(reports.front()));
  return json_output(list(reports, undo_json));
}

}  // namespace hookferry::report
