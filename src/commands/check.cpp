#include <algorithm>
#include <ctime>

#include <boost/json/value.hpp>

#include "api/v1/webhooks_api.hpp"
#include "api/v5/outgoing_webhooks.hpp"
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
  bool has_responded = false;

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

/// What the response to a list says of the account: how many webhooks there are.
std::string describe_list(const net::Response& response, webhook::Form form) {
  const auto limits = api::listing_limits(response.body.size());
  std::size_t count = 0, unsound = 0;
  if (form == webhook::Form::v1) {
    const auto webhooks =
        webhook::read_webhooks(response.body, "the answer", limits, webhook::Digest::when_needed, form);
    count = webhooks.size();
    unsound = static_cast<std::size_t>(
        std::ranges::count_if(webhooks, [](const auto& webhook) { return !webhook.defect.empty(); }));
  } else {
    count = api::OutgoingWebhooks::listed_in(response, "the answer").size();
  }
  return std::to_string(count) +
         (unsound > 0 ? ", of which " + std::to_string(unsound) + " cannot be migrated" : "");
}

/// `reads_names`: the key may read names, by a request of its own.
void examine_answer(Examination& out, const net::Response& response, const api::Verdict& verdict,
                    webhook::Form form, bool reads_names) {
  if (response.status == 401)
    return out.fail("key",
                    verdict.text() +
                        " - no key of an account here: is it of another region, expired, or another "
                        "kind of key than Alerts, Rules and Tags?",
                    Exit::key_refused);
  out.add("key", true, response.status == 403 ? "known" : "accepted");
  if (response.status == 403)
    return out.fail(
        "permission",
        verdict.text() + (reads_names ? " - it may read names (ReadSummary), and not configurations "
                                        "(ReadConfig)"
                                      : ""),
        Exit::key_refused);
  if (verdict.failure != api::FailureClass::none) {
    out.findings.pop_back();
    const bool unwell =
        verdict.failure == api::FailureClass::unknown || verdict.failure == api::FailureClass::slow_down;
    return out.fail("api", verdict.text(), unwell ? Exit::unreachable : Exit::protocol);
  }
  try {
    const auto webhooks = describe_list(response, form);
    out.add("permission", true, "can read (write access is not tested)");
    out.add("api", true, form == webhook::Form::v1 ? "v1: an array of webhooks" : "v5: a list of webhooks");
    out.add("webhooks", true, webhooks);
  } catch (const Failure& failure) {
    out.findings.pop_back();
    out.fail("api", failure.what(), Exit::protocol);
  }
}

/// Examines the account by one of its APIs.
Examination examine(Context& context, const OpenAccount& account, webhook::Form form) {
  Examination out;
  const bool v5 = form == webhook::Form::v5;
  const auto& endpoint = v5 ? account.newer_endpoint : account.endpoint;
  const auto get = [&](const std::string& path) {
    const net::Request request{"GET", path, {}, account.key};
    return account.client->send(endpoint, request, net::Client::OnInterrupt::abandon);
  };
  const auto path = v5 ? api::newer_webhooks_path : api::webhooks_path;
  out.url = endpoint.url() + (v5 ? api::newer_api_path : "");
  auto reply = get(path);
  auto verdict = api::judge(reply, std::time(nullptr));
  const auto retries = context.options.retries;
  for (std::size_t attempt = 0; attempt < retries && api::worth_another_try(reply, verdict); ++attempt) {
    const auto delay = api::retry_delay(attempt, verdict.retry_after, random_fraction());
    context.tell(1, "GET " + endpoint.url() + ": " + verdict.reason + "; retry " +
                        std::to_string(attempt + 1) + " of " + std::to_string(retries) + " in " +
                        std::to_string(delay.count()) + " ms");
    if (!context.executor->wait(delay)) break;
    reply = get(path);
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
  const auto& response = std::get<net::Response>(reply);
  out.has_responded = true;
  bool reads_names = false;
  if (v5 && response.status == 403) {
    const auto names = get(api::newer_names_path);
    const auto* shown = std::get_if<net::Response>(&names);
    reads_names = shown != nullptr && shown->status == 200;
  }
  examine_answer(out, response, verdict, form, reads_names);
  return out;
}

Examination examine(Context& context, const std::string& name) {
  Examination out;
  try {
    const auto account = open_account(context, name, accounts::Side::only);
    const bool only_v5 = account.choice == accounts::ApiChoice::v5;
    out = examine(context, account, only_v5 ? webhook::Form::v5 : webhook::Form::v1);
    if (account.choice == accounts::ApiChoice::automatic && out.has_responded) {
      auto newer = examine(context, account, webhook::Form::v5);
      auto& last = newer.findings.back();
      if (out.exit == Exit::done) {
        // The account works by v1; whether v5 is there is good to know.
        const auto api = std::ranges::find(newer.findings, "api", &Finding::check);
        out.add("api", true, newer.exit == Exit::done ? api->detail : "v5 is not available: " + last.detail);
      } else if (newer.exit == Exit::done) {
        newer.findings.push_back({"api", true, "v1 is not available: " + out.findings.back().detail});
        out = std::move(newer);
      } else {
        out.add(last.check, false, "v5: " + last.detail);
      }
    }
  } catch (const Failure& failure) {
    out.fail("setup", context.common.console.without_keys(line_of(failure)), failure.cause);
  }
  out.account = secrets::mask_argument(name);
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
  const auto finding_json = [](const Finding& finding) -> boost::json::object {
    return {{"check", finding.check}, {"ok", finding.ok}, {"detail", finding.detail}};
  };
  return {{"account", examination.account},
          {"url", json::or_null(examination.url)},
          {"ok", examination.exit == Exit::done},
          {"checks", report::array_of(examination.findings, finding_json)}};
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
    if (context.wants_json()) {
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
  if (context.wants_json()) context.put(report::json_output(examined));
  return exit;
}

}  // namespace hookferry::commands
