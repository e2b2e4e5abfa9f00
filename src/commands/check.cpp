#include <algorithm>
#include <ctime>

#include <boost/json/value.hpp>

#include "commands/source.hpp"
#include "core/files.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::commands {
namespace {

struct Finding {
  std::string check;  ///< "dns", "connect", "tls", "key", "permission", "api", "webhooks"
  bool ok;
  std::string detail;
};

struct Examination {
  std::string account;
  std::string url;
  std::vector<Finding> findings;
  Exit exit = Exit::done;

  void add(const std::string& check, bool ok, const std::string& detail) {
    findings.push_back({check, ok, detail});
  }
  void fail(const std::string& check, const std::string& detail, Exit code) {
    add(check, false, detail);
    exit = code;
  }
};

std::string host_found(const accounts::AccountPlace& place, const net::ConnectionFacts& facts) {
  return facts.proxied ? "resolved by the proxy" : place.endpoint.host;
}

/// Adds each step that went well, and the one that `error` ended.
void examine_failure(Examination& out, const net::TransportError& error, const accounts::AccountPlace& place,
                     const net::ConnectionFacts& facts) {
  using Failed = net::TransportFailure;
  using Stage = net::ConnectionStage;
  const auto fail = [&](const std::string& check, Exit code, const std::string& detail) {
    out.fail(check, detail, error.kind == Failed::interrupted ? Exit::interrupted : code);
  };
  if (facts.stage == Stage::look_up && !facts.proxied)
    return fail("dns", Exit::unreachable, place.endpoint.host + ": " + error.text);
  out.add("dns", true, host_found(place, facts));
  if (facts.stage <= Stage::connect) return fail("connect", Exit::unreachable, error.text);
  out.add("connect", true, facts.address);
  if (facts.stage == Stage::tls)
    return fail("tls", error.kind == Failed::tls ? Exit::protocol : Exit::unreachable, error.text);
  if (place.endpoint.tls) out.add("tls", true, facts.tls_version);
  const bool lost = error.kind == Failed::closed || error.kind == Failed::timed_out;
  fail("api", lost ? Exit::unreachable : Exit::protocol, error.text);
}

void examine_answer(Examination& out, const net::Response& response, const api::Verdict& verdict) {
  if (response.status == 401)
    return out.fail("key",
                    verdict.text() +
                        " - no key of an account here: is it of another region, expired, or another "
                        "kind of key than Alerts, Rules and Tags?",
                    Exit::key_refused);
  out.add("key", true, response.status == 403 ? "known" : "accepted");
  if (response.status == 403) return out.fail("permission", verdict.text(), Exit::key_refused);
  if (verdict.failure != api::FailureClass::none) {
    out.findings.pop_back();
    const bool unwell =
        verdict.failure == api::FailureClass::unknown || verdict.failure == api::FailureClass::slow_down;
    return out.fail("api", verdict.text(), unwell ? Exit::unreachable : Exit::protocol);
  }
  try {
    const auto webhooks =
        webhook::read_webhooks(response.body, "the answer", api::listing_limits(response.body.size()),
                               webhook::Digest::when_needed, webhook::Form::v1);
    out.add("permission", true, "can read (write access is not tested)");
    out.add("api", true, "an array of webhooks");
    const auto unsound =
        std::ranges::count_if(webhooks, [](const auto& webhook) { return !webhook.defect.empty(); });
    out.add("webhooks", true,
            std::to_string(webhooks.size()) +
                (unsound > 0 ? ", of which " + std::to_string(unsound) + " cannot be migrated" : ""));
  } catch (const Failure& failure) {
    out.findings.pop_back();
    out.fail("api", failure.what(), Exit::protocol);
  }
}

Examination examine(Context& context, const std::string& name) {
  Examination out;
  out.account = secrets::mask_argument(name);
  try {
    const auto account = open_account(context, name, accounts::Side::only);
    out.url = account.endpoint.url();
    net::Request request;
    request.method = "GET";
    request.target = api::webhooks_path;
    request.bearer = account.key;
    auto reply = account.client->send(account.endpoint, request, net::Client::OnInterrupt::abandon);
    auto verdict = api::judge(reply, std::time(nullptr));
    const auto retries = context.options.retries;
    for (std::size_t attempt = 0; attempt < retries && api::worth_another_try(reply, verdict); ++attempt) {
      const auto delay = api::retry_delay(attempt, verdict.retry_after, random_fraction());
      context.tell(1, "GET " + out.url + ": " + verdict.reason + "; retry " + std::to_string(attempt + 1) +
                          " of " + std::to_string(retries) + " in " + std::to_string(delay.count()) + " ms");
      if (!context.executor->wait(delay)) break;
      reply = account.client->send(account.endpoint, request, net::Client::OnInterrupt::abandon);
      verdict = api::judge(reply, std::time(nullptr));
    }
    const auto& facts = account.client->facts();
    if (auto* error = std::get_if<net::TransportError>(&reply)) {
      // Ctrl-C may have ended the other end of the connection as well, and first.
      if (context.executor->interrupted())
        *error = {net::TransportFailure::interrupted, error->sent, "interrupted"};
      examine_failure(out, *error, account, facts);
      return out;
    }
    out.add("dns", true, host_found(account, facts));
    out.add("connect", true, facts.address);
    if (account.endpoint.tls)
      out.add("tls", true, facts.tls_version + ", certificate valid until " + facts.certificate_expiry);
    examine_answer(out, std::get<net::Response>(reply), verdict);
  } catch (const Failure& failure) {
    out.fail("setup", context.common.console.without_keys(line_of(failure)), failure.cause);
  }
  return out;
}

/// A line for each finding. Accounts stand in a column that is as wide as the longest of their names.
std::string lines_of(const Examination& examination, const std::vector<std::string>& accounts) {
  std::size_t width = 11;
  for (const auto& account : accounts)
    width = std::max(width, display_width(printable(secrets::mask_argument(account))));
  std::vector<Cells> rows;
  for (const auto& [check, ok, detail] : examination.findings)
    rows.push_back({printable(examination.account), check, ok ? "ok" : "FAILED", detail});
  return in_columns(rows, {{width}, {10}, {6}, {}}, 1);
}

boost::json::object json_of(const Examination& examination) {
  boost::json::array checks;
  for (const auto& finding : examination.findings)
    checks.push_back({{"check", finding.check}, {"ok", finding.ok}, {"detail", finding.detail}});
  return {{"account", examination.account},
          {"url", json::or_null(examination.url)},
          {"ok", examination.exit == Exit::done},
          {"checks", std::move(checks)}};
}

}  // namespace

Exit run_check(Context& context) {
  if (context.arguments.empty())
    for (const auto& [name, section] : context.config.accounts) context.arguments.push_back(name);
  if (context.arguments.empty())
    throw Failure(Cause::usage, "check has no account: the configuration has no section for one",
                  "hookferry check ACCOUNT...");
  if (context.arguments.size() > 1 && context.is_given("key-file"))
    throw Failure(Cause::usage, "--key-file names one key, and check has several accounts",
                  "check them one by one, or name their keys in sections of the configuration");
  Exit exit = Exit::done;
  boost::json::array examined;
  for (const auto& name : context.arguments) {
    const auto examination = examine(context, name);
    if (exit == Exit::done || examination.exit == Exit::interrupted) exit = examination.exit;
    if (context.options.format == cli::Format::json) {
      examined.push_back(json_of(examination));
    } else if (context.options.quiet) {
      for (const auto& [check, ok, detail] : examination.findings)
        if (!ok)
          context.tell_all("hookferry: error: " + printable(examination.account) + ": " + check + ": " +
                           detail);
    } else {
      context.put(lines_of(examination, context.arguments));
    }
    if (examination.exit == Exit::interrupted) break;
  }
  if (context.options.format == cli::Format::json) context.put(report::json_output(examined));
  return exit;
}

}  // namespace hookferry::commands
