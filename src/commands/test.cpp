#include <map>

#include <fmt/format.h>
#include <boost/json/value.hpp>

#include "api/v5/outgoing_webhooks.hpp"
#include "commands/context.hpp"
#include "commands/transfer.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "report/report.hpp"
#include "secrets/secrets.hpp"
#include "transform/transformer.hpp"

namespace hookferry::commands {
namespace {

/// Returns why the test failed; empty if it did not. Failure if no other test can succeed either.
std::string reason_of(const api::Verdict& verdict, const std::string& account) {
  using api::FailureClass;
  const auto failure = verdict.failure;
  if (failure == FailureClass::none) return {};
  if (failure == FailureClass::interrupted) throw Failure(Cause::interrupted, "interrupted", "");
  if (failure == FailureClass::key_refused || failure == FailureClass::not_this_api)
    throw api::failure_of(verdict, "send a test message", printable(account));
  return verdict.text();
}

}  // namespace

WebhookTests::WebhookTests(Context& context, const OpenAccount& account)
    : context_(&context), name_(account.account.name), api_(newer_api(context, account)) {
  read();
}

void WebhookTests::read() {
  webhooks_ = api_->list(api::AccountApi::Purpose::take, [](const webhook::Webhook&) { return false; });
}

std::string WebhookTests::show(const webhook::Webhook& webhook, const api::Verdict& verdict) const {
  auto error = reason_of(verdict, name_);
  const auto line = fmt::format("{} {}{}", error.empty() ? "ok    " : "failed", webhook::describe(webhook),
                                error.empty() ? "" : ": " + error);
  if (context_->options.quiet && !error.empty()) context_->tell_all(line);  // with -q, only failures
  if (!context_->wants_json()) context_->show(line + "\n");
  return error;
}

std::string WebhookTests::test(const webhook::Webhook& listed) {
  return show(listed, api_->test(listed.uuid));
}

void WebhookTests::drop_failing(plan::Plan& plan) {
  for (auto& planned : plan.webhooks) {
    if (planned.action != ledger::Action::create) continue;
    const auto crossed = transform::cross(planned.webhook, webhook::Form::v5).webhook;
    const auto error =
        crossed.defect.empty() ? show(planned.webhook, api_->test(crossed)) : crossed.defect.str();
    if (error.empty()) continue;
    planned.action = ledger::Action::invalid;
    planned.webhook.defect = "the test failed: " + error;
  }
}

void WebhookTests::test_written(const plan::Plan& plan, plan::Outcome& outcome) {
  using State = plan::WebhookOutcome::State;
  std::vector<std::size_t> written;
  for (std::size_t i = 0; i < plan.webhooks.size(); ++i)
    if (const auto state = outcome.webhooks[i].state; state == State::created || state == State::updated)
      written.push_back(i);
  const auto find = [&](std::size_t i) {
    return std::ranges::find(webhooks_, outcome.webhooks[i].destination_id, &webhook::Webhook::id);
  };
  read();
  // v5 may show late what was written by v1.
  const bool all_listed =
      std::ranges::all_of(written, [&](std::size_t i) { return find(i) != webhooks_.end(); });
  if (!all_listed && context_->executor->wait(context_->options.settle)) read();
  for (const auto i : written) {
    const auto listed = find(i);
    const auto error = listed == webhooks_.end() ? "v5 does not list it" : test(*listed);
    if (!error.empty())
      outcome.findings.push_back(
          fmt::format("the test of {} failed: {}", webhook::describe(plan.webhooks[i].webhook), error));
  }
}

std::vector<std::string> receivers_of(const std::vector<const webhook::Webhook*>& webhooks) {
  std::map<std::string, std::size_t> counts;
  for (const auto* webhook : webhooks) {
    const auto host = host_of(*webhook);
    ++counts[printable(host.empty() ? webhook::type_of(*webhook) : host)];
  }
  std::vector<std::string> out;
  for (const auto& [receiver, count] : counts)
    out.push_back(fmt::format("{} to {}", plural(count, "test message"), receiver));
  return out;
}

Exit run_test(Context& context) {
  require_consent(context, "add --yes");
  const auto account = open_account(context, context.arguments[0], accounts::Side::only);
  const auto& name = account.account.name;
  WebhookTests tests(context, account);
  const auto scope = scope_of(context, tests.webhooks());
  const auto webhooks = select(context, tests.webhooks());
  context.progress().stop();

  std::vector<const webhook::Webhook*> tested;
  for (const auto& webhook : webhooks) tested.push_back(&webhook);
  Question question{
      receivers_of(tested),
      fmt::format("Send {} through {}?", plural(tested.size(), "test message"), printable(name)),
      tested.size(),
      false,
      name,
      "add --yes"};
  const bool is_document = context.wants_json();
  if (context.options.dry_run && !is_document)
    for (const auto& line : question.facts) context.show(line + "\n");
  if (!context.options.dry_run && !tested.empty()) confirm_or_throw(context, "", question);

  boost::json::array rows;
  std::size_t failed = 0;
  for (const auto& webhook : webhooks) {
    boost::json::object row{{"alias", secrets::mask_alias(webhook.identity.alias)},
                            {"type", webhook::type_of(webhook)},
                            {"id", json::or_null(webhook.id)},
                            {"uuid", webhook.uuid.str()}};
    if (!context.options.dry_run) {
      const auto error = tests.test(webhook);
      if (!error.empty()) ++failed;
      row["ok"] = error.empty();
      if (!error.empty()) row["error"] = error;
    }
    rows.push_back(std::move(row));
  }
  if (is_document) {
    boost::json::object document{{"kind", context.options.dry_run ? "plan" : "outcome"}};
    for (const auto& [key, value] : report::json_of(scope)) document[key] = value;
    document["account"] = printable(name);
    document["webhooks"] = std::move(rows);
    context.put(report::json_output(document));
  }
  return failed > 0 ? Exit::incomplete : Exit::done;
}

}  // namespace hookferry::commands
