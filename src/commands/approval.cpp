#include "commands/transfer.hpp"

#include <algorithm>
#include <set>

#include <boost/json/value_from.hpp>

#include "core/text.hpp"

namespace hookferry::commands {
namespace {

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

}  // namespace

plan::ApprovedPlan approved_plan(const Context& context, const Transfer& transfer,
                                 const std::vector<webhook::Webhook>& present, const Secret& key) {
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
  return out;
}

Secret new_plan_key() {
  auto bytes = random_bytes(wrapped_key_length);
  Secret out(bytes);
  wipe(bytes);
  return out;
}

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

}  // namespace hookferry::commands
