#include "plan/approved_plan.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <boost/json/value_from.hpp>

#include "core/bulk.hpp"
#include "core/crypto.hpp"
#include "core/text.hpp"
#include "json/reader.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::plan {
namespace {

using Item = ApprovedPlan::Item;
using boost::json::array;
using boost::json::object;
constexpr std::int64_t plan_version = 3;
constexpr std::string_view options_purpose = "options";

/// `what` keeps digests of one kind from standing for those of another.
std::string keyed(std::string_view key, std::string_view what, std::string_view text) {
  return hmac_sha256_hex(key, std::string(what) + "\n" + std::string(text));
}

object account_json(const ledger::Account& account, const std::string& lock) {
  return {{"name", account.name},
          {"url", account.url},
          {"account", account.identity.key},
          {"company", account.identity.company},
          {"lock", lock}};
}

array items_json(const std::vector<Item>& items) {
  array out;
  for (const auto& item : items)
    out.push_back({{"id", json::or_null(item.id)},
                   {"alias", item.identity.alias},
                   {"type", item.identity.type},
                   {"digest", item.digest}});
  return out;
}

/// Another tool may change the layout and the order of members, but not what they say.
std::string checksum_of(const json::Value& root) {
  std::map<std::string, std::string> members;
  for (const auto& [key, value] : root.members())
    if (key.string() != "checksum" && key.string() != "seal")
      members[key.string()] += json::compact(value) + "\n";
  std::string text;
  for (const auto& [name, value] : members) text += name + "\n" + value;
  return sha256_hex(text);
}

ledger::Account read_account(const json::Reader& account, std::string& lock) {
  lock = account.at("lock").text();
  return {account.at("name").text(),
          account.at("url").text(),
          "",
          {"", account.at("account").text(), account.at("company").text()}};
}

std::vector<Item> read_items(const json::Reader& items) {
  std::vector<Item> out;
  for (const auto& item : items.elements())
    out.push_back({item.optional_integer("id"),
                   {item.at("alias").text(), item.at("type").integer()},
                   item.at("digest").text()});
  return out;
}

/// By what two versions of an item belong together.
std::string key_of(const Item& item) {
  return item.id ? std::to_string(*item.id) : std::to_string(item.identity.type) + " " + item.identity.alias;
}

/// Removes from both lists the items with a counterpart of the same key in the other. `on_pair` gets both.
template <class KeyOf, class OnPair>
void remove_pairs(std::vector<Item>& then, std::vector<Item>& now, KeyOf key, OnPair on_pair) {
  MultiIndex<std::string, std::hash<std::string>> by_key(
      now, [&](const Item& item) { return std::optional(key(item)); });
  std::vector<bool> is_paired(now.size());
  std::erase_if(then, [&](const Item& item) {
    const auto i = by_key.take(key(item), [](std::size_t) { return true; });
    if (!i) return false;
    is_paired[*i] = true;
    on_pair(item, now[*i]);
    return true;
  });
  std::size_t i = 0;
  std::erase_if(now, [&](const Item&) { return is_paired[i++]; });
}

/// Two runs have to agree on it, so it cannot be a mask of this process.
webhook::Identity readable(webhook::Identity identity) {
  identity.alias = secrets::mask_alias(identity.alias, [](std::string_view) { return "***"; });
  return identity;
}

array actions_json(const std::vector<ApprovedPlan::PlannedAction>& actions) {
  array out;
  for (const auto& action : actions)
    out.push_back({{"action", action.action},
                   {"alias", action.identity.alias},
                   {"type", action.identity.type},
                   {"source_id", json::or_null(action.source_id)},
                   {"destination_id", json::or_null(action.destination_id)}});
  return out;
}

std::vector<ApprovedPlan::PlannedAction> read_actions(const json::Reader& actions) {
  std::vector<ApprovedPlan::PlannedAction> out;
  for (const auto& action : actions.elements())
    out.push_back({action.at("action").text(),
                   {action.at("alias").text(), action.at("type").integer()},
                   action.optional_integer("source_id"),
                   action.optional_integer("destination_id")});
  return out;
}

}  // namespace

std::vector<Item> items_of(const std::vector<webhook::Webhook>& webhooks, std::string_view key) {
  std::vector<Item> out;
  for (const auto& webhook : webhooks) {
    out.push_back({webhook.id, readable(webhook.identity), keyed(key, "webhook", webhook::content(webhook))});
  }
  return out;
}

std::vector<ApprovedPlan::PlannedAction> actions_of(const Plan& plan) {
  std::vector<ApprovedPlan::PlannedAction> out;
  for (const auto& planned : plan.webhooks)
    out.push_back({std::string(ledger::name_of(planned.action)), readable(planned.webhook.identity),
                   planned.source_id, planned.existing ? planned.existing->id : std::nullopt});
  return out;
}

std::string actions_text(const Plan& plan, bool only_writes) {
  std::string out;
  for (const auto& planned : plan.webhooks) {
    if (only_writes && planned.action == ledger::Action::unchanged) continue;
    out += ledger::name_of(planned.action);
    if (!only_writes) out += planned.source_id ? " " + std::to_string(*planned.source_id) : " -";
    out += " " + webhook::content_digest(planned.webhook);
    if (planned.existing)
      out += " " + std::to_string(planned.existing->id.value_or(0)) + " " +
             webhook::content_digest(*planned.existing);
    out += "\n";
  }
  return out;
}

std::string plan_digest(const Plan& plan, const ApprovedPlan& approved, std::string_view key) {
  const auto stamp = approved.number + " " + std::to_string(approved.made_at) + "\n";
  return keyed(key, "plan", stamp + actions_text(plan, false));
}

std::string write_approved_plan(const ApprovedPlan& plan, std::string_view key) {
  object out{
      {"hookferry_plan", plan_version},
      {"made_by", program_version},
      {"made_at", plan.made_at},
      {"number", plan.number},
      {"command", plan.command},
      {"source", account_json(plan.source, plan.source_lock)},
      {"destination", account_json(plan.destination, plan.destination_lock)},
      {"options", encrypted(json::compact(boost::json::value_from(plan.options)), key, options_purpose)},
      {"overlay", plan.overlay},
      {"salt", plan.salt},
      {"source_webhooks", items_json(plan.source_webhooks)},
      {"destination_webhooks", items_json(plan.destination_webhooks)},
      {"actions", actions_json(plan.actions)},
      {"extra", plan.extra},
      {"plan", plan.plan}};
  const auto unsealed = json::Document::parse(json::compact(out));
  const auto checksum = checksum_of(unsealed.root());
  out["checksum"] = checksum;
  out["seal"] = keyed(key, "seal", checksum);
  return json::pretty(out) + "\n";
}

ApprovedPlan read_approved_plan(const std::string& text, const std::string& origin) {
  const auto name = printable(origin);
  const auto document = json::Document::try_parse(text);
  const auto member = document ? document->root().find("hookferry_plan") : std::nullopt;
  const auto its_version = member ? member->integer() : std::nullopt;
  if (!its_version) throw Failure(Cause::bad_data, name + " is not a plan of hookferry", Remedy::plan_anew);
  if (*its_version > plan_version)
    throw Failure(Cause::bad_data,
                  name + " is a plan of version " + std::to_string(*its_version) +
                      "; this hookferry knows versions up to " + std::to_string(plan_version),
                  "use the newer hookferry that wrote it");
  if (*its_version < plan_version)
    throw Failure(Cause::bad_data, name + " was made by an older hookferry", Remedy::plan_anew);
  try {
    const json::Reader root(document->root());
    ApprovedPlan out;
    out.checksum = root.at("checksum").text();
    if (out.checksum != checksum_of(document->root()))
      throw Failure(Cause::bad_data, name + " is not as it was written: damaged, or edited",
                    Remedy::plan_anew);
    out.made_by = root.at("made_by").text();
    out.made_at = root.at("made_at").integer();
    out.number = root.at("number").text();
    out.command = root.at("command").text();
    out.source = read_account(root.at("source"), out.source_lock);
    out.destination = read_account(root.at("destination"), out.destination_lock);
    out.encrypted_options = root.at("options").text();
    out.overlay = root.at("overlay").text();
    out.salt = root.at("salt").text();
    out.source_webhooks = read_items(root.at("source_webhooks"));
    out.destination_webhooks = read_items(root.at("destination_webhooks"));
    out.actions = read_actions(root.at("actions"));
    out.extra = root.at("extra").integer();
    out.plan = root.at("plan").text();
    out.seal = root.at("seal").text();
    return out;
  } catch (const json::FormError& error) {
    throw Failure(Cause::bad_data, name + " does not have " + error.member, Remedy::plan_anew);
  }
}

bool unseal(ApprovedPlan& plan, std::string_view key) {
  if (plan.seal != keyed(key, "seal", plan.checksum)) return false;
  const auto text = decrypted(plan.encrypted_options, key, options_purpose);
  const auto document = text ? json::Document::try_parse(*text) : std::nullopt;
  if (!document) return false;
  plan.options.clear();
  for (const auto& option : document->root().elements()) {
    const auto pair = option.elements();
    if (pair.size() != 2) return false;
    plan.options.emplace_back(pair[0].string(), pair[1].string());
  }
  return true;
}

std::vector<std::string> changes_since(const std::vector<Item>& then, const std::vector<Item>& now,
                                       std::string_view whose) {
  auto gone = then, come = now;
  std::vector<std::pair<std::int64_t, std::string>> lines;
  const auto report = [&](const Item& item, const std::string& what) {
    const auto id = item.id ? fmt::format(" with id {}", *item.id) : "";
    lines.emplace_back(item.id.value_or(0),
                       fmt::format("the {}'s {}{} {}", whose, webhook::describe(item.identity), id, what));
  };
  remove_pairs(
      gone, come, [](const Item& item) { return item.digest + key_of(item); },
      [](const Item&, const Item&) {});
  remove_pairs(gone, come, key_of, [&](const Item& before, const Item& after) {
    const bool renamed = before.identity != after.identity;
    report(before, renamed ? "is now " + webhook::describe(after.identity) : "has changed");
  });
  for (const auto& item : gone) report(item, "is gone");
  for (const auto& item : come) report(item, "is new");
  std::ranges::stable_sort(lines, {}, [](const auto& line) { return line.first; });
  std::vector<std::string> out;
  for (auto& [id, line] : lines) out.push_back(std::move(line));
  return out;
}

std::vector<webhook::Webhook> before_those_runs(const std::vector<ledger::LedgerRun>& runs,
                                                std::vector<webhook::Webhook> present) {
  using State = ledger::LedgerEntry::State;
  std::map<std::int64_t, webhook::Webhook> now;
  for (auto& webhook : present)
    if (webhook.id) now.emplace(*webhook.id, std::move(webhook));
  for (auto run = runs.rbegin(); run != runs.rend(); ++run) {
    // An undo marks what it took back in the run that had done it, which is one of these.
    if (run->is_undo()) continue;
    for (const auto& entry : run->entries) {
      const bool creates = entry.action == ledger::Action::create;
      const bool updates = entry.action == ledger::Action::update;
      const bool removes = entry.action == ledger::Action::remove;
      if (!entry.destination_id || ((updates || removes) && entry.before.empty())) continue;
      const auto found = now.find(*entry.destination_id);
      const bool as_left = entry.state == State::arrived && !entry.changed && found != now.end() &&
                           webhook::content_digest(found->second) == entry.stored;
      if (creates && as_left) now.erase(found);
      if (updates && as_left) found->second = webhook_before(entry);
      if (removes && entry.state == State::removed) now.emplace(*entry.destination_id, webhook_before(entry));
    }
  }
  std::vector<webhook::Webhook> out;
  for (auto& [id, webhook] : now) out.push_back(std::move(webhook));
  return out;
}

}  // namespace hookferry::plan
