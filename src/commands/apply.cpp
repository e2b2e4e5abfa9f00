#include "cli/help.hpp"
#include "commands/approval.hpp"
#include "commands/commands.hpp"
#include "commands/source.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace hookferry::commands {
namespace {

constexpr ReadLimit plan_limit{std::size_t{256} << 20, Cause::bad_data};

/// What shapes the plan comes from its file, everything else from here. An overlay may be named anew, where
/// it lies elsewhere now: what it sets is to be the same.
void take_options(Context& context, const plan::ApprovedPlan& plan, const std::string& origin) {
  const bool overlay_is_named = context.given.contains("overlay");
  cli::Settings shaping, other;
  for (const auto& [name, value] : plan.options) {
    const auto* option = cli::find_option(name);
    if (option == nullptr)
      throw Failure(Cause::bad_data, origin + " was made with an option that this hookferry does not know",
                    "use the hookferry that wrote it");
    if (name != "overlay" || !overlay_is_named)
      shaping.push_back({option, value, origin + ": " + name, Cause::bad_data});
  }
  for (const auto& setting : context.settings)
    if (!shapes_the_plan(setting) || setting.is("overlay")) other.push_back(setting);
  context.settings = cli::replaced(other, shaping);
  context.options = cli::options_of(plan.command, context.settings);
}

void take_overlays(Context& context) {
  if (!context.given.contains("overlay"))
    context.overlay =
        read_overlays(context.options.overlays, [&](const std::string& text) { context.warn(text); });
}

bool is_named(const Context& context, const std::string& name) {
  return context.config.accounts.contains(name) || context.regions.find(name) != nullptr;
}

/// A key goes only where its owner means it to go: to a section or region, to what an option names, or to an
/// address of which the file proves that this key was used there. An address that only a file names gets
/// none.
void require_meant(const Context& context, const OpenAccount& account, const plan::ApprovedPlan::End& then,
                   const std::string& said, const std::string& option) {
  if (!said.empty() || is_named(context, then.name) || account.identity.key == then.account) return;
  throw Failure(Cause::usage,
                "the plan names the address " + printable(then.name) +
                    ", and this key is not known to belong there; it was not sent",
                "name the account with --" + option + ", or use the key that the plan was made with");
}

Transfer open_approved(Context& context, const plan::ApprovedPlan& plan) {
  const auto& options = context.options;
  const auto name = [](const std::string& said, const std::string& then) {
    return said.empty() ? then : said;
  };
  auto out = open_transfer(context, name(options.source, plan.source.name),
                           name(options.dest, plan.destination.name));
  require_meant(context, out.destination, plan.destination, options.dest, "dest");
  if (out.source.account) require_meant(context, *out.source.account, plan.source, options.source, "source");
  return out;
}

/// The plan and whether it is the approved one, and nothing else.
Exit look(Context& context, Transfer& transfer, const plan::ApprovedPlan& plan, const Secret& key) {
  return preview(context, transfer, [&](const TransferPlan&, const std::vector<webhook::Webhook>& present) {
    const auto& identity = transfer.destination.identity;
    require_approved(context, transfer, plan, key, present, delivery::known_of_account(identity, present),
                     delivery::last_runs_of_account(identity));
  });
}

}  // namespace

Exit run_apply(Context& context) {
  const auto& path = context.arguments[0];
  const auto plan = plan::read_approved_plan(read_file(path, "the plan", plan_limit), path);
  take_options(context, plan, printable(path));
  auto transfer = open_approved(context, plan);
  const auto key = key_of_plan(plan, transfer, printable(path));
  take_overlays(context);
  read_source(context, transfer);
  if (context.options.dry_run) return look(context, transfer, plan, key);
  transfer.approved = plan.plan;
  return deliver(context, transfer, [&](const TransferPlan&, const delivery::Run& run) {
    require_approved(context, transfer, plan, key, run.present(), run.known(), run.last_runs());
  });
}

}  // namespace hookferry::commands
