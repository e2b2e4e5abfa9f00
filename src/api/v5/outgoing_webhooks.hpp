// The vendor's newer webhooks API (outgoing webhooks of OpenAPI v5). Its list shows webhooks without their
// configuration, and each request writes one webhook. Source: the vendor's specification, August 2026.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/account_api.hpp"
#include "api/session.hpp"
#include "core/crypto.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::api {

/// What the address of an account of this API ends in.
inline const std::string newer_api_path = "/mgmt/openapi/5";
inline const std::string newer_webhooks_path = newer_api_path + "/integrations/webhooks/v1";
/// The same names, for keys that may not read configurations.
inline const std::string newer_names_path = newer_webhooks_path + "/list/summaries";

/// Whether the response says that there is no such webhook. Other responses with this status say that there
/// is no such path: "Not Found: Not Found", or one of the gateway itself, whose code is 5.
bool is_no_such_webhook(const net::Response& response);

class OutgoingWebhooks : public AccountApi {
 public:
  /// `at_a_time`: how many webhooks are read at once.
  OutgoingWebhooks(Session session, std::size_t at_a_time)
      : session_(std::move(session)), at_a_time_(at_a_time) {}

  /// A webhook as a list shows it and, from `read_at` on, as it was read.
  struct Known {
    Sha256 row{};  ///< digest of what the list shows
    webhook::Webhook webhook;
    std::chrono::steady_clock::time_point read_at = {};
  };
  /// Failure(bad_data) for a response that is no list of this API.
  static std::vector<Known> listed_in(const net::Response& response, const std::string& where);

  webhook::Form form() override { return webhook::Form::v5; }
  bool is_bulk() override { return false; }
  std::string address() override { return session_.account().endpoint.url() + newer_api_path; }
  void start_list() override { session_.start(newer_webhooks_path); }
  std::vector<webhook::Webhook> list(Purpose purpose, const Needed& needed) override;
  void read_back(WebhookSink& sink) override;
  void remember(const std::map<std::int64_t, std::string>& uuids) override;
  Presence find(std::int64_t id) override;
  void write(const NextWrite& next, const WriteAnswered& answered, std::size_t connections) override;
  std::optional<std::int64_t> server_now() const override { return session_.server_now(); }

  /// The vendor sends a test message through the webhook to its receiver. A verdict of `none`: the receiver
  /// took it. One try, since the message may have been sent even if no response came.
  Verdict test(const std::string& uuid);
  /// The same for a webhook of v5's form that need not be in the account.
  Verdict test(const webhook::Webhook& webhook);

 private:
  /// Whether a listed webhook is to be read, whose row may have changed since it was known.
  using Wanted = std::function<bool(const webhook::Webhook& listed, bool changed)>;

  std::vector<Known> read_list(bool settling);
  std::vector<webhook::Webhook> read(bool settling, const Wanted& wanted);
  std::set<std::string> read_configurations(std::vector<Known>& rows, bool settling);
  std::string understand_webhook(const net::Response& response, Known& row) const;
  net::Request request_of(const Write& write);
  Verdict test(const net::Request& request);
  net::Job job_of(Write write, const WriteAnswered& answered);
  net::Job check_of(Write write, const WriteAnswered& answered, std::deque<Write>& checked);

  Session session_;
  std::size_t at_a_time_;
  std::map<std::string, Known> known_;         ///< by UUID
  std::map<std::int64_t, std::string> uuids_;  ///< by number, of all webhooks that were ever seen
  std::set<webhook::Identity> created_;        ///< what this session has tried to create
  std::set<std::int64_t> updated_;             ///< the numbers that it has tried to write over
};

}  // namespace hookferry::api
