// The vendor's webhooks API, first version (integrations). Source: the vendor's webhooks guide, January 2023.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/account_api.hpp"
#include "api/retry.hpp"
#include "net/client.hpp"

namespace hookferry {

inline constexpr std::string_view webhooks_path = "/api/v1/external/integrations/";
inline constexpr std::string_view bulk_path = "/api/v1/external/integrations-bulk";

/// One account at the other end.
struct Account {
  std::string label;  ///< as the user calls it
  net::Endpoint endpoint;
  Secret key;
};

class WebhooksApi : public AccountApi {
 public:
  /// `tell` gets a line for each retry.
  WebhooksApi(net::Client& client, Account account, std::size_t retries,
              std::function<void(const std::string&)> tell);

  void start_list() override;
  std::vector<Webhook> list(Purpose purpose) override;
  void read_back(WebhookSink& sink) override;
  Presence find(std::int64_t id) override;
  void write(WriteQueue& queue, std::size_t connections) override;

  /// Creates and updates: an element with an id updates that webhook.
  net::Request bulk_request(const std::vector<WriteQueue::Element>& elements) const;
  net::Request remove_request(std::int64_t id) const;
  net::Request list_request() const;

 private:
  /// Until the answer is one that `understand` takes; its Failure is one of the answer. `settling`: as
  /// read_back() says.
  void read(bool settling, const std::function<net::Reply()>& ask,
            const std::function<void(net::Response& answer, const std::string& where)>& understand);

  net::Client& client_;
  Account account_;
  std::size_t retries_;
  std::function<void(const std::string&)> tell_;
  std::shared_ptr<net::Client::Pending> started_;
};

}  // namespace hookferry
