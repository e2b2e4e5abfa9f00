// Plans, outcomes and results for programs: JSON and metrics.
#include <fmt/format.h>
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

object account_json(const ledger::Account& account) {
  const auto& company = account.identity.company;
  const bool known = !company.empty() && json::Document::try_parse(company);
  return {{"name", or_null(account.name)},
          {"region", or_null(account.region)},
          {"url", or_null(account.url)},
          {"api", or_null(account.api)},
          {"company", json::raw_json(known ? company : "null")}};
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
             {"changes", array_of(webhook.changes, change_json)},
             {"warnings", value_from(webhook.warnings)}};
  if (!webhook.source_uuid.empty()) out["source_uuid"] = webhook.source_uuid;
  if (!webhook.destination_uuid.empty()) out["destination_uuid"] = webhook.destination_uuid;
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

object error_json(const ErrorText& error) {
  return {{"exit", static_cast<int>(error.exit)}, {"message", error.message}, {"hint", or_null(error.hint)}};
}

object document_of(const Report& report) {
  const auto* planned = report.ended_by ? "error" : "plan";
  object out{{"kind", report.carried_out ? "outcome" : planned}};
  if (report.ended_by) out["error"] = error_json(*report.ended_by);
  for (const auto& [name, value] : json_of(report.scope)) out[name] = value;
  out["warnings"] = value_from(report.warnings);
  return out;
}

object undo_json(const Report& report) {
  auto out = document_of(report);
  out["accounts"] = {{"destination", account_json(report.destination)}};
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
  out["webhooks"] = array_of(report.webhooks, webhook_json);
  out["ledger"] = or_null(report.ledger);
  return out;
}

/// What stands in quotes behind the name of a label.
std::string label_value(const std::string& text) {
  std::string out;
  for (const char c : printable(text))
    out += c == '\\' || c == '"' ? std::string("\\") + c : std::string(1, c);
  return out;
}

/// {pair="a",action="create"}, as far as there are such labels.
std::string labels_of(const PairResult& result, std::string_view action = {}) {
  std::vector<std::string> labels;
  if (!result.name.empty()) labels.push_back("pair=\"" + label_value(result.name) + "\"");
  if (!action.empty()) labels.push_back(fmt::format("action=\"{}\"", action));
  return labels.empty() ? std::string() : fmt::format("{{{}}}", fmt::join(labels, ","));
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

object json_of(const Scope& scope) {
  object options;
  array filters;
  for (const auto& [name, value, from] : scope.filters)
    filters.push_back({{"option", name}, {"value", value}, {"from", from}});
  for (const auto& [name, text, from] : scope.options) {
    const auto value = text.empty() ? boost::json::value(true) : boost::json::value(text);
    if (auto* before = options.if_contains(name); before == nullptr) {
      options[name] = {{"value", value}, {"from", from}};
    } else {  // it was given several times
      auto& values = before->as_object()["value"];
      if (!values.is_array()) values = array({values});
      values.as_array().push_back(value);
    }
  }
  object out{{"command", scope.command}};
  if (!scope.mode.empty()) out["mode"] = scope.mode;
  out["filters"] = std::move(filters);
  out["left_out"] = scope.left_out;
  out["options"] = std::move(options);
  return out;
}

object error_document(const ErrorText& error, const object& known) {
  const auto* kind = known.if_contains("kind");
  const bool is_outcome = kind != nullptr && *kind == "outcome";
  object out{{"kind", is_outcome ? "outcome" : "error"}, {"error", error_json(error)}};
  for (const auto& [name, value] : known)
    if (!out.contains(name)) out[name] = value;
  return out;
}

object json_summary_of(const Report& report) {
  object summary;
  for (const auto& [action, count] : report.summary)
    if (action != "not_sent") summary[action] = count;
  auto out = document_of(report);
  out["source"] = report.source.name;
  out["destination"] = report.destination.name;
  out["accounts"] = {{"source", account_json(report.source)},
                     {"destination", account_json(report.destination)}};
  out["summary"] = std::move(summary);
  out["rewritten"] = {{"hosts", report.rewritten.hosts}, {"webhooks", report.rewritten.webhooks}};
  out["notes"] = value_from(report.notes);
  if (report.delete_limit) out["delete_limit"] = *report.delete_limit;
  return out;
}

object json_of(const Report& report) {
  auto out = json_summary_of(report);
  out["webhooks"] = array_of(report.webhooks, webhook_json);
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
  return json_output(array_of(reports, undo_json));
}

std::string render_metrics(const std::vector<PairResult>& results, std::int64_t now) {
  std::string out;
  const auto add = [&](std::string_view name, std::string_view help, const auto& samples_of) {
    std::string samples;
    for (const auto& result : results)
      samples_of(result, [&](const std::string& labels, const auto& value) {
        samples += fmt::format("hookferry_{}{} {}\n", name, labels, value);
      });
    if (!samples.empty())
      out += fmt::format("# HELP hookferry_{0} {1}\n# TYPE hookferry_{0} gauge\n{2}", name, help, samples);
  };
  add("last_run_timestamp_seconds", "When the last run ended, in seconds since 1970.",
      [&](const PairResult& result, const auto& sample) { sample(labels_of(result), now); });
  add("run_duration_seconds", "How long the last run took.",
      [](const PairResult& result, const auto& sample) {
        sample(labels_of(result), std::chrono::duration<double>(result.duration).count());
      });
  add("run_exit_code", "The exit code of the last run.", [](const PairResult& result, const auto& sample) {
    sample(labels_of(result), static_cast<int>(result.exit));
  });
  add("webhooks", "Webhooks of the last run by action: of a plan what would be done, else what was done.",
      [](const PairResult& result, const auto& sample) {
        for (const auto& [action, count] : result.summary.value_or(Summary()))
          sample(labels_of(result, action), count);
      });
  add("drift_webhooks", "Creations, updates, deletions and conflicts that the last run planned.",
      [](const PairResult& result, const auto& sample) {
        if (result.drift) sample(labels_of(result), *result.drift);
      });
  return out;
}

}  // namespace hookferry::report
