#include "cli/approval.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "core/digest.hpp"
#include "core/printable.hpp"

namespace hookferry {
namespace {

/// Keys, places of files, limits of a request and the like are the business of whoever applies it.
constexpr std::array<std::string_view, 14> shaping = {
    "source-region", "dest-region", "rewrite-host", "rewrite-prefix", "no-rewrite", "fresh-uuids",
    "on-conflict",   "only",        "except",       "type",           "id",         "mirror",
    "max-delete",    "overlay"};

std::string new_salt() {
  std::random_device device;
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += std::to_string(device()) + " ";
  return sha256_hex(bytes).substr(0, 32);
}

/// Those of the destination that the filters speak of; --id does by the source's namesakes.
std::vector<Webhook> concerned(const Options& options, const Transfer& transfer,
                               const std::vector<Webhook>& present) {
  std::set<Identity> named;
  for (const auto& webhook : transfer.selected) named.insert(webhook.identity);
  std::vector<Webhook> out;
  std::copy_if(present.begin(), present.end(), std::back_inserter(out), [&](const Webhook& webhook) {
    return options.ids.empty() ? selected_by_name(options, webhook) : named.contains(webhook.identity);
  });
  return out;
}

ApprovedPlan::End end_of(const std::string& name, const OpenAccount* account) {
  if (account == nullptr) return {name, "", "", ""};
  const auto& identity = account->identity;
  return {name, account->place.endpoint.url(), identity.key, identity.company};
}

std::vector<LedgerRun> runs_of_that_plan(const std::vector<LedgerRun>& runs, const std::string& digest) {
  std::vector<LedgerRun> out;
  for (const auto& run : runs) {
    if (run.header.plan == digest)
      out.push_back(run);
    else
      out.clear();  // what came after it counts as somebody's change
  }
  return out;
}

void append(std::vector<std::string>& lines, const std::vector<std::string>& more) {
  lines.insert(lines.end(), more.begin(), more.end());
}

/// Another account under the same name, or at another place.
void compare_ends(std::vector<std::string>& lines, const ApprovedPlan::End& then,
                  const ApprovedPlan::End& now, const std::string& side) {
  const bool another = !then.company.empty() && !now.company.empty() && then.company != now.company;
  if (then.url != now.url || another) lines.push_back("the " + side + " is another account than it was");
}

}  // namespace

bool shapes_the_plan(const Setting& setting) {
  return std::any_of(shaping.begin(), shaping.end(), [&](std::string_view name) { return setting.is(name); });
}

ApprovedPlan approved_plan(const Context& context, const Transfer& transfer, const TransferPlan& planned,
                           const std::vector<Webhook>& present) {
  ApprovedPlan out;
  out.command = context.options.mirror ? "mirror" : "migrate";
  out.source = end_of(transfer.source.name, transfer.source.account.get());
  out.destination = end_of(transfer.destination.place.label, &transfer.destination);
  for (const auto& setting : context.settings)
    if (shapes_the_plan(setting) && !setting.is("mirror"))
      out.options.emplace_back(setting.option->name, setting.value);
  out.overlay = transfer.overlay;
  out.salt = new_salt();
  out.source_webhooks = items_of(transfer.selected, out.salt);
  out.destination_webhooks = items_of(concerned(context.options, transfer, present), out.salt);
  out.plan = plan_digest(planned.plan, out.salt);
  return out;
}

void require_approved(const Context& context, const Transfer& transfer, const ApprovedPlan& approved,
                      const std::vector<Webhook>& present, const KnownOfAccount& known,
                      const std::vector<LedgerRun>& last_runs) {
  const auto before = before_those_runs(runs_of_that_plan(last_runs, approved.plan), present);
  const auto planned = plan_transfer(context, transfer, before, known);
  auto now = approved_plan(context, transfer, planned, before);
  now.salt = approved.salt;
  std::vector<std::string> lines;
  compare_ends(lines, approved.source, now.source, "source");
  compare_ends(lines, approved.destination, now.destination, "destination");
  append(lines, changes_since(approved.source_webhooks, items_of(transfer.selected, now.salt), "source"));
  append(lines,
         changes_since(approved.destination_webhooks,
                       items_of(concerned(context.options, transfer, before), now.salt), "destination"));
  if (approved.overlay != now.overlay)
    lines.push_back("what the overlay sets has changed, or the key of the destination is another");
  const bool same = plan_digest(planned.plan, now.salt) == approved.plan;
  if (lines.empty() && same) return;
  if (lines.empty())
    lines.push_back(
        "both accounts are as they were, but the rules are not: the region table, the order of a file, a "
        "private key of the configuration, what is known here of earlier runs, or this hookferry's version");
  for (const auto& line : lines) context.tell_all("! " + line);
  throw Failure(Cause::incomplete,
                "this is not the plan that was approved (" + std::to_string(lines.size()) +
                    (lines.size() == 1 ? " change" : " changes") + " since: " + lines.front() +
                    (lines.size() > 1 ? ", ..." : "") + "); nothing was changed",
                "look at the plan as it is now: hookferry diff --out");
}

}  // namespace hookferry
