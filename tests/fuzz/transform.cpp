// A whole export through the transformer, as `transform` does it.
#include "core/failure.hpp"
#include "fuzz/fuzz.hpp"
#include "json/document.hpp"
#include "support/rooms.hpp"
#include "support/sample_webhooks.hpp"
#include "transform/transformer.hpp"
#include "webhook/kinds.hpp"
#include "webhook/webhook.hpp"

using namespace hookferry;
using fuzz::promise;

namespace {

std::vector<Webhook> transformed(const std::vector<Webhook>& webhooks,
                                 std::optional<Form> form = std::nullopt) {
  TransformRules rules;
  rules.form = form;
  rules.hosts = fuzz::rewrites();
  rules.regions = &fuzz::regions();
  rules.source = fuzz::regions().find("eu1");
  rules.destination = "us1";
  std::vector<Webhook> out;
  for (const auto& result : transform::transform(webhooks, rules)) out.push_back(result.webhook);
  return out;
}

void check(const Webhook& before, const Webhook& after) {
  promise(before.defect == after.defect, "a transformation neither mends nor breaks");
  if (!after.defect.empty())
    return promise(before.text.view() == after.text.view(), "what cannot be taken is left as it came");
  promise(before.identity == after.identity, "alias and type stay");
  const auto document = json::Document::try_over(after.text.view());
  promise(document.has_value(), "a body is JSON");
  for (const auto& [key, value] : document->root().members())
    promise(!is_server_owned(key.string(), after.form), "nothing that belongs to an account is in a body");
}

void check_crossing(const Webhook& before, const Webhook& after, Form form) {
  if (!after.defect.empty())
    return promise(before.text.view() == after.text.view(), "what cannot be converted is left as it came");
  promise(after.form == form, "a conversion leads to the form");
  promise(before.identity == after.identity, "alias and type stay");
  const auto document = json::Document::try_over(after.text.view());
  promise(document.has_value() && WebhookMembers(document->root()).form == form, "and its members show it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::vector<Webhook> webhooks;
  try {
    webhooks = read_webhooks(fuzz::text_of(data, size), "the fuzzer");
  } catch (const Failure& failure) {
    promise(failure.cause == Cause::bad_data, "what is no array of webhooks is bad data");
    return 0;
  }
  const auto once = transformed(webhooks);
  promise(once.size() == webhooks.size(), "no webhook is lost");
  for (std::size_t i = 0; i < once.size(); ++i) check(webhooks[i], once[i]);
  const auto twice = transformed(once);
  for (std::size_t i = 0; i < once.size(); ++i)
    promise(once[i].text.view() == twice[i].text.view(), "a second time changes nothing");
  for (const auto form : {Form::v1, Form::v5}) {
    const auto there = transformed(webhooks, form);
    for (std::size_t i = 0; i < there.size(); ++i) check_crossing(webhooks[i], there[i], form);
  }
  const auto written = read_webhooks(test::write_webhooks(once), "what was written");
  for (std::size_t i = 0; i < once.size(); ++i)
    promise(content(written[i]) == content(once[i]), "what is written reads the same");
  return 0;
}
