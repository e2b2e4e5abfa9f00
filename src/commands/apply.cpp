#include <algorithm>
#include <ctime>
#include <filesystem>

#include <boost/json/value.hpp>

#include "commands/transfer.hpp"
#include "core/files.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::commands {
namespace {

namespace fs = std::filesystem;
constexpr ReadLimit plan_limit{std::size_t{256} << 20, Cause::bad_data};

/// What shapes the plan comes from its file, everything else from whoever applies it: a file that sets
/// anything else was not written by `diff --out`, whatever its seal. An overlay may be named anew, where it
/// lies elsewhere now: what it sets is to be the same.
void take_options(Context& context, const plan::ApprovedPlan& plan, const std::string& origin) {
  cli::Settings of_file;
  for (const auto& [name, value] : plan.options) {
    const auto* option = cli::find_option(name);
    if (option == nullptr)
      throw Failure(Cause::bad_data, origin + " was made with an option that this hookferry does not know",
                    "use the hookferry that wrote it");
    if (!option->shapes_plan())
      throw Failure(Cause::bad_data,
                    origin + " sets --" + name + ", which shapes no plan; nothing was changed",
                    Remedy::plan_anew);
    of_file.push_back({option, value, origin + ": " + name, Cause::bad_data});
  }
  context.settings = cli::replaced(of_file, context.settings);
  context.options = cli::options_of(plan.command, context.settings);
}

/// Who has one of the plan's keys may have named a pipe, which would hold the run for ever.
void require_no_pipe(const fs::path& path, const std::string& origin) {
  std::error_code ignored;
  if (path == "-" || !fs::exists(path, ignored) || fs::is_regular_file(path, ignored)) return;
  throw Failure(
      Cause::bad_data,
      origin + " names " + printable(path.string()) + ", which is not a regular file; nothing was changed",
      Remedy::plan_anew);
}

/// A key goes only where its owner means it to go: to a section or region, to what the command line names, or
/// to an address of which the file proves that this key was used there.
void require_meant(const Context& context, const OpenAccount& account, const ledger::Account& then,
                   const std::string& option) {
  const bool key_fits =
      account.account.identity.key == then.identity.key && accounts::may_be_named_by_a_file(account.endpoint);
  if (context.is_given(option) || is_named(context, then.name) || key_fits) return;
  throw Failure(Cause::usage,
                "the plan names the address " + printable(then.name) +
                    ", and this key is not known to belong there; it was not sent",
                "name the account with --" + option + ", or use the key that the plan was made with");
}

Transfer open_approved(Context& context, const plan::ApprovedPlan& plan) {
  auto& options = context.options;
  // The plan was made from contents in the form of these APIs.
  options.source_api = accounts::api_of_record(plan.source.url);
  options.dest_api = accounts::api_of_record(plan.destination.url);
  const auto name = [](const std::string& said, const std::string& then) {
    return said.empty() ? then : said;
  };
  auto out = open_transfer(context, name(options.source, plan.source.name),
                           name(options.dest, plan.destination.name));
  require_meant(context, out.destination, plan.destination, "dest");
  if (out.source.opened) require_meant(context, *out.source.opened, plan.source, "source");
  return out;
}

}  // namespace

Exit run_show(Context& context) {
  const auto& path = context.arguments[0];
  const auto plan = plan::read_approved_plan(read_file(path, "the plan", plan_limit), path);
  const auto made_at = utc_text(static_cast<std::time_t>(plan.made_at / 1000));
  boost::json::object summary;
  for (const auto* action : {"create", "update", "unchanged", "conflict", "invalid", "delete"})
    summary[action] = std::ranges::count(plan.actions, action, &plan::ApprovedPlan::PlannedAction::action);
  summary["extra"] = plan.extra;
  const bool is_json = context.options.format == cli::Format::json;
  boost::json::array rows;
  for (const auto& action : plan.actions)
    if (is_json || action.action != "unchanged" || context.options.verbosity > 0)
      rows.push_back({{"action", action.action},
                      {"type", webhook::type_name(action.identity.type)},
                      {"alias", secrets::mask_alias(action.identity.alias)},
                      {"source_id", json::or_null(action.source_id)},
                      {"destination_id", json::or_null(action.destination_id)}});
  if (is_json) {
    const auto account_json = [](const ledger::Account& account) -> boost::json::object {
      return {{"name", account.name},
              {"url", json::or_null(account.url)},
              {"company", json::or_null(account.identity.company)}};
    };
    context.put(report::json_output(
        {{"kind", "plan_file"},
         {"mode", plan.command},
         {"made_at", made_at},
         {"made_by", plan.made_by},
         {"number", plan.number},
         {"accounts",
          {{"source", account_json(plan.source)}, {"destination", account_json(plan.destination)}}},
         {"summary", std::move(summary)},
         {"webhooks", std::move(rows)}}));
    return Exit::done;
  }
  std::string out = "Plan of a " + printable(plan.command) + ", made at " + made_at + " by hookferry " +
                    printable(plan.made_by) + "\n";
  for (const auto& line : report::describe(report::Route{plan.source, plan.destination}))
    out += "  " + line + "\n";
  std::string counts;
  for (const auto& [action, count] : summary)
    if (count.as_int64() > 0)
      counts += (counts.empty() ? "" : ", ") + std::to_string(count.as_int64()) + " " + std::string(action);
  auto cells = report::cells_of(rows, {"action", "type", "alias", "source_id", "destination_id"});
  for (auto& row : cells) std::ranges::replace(row, std::string(), "-");
  cells[0] = {"ACTION", "TYPE", "ALIAS", "SOURCE ID", "DESTINATION ID"};
  if (cells.size() > 1) out += "\n" + in_fitting_columns(std::move(cells), cli::page_width()) + "\n";
  context.put(out + "Plan: " + (counts.empty() ? "no webhooks" : counts) +
              ".\nTo apply it: hookferry apply " + printable(path) + "\n");
  return Exit::done;
}

Exit run_apply(Context& context) {
  const auto& path = context.arguments[0];
  const auto origin = printable(path);
  auto plan = plan::read_approved_plan(read_file(path, "the plan", plan_limit), path);
  auto transfer = open_approved(context, plan);
  const auto key = unseal(plan, transfer, origin);
  take_options(context, plan, origin);
  require_recent(context, plan, origin);
  find_regions(context, transfer.source, transfer.destination);
  if (!transfer.source.opened && !context.is_given("source")) require_no_pipe(plan.source.name, origin);
  if (!context.is_given("overlay")) {
    for (const auto& overlay : context.options.overlays) require_no_pipe(overlay, origin);
    context.overlay =
        read_overlays(context.options.overlays, [&](const std::string& text) { context.warn(text); });
  }
  transfer.approved = plan.plan;
  for (std::size_t i = 0; context.options.on_conflict == plan::ConflictPolicy::ask && i < plan.actions.size();
       ++i)
    transfer.decisions[i] = plan.actions[i].action == "update"   ? plan::ConflictPolicy::update
                            : plan.actions[i].action == "create" ? plan::ConflictPolicy::duplicate
                                                                 : plan::ConflictPolicy::skip;
  const auto approved = [&](const delivery::Run& run) {
    require_approved(context, transfer, plan, key, run);
  };
  return run_transfer(context, transfer, {.execute = !context.options.dry_run, .require_approved = approved});
}

}  // namespace hookferry::commands
