// The vendor's webhooks API (v1 integrations) as functions. Source: the vendor's webhooks guide, January
// 2023.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/retry.hpp"
#include "net/client.hpp"
#include "webhook/webhook.hpp"

namespace hookferry {

inline constexpr std::string_view webhooks_path = "/api/v1/external/integrations/";
inline constexpr std::string_view bulk_path = "/api/v1/external/integrations-bulk";

/// One account at the other end.
struct Account {
  std::string label;  ///< as the user calls it
  Endpoint endpoint;
  Secret key;
};

class WebhooksApi {
 public:
  /// `tell` gets a line for each retry.
  WebhooksApi(Client& client, Account account, std::size_t retries,
              std::function<void(const std::string&)> tell);

  const Account& account() const { return account_; }
  Client& client() { return client_; }
  std::size_t retries() const { return retries_; }
  void tell(const std::string& line) const { tell_(line); }

  /// `settle`: the read decides what becomes of webhooks already sent. It is not given up on a signal, and an
  /// answer that makes no sense is asked for again.
  enum class Purpose { plan, settle };
  /// All webhooks of the account. Failure where that cannot be had: 69, 76, 77 or 130.
  std::vector<Webhook> list(Purpose purpose);

  /// Creates and updates: an element with an id updates that webhook.
  Request bulk_request(const std::vector<Webhook>& webhooks) const;
  Request remove_request(std::int64_t id) const;

 private:
  Client& client_;
  Account account_;
  std::size_t retries_;
  std::function<void(const std::string&)> tell_;
  Backoff backoff_;
};

/// The Failure for a class that cannot be got over: "cannot <what> (<where>): <verdict>".
Failure failure_of(const Verdict& verdict, const std::string& what, const std::string& where);

}  // namespace hookferry
