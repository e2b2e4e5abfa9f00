// The plan: whatever two accounts hold and whatever earlier runs knew, each webhook of the source is in it
// once, each of the destination has one fate, and every report can be written.
#include "plan/plan.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "fuzz/bytes.hpp"
#include "fuzz/fuzz.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "report/report.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using fuzz::Bytes;
using fuzz::promise;

namespace {

Webhook read(const std::string& text) {
  const auto document = json::Document::try_parse(text);
  return read_webhook(document ? document->root() : json::Document::parse("null").root());
}

/// From few names and values, so that two accounts have much in common; or any JSON at all.
Webhook webhook_of(Bytes& bytes) {
  const auto kind = bytes.byte();
  if (kind % 16 == 15) {
    const auto text = bytes.text();
    const auto document = json::Document::try_parse(text);
    return read(document ? text : json::encode(text));
  }
  const std::string alias =
      kind % 16 == 14 ? bytes.text() : std::string(1, static_cast<char>('a' + kind % 4));
  const std::string url = kind % 16 == 13 ? bytes.text() : "https://x.test/" + std::to_string(kind / 16 % 4);
  const std::string fields = kind % 16 == 12    ? bytes.text()
                             : (kind & 4U) != 0 ? "[]"
                                                : R"([{"name":"n","value":1}])";
  if (kind % 16 == 11)
    return read("{\"type\":\"GENERIC\",\"name\":" + json::encode(alias) + ",\"url\":" + json::encode(url) +
                ",\"genericWebhook\":{\"payload\":" + json::encode(bytes.text()) + "}}");
  return read("{\"alias\":" + json::encode(alias) + ",\"url\":" + json::encode(url) +
              ",\"integration_type_id\":" + std::to_string(kind / 64) +
              ",\"integration_type_fields\":" + json::encode(fields) + "}");
}

std::vector<TransformedWebhook> source_of(Bytes& bytes) {
  std::vector<TransformedWebhook> out;
  for (auto count = bytes.below(8); count > 0; --count) {
    TransformedWebhook one;
    one.webhook = webhook_of(bytes);
    one.source_id = 100 + static_cast<std::int64_t>(out.size());
    if (bytes.flag()) one.warnings.push_back("a warning");
    out.push_back(std::move(one));
  }
  return out;
}

/// Ids are unlike each other, as a run sees to before it plans.
std::vector<Webhook> destination_of(Bytes& bytes) {
  std::vector<Webhook> out;
  for (auto count = bytes.below(8); count > 0; --count) {
    out.push_back(webhook_of(bytes));
    out.back().id = 1 + static_cast<std::int64_t>(out.size());
  }
  return out;
}

KnownOfAccount known_of(Bytes& bytes, const std::vector<TransformedWebhook>& source,
                        const std::vector<Webhook>& destination) {
  KnownOfAccount out;
  if (source.empty() || destination.empty()) return out;
  for (auto count = bytes.below(4); count > 0; --count) {
    const auto sent = content_digest(source[bytes.below(source.size())].webhook);
    const auto& there = destination[bytes.below(destination.size())];
    if (bytes.flag())
      out.alterations.push_back({sent, *there.id, content_digest(there)});
    else
      out.ambiguous.push_back({sent, {*there.id, static_cast<std::int64_t>(bytes.below(10))}});
  }
  return out;
}

void check_source(const Plan& plan, const std::vector<TransformedWebhook>& source) {
  promise(plan.webhooks.size() == source.size(), "each webhook of the source is in the plan");
  for (std::size_t i = 0; i < source.size(); ++i) {
    const auto& planned = plan.webhooks[i];
    promise(planned.source_id == source[i].source_id, "in its place");
    promise(planned.webhook.text.view() == source[i].webhook.text.view(), "as it is to be");
    promise(planned.action != Action::remove, "it is not deleted");
    const bool matched = planned.action == Action::update || planned.action == Action::unchanged ||
                         planned.action == Action::conflict;
    promise(matched == (planned.existing != nullptr), "it is matched just where its action says so");
  }
}

/// What a plan passes over without naming it: the namesake that a duplicate is made of, and what may be one
/// of several that an earlier run sent.
bool may_be_unnamed(std::int64_t id, ConflictPolicy policy, const KnownOfAccount& known) {
  return policy == ConflictPolicy::duplicate ||
         std::any_of(known.ambiguous.begin(), known.ambiguous.end(), [&](const KnownAmbiguous& ambiguous) {
           return std::find(ambiguous.candidates.begin(), ambiguous.candidates.end(), id) !=
                  ambiguous.candidates.end();
         });
}

void check_destination(const Plan& plan, const std::vector<Webhook>& destination, ConflictPolicy policy,
                       const KnownOfAccount& known) {
  std::map<std::int64_t, int> fates, written;
  std::set<std::int64_t> held;
  for (const auto& planned : plan.webhooks) {
    if (!planned.existing) continue;
    const auto id = *planned.existing->id;
    if (planned.ambiguous)
      held.insert(id);
    else
      ++fates[id];
    if (planned.action == Action::update) ++written[id];
  }
  for (const auto& extra : plan.extra) ++fates[*extra.id];
  for (const auto id : held)
    fates[id] = std::max(fates[id], 1);  // it may be held for several, and written over
  for (const auto& webhook : destination) {
    const auto id = *webhook.id;
    promise(fates[id] == 1 || (fates[id] == 0 && may_be_unnamed(id, policy, known)),
            "each webhook of the destination has one fate");
    promise(written[id] <= 1, "none is written over twice");
  }
}

void check_text(const std::string& text) {
  for (const char c : text)
    promise(static_cast<unsigned char>(c) >= 0x20 || c == '\n', "what is shown drives no terminal");
}

void check_reports(const Plan& plan, ConflictPolicy policy, bool show_secrets) {
  Route route;
  route.source.name = "eu1";
  route.destination.name = "us1";
  ReportStyle style;
  style.show_secrets = show_secrets;
  style.list_unchanged = true;
  check_text(render_plan(plan, route, policy, style));
  const auto report = report_of(plan, nullptr, route, "", show_secrets);
  promise(json::Document::try_parse(render_json(report)).has_value(), "a report as JSON is JSON");
  promise(!render_html(report).empty() && !render_markdown(report).empty(), "a report is written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const auto policy = static_cast<ConflictPolicy>(bytes.below(4));
  const bool mirror = bytes.flag();
  const bool show_secrets = bytes.flag();
  const auto source = source_of(bytes);
  const auto destination = destination_of(bytes);
  const auto known = known_of(bytes, source, destination);
  auto plan = make_plan(source, destination, policy, known);
  check_source(plan, source);
  check_destination(plan, destination, policy, known);
  if (mirror) {
    const auto extra = plan.extra.size();
    const auto chosen = bytes.byte();
    plan_deletions(
        plan, [&](const Webhook& webhook) { return (*webhook.id & chosen) == 0; }, known);
    promise(plan.extra.size() + plan.count(Action::remove) <= extra, "only what is extra is deleted");
    promise(plan.webhooks.size() == source.size() + plan.count(Action::remove), "and comes behind the rest");
    for (const auto& planned : plan.webhooks)
      promise(planned.action != Action::remove || (planned.existing != nullptr),
              "a deletion knows its webhook");
  }
  check_reports(plan, policy, show_secrets);
  return 0;
}
