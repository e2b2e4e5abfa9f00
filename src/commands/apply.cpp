#include <algorithm>
#include <ctime>
#include <filesystem>
#include <set>

#include <boost/json/value.hpp>
#include <boost/json/value_from.hpp>

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

/// Those of the destination that the filters speak of; --id does by the source's namesakes.
std::vector<webhook::Webhook> concerned(const cli::Options& options, const Transfer& transfer,
                                        const std::vector<webhook::Webhook>& present) {
  std::set<webhook::Identity> named;
  for (const auto& webhook : transfer.selected) named.insert(webhook.identity);
  std::vector<webhook::Webhook> out;
  std::copy_if(present.begin(), present.end(), std::back_inserter(out), [&](const webhook::Webhook& webhook) {
    return options.ids.empty() ? selected_by_name(options, webhook) : named.contains(webhook.identity);
  });
  return out;
}

std::string time_text(std::int64_t ms) {
  return utc_text(static_cast<std::time_t>(ms / 1000), "%Y-%m-%d %H:%M UTC");
}

std::string overlay_digest_of(const Context& context, const Secret& key) {
  return context.overlay.empty() ? std::string() : transform::overlay_digest(context.overlay, key.reveal());
}

std::optional<Secret> unlocked(const plan::ApprovedPlan& plan, const std::string& lock,
                               const OpenAccount* account) {
  if (account == nullptr) return std::nullopt;
  return unwrapped(lock, account->key.reveal(), plan.salt);
}

std::vector<ledger::LedgerRun> runs_of_that_plan(const std::vector<ledger::LedgerRun>& runs,
                                                 const std::string& digest) {
  std::vector<ledger::LedgerRun> out;
  for (const auto& run : runs) {
    if (run.header.plan == digest)
      out.push_back(run);
    else
      out.clear();  // what came after it counts as somebody's change
  }
  return out;
}

/// Another account under the same name, or at another place.
void compare_ends(std::vector<std::string>& lines, const ledger::Account& then, const ledger::Account& now,
                  const std::string& side) {
  const auto &before = then.identity.company, &after = now.identity.company;
  const bool another = !before.empty() && !after.empty() && before != after;
  if (then.url != now.url || another) lines.push_back("the " + side + " is another account than it was");
}

void require_not_applied(const plan::ApprovedPlan& approved, const std::vector<ledger::LedgerRun>& own,
                         const delivery::Run& run) {
  auto began = run.began_plan(approved.plan);
  const bool undone = std::ranges::any_of(own, &ledger::LedgerRun::is_undo);
  const bool complete = std::ranges::any_of(own, &ledger::LedgerRun::complete);
  // The state may be lost, or that of another folder.
  if (undone || complete) began = own.back().began;
  // What did not come to its end is finished, if no other run came between.
  if (!began || (!own.empty() && !undone && !complete)) return;
  throw Failure(Cause::stale_plan,
                std::string("this plan was ") + (undone ? "undone" : "applied") + " on " + time_text(*began) +
                    ", and a plan is applied once; nothing was changed",
                Remedy::plan_anew);
}

/// Unseals a plan that was read, by the key of its source or destination, before either is connected to, and
/// returns the plan's key. Failure(incomplete) where the plan was made with neither, Failure(bad_data) where
/// the file was edited since: nothing that it names may be read or sent then.
Secret unseal(plan::ApprovedPlan& plan, const Transfer& transfer, const std::string& origin) {
  auto key = unlocked(plan, plan.destination_lock, &transfer.destination);
  // Only their keys distinguish two accounts without webhooks.
  if (!key && plan.destination.identity.company.empty())
    throw Failure(Cause::incomplete,
                  "the destination of " + origin +
                      " had no webhooks when the plan was made, and this is not " +
                      "the key that it was read with: it may be another account; nothing was changed",
                  "use the destination's key that the plan was made with, or make it anew with the key that "
                  "is to write: hookferry diff --out");
  if (!key) key = unlocked(plan, plan.source_lock, transfer.source.opened.get());
  if (!key)
    throw Failure(Cause::incomplete,
                  origin + " was made with other keys: the destination is another account than it was, or " +
                      "has another key" +
                      (transfer.source.opened ? ", and so has the source" : std::string()) +
                      "; the approved plan cannot be read with these keys; nothing was changed",
                  "use the key of the source or of the destination that the plan was made with, or make it "
                  "anew with hookferry diff --out");
  if (!plan::unseal(plan, key->reveal()))
    throw Failure(Cause::bad_data,
                  origin + " is not as diff --out wrote it: it was edited; nothing was changed",
                  Remedy::plan_anew);
  return *key;
}

void require_recent(const Context& context, const plan::ApprovedPlan& plan, const std::string& origin) {
  // Clocks of two machines differ a little.
  constexpr std::chrono::minutes tolerance(5);
  const auto age = std::chrono::milliseconds(now_ms() - plan.made_at);
  const auto made = origin + " was made on " + time_text(plan.made_at);
  if (age < -tolerance)
    throw Failure(Cause::stale_plan, made + ", which is in the future; nothing was changed",
                  "set the clock of this machine, or of the one that made the plan");
  if (age > context.options.max_plan_age)
    throw Failure(Cause::stale_plan, made + ", longer ago than --max-plan-age allows; nothing was changed",
                  Remedy::plan_anew);
}

/// Failure(stale_plan) where the plan was applied before, or where it is not the approved one to the digest;
/// what has changed is named then. Runs of that very plan do not count, so that it can be finished.
void require_approved(const Context& context, const Transfer& transfer, const plan::ApprovedPlan& approved,
                      const Secret& key, const delivery::Run& run) {
  const auto own = runs_of_that_plan(run.last_runs(), approved.plan);
  require_not_applied(approved, own, run);
  const auto before = plan::before_those_runs(own, run.present());
  const auto planned = plan_transfer(context, transfer, before, run.known());
  const auto route = transfer.route();
  std::vector<std::string> lines;
  compare_ends(lines, approved.source, route.source, "source");
  compare_ends(lines, approved.destination, route.destination, "destination");
  const auto compare = [&](const auto& then, const auto& now, std::string_view side) {
    for (auto& line : plan::changes_since(then, plan::items_of(now, key.reveal()), side))
      lines.push_back(std::move(line));
  };
  compare(approved.source_webhooks, transfer.selected, "source");
  compare(approved.destination_webhooks, concerned(context.options, transfer, before), "destination");
  if (approved.overlay != overlay_digest_of(context, key))
    lines.push_back("what the overlay sets has changed");
  const bool same = plan::plan_digest(planned, approved, key.reveal()) == approved.plan &&
                    plan::actions_of(planned) == approved.actions;
  if (lines.empty() && same) return;
  if (lines.empty())
    lines.push_back(
        "both accounts are as they were, but the rules are not: the region table, the order of a file, a "
        "private key of the configuration, what is known here of earlier runs, or this hookferry's version");
  for (const auto& line : lines) context.tell_all("! " + line);
  context.set_known({{"drift", boost::json::value_from(lines)}});
  throw Failure(Cause::stale_plan,
                "this is not the plan that was approved (" + plural(lines.size(), "change") +
                    " since: " + lines.front() + (lines.size() > 1 ? ", ..." : "") + "); nothing was changed",
                "look at the plan as it is now: hookferry diff --out");
}

}  // namespace

std::string approved_plan_text(const Context& context, const Transfer& transfer,
                               const std::vector<webhook::Webhook>& present) {
  auto bytes = random_bytes(wrapped_key_length);
  const Secret key(bytes);
  wipe(bytes);
  const auto route = transfer.route();
  plan::ApprovedPlan out;
  out.made_at = now_ms();
  out.number = random_digits(8);
  out.command = context.options.mirror ? "mirror" : "migrate";
  out.salt = random_digits(16);
  out.source = route.source;
  if (transfer.source.opened) out.source_lock = wrapped(key, transfer.source.opened->key.reveal(), out.salt);
  out.destination = route.destination;
  out.destination_lock = wrapped(key, transfer.destination.key.reveal(), out.salt);
  for (const auto& setting : context.settings)  // the command says the mode
    if (setting.option->shapes_plan() && setting.option->part != cli::PlanPart::mode)
      out.options.emplace_back(setting.option->name, setting.value);
  out.overlay = overlay_digest_of(context, key);
  out.source_webhooks = plan::items_of(transfer.selected, key.reveal());
  out.destination_webhooks = plan::items_of(concerned(context.options, transfer, present), key.reveal());
  out.actions = plan::actions_of(*transfer.plan);
  out.extra = static_cast<std::int64_t>(transfer.plan->extra.size());
  out.plan = plan::plan_digest(*transfer.plan, out, key.reveal());
  return plan::write_approved_plan(out, key.reveal());
}

Exit run_show(Context& context) {
  const auto& path = context.arguments[0];
  const auto plan = plan::read_approved_plan(read_file(path, "the plan", plan_limit), path);
  const auto made_at = utc_text(static_cast<std::time_t>(plan.made_at / 1000));
  boost::json::object summary;
  for (const auto* action : {"create", "update", "unchanged", "conflict", "invalid", "delete"})
    summary[action] = std::ranges::count(plan.actions, action, &plan::ApprovedPlan::PlannedAction::action);
  summary["extra"] = plan.extra;
  const bool is_json = context.wants_json();
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
    context.overlay = read_overlays(context);
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
