// The vendor's webhooks API, first version (integrations). Source: the vendor's webhooks guide, January 2023.
#pragma once

#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <vector>

#include "api/account_api.hpp"
#include "api/verdict.hpp"
#include "net/client.hpp"

namespace hookferry::api {

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
  std::vector<webhook::Webhook> list(Purpose purpose) override;
  void read_back(WebhookSink& sink) override;
  Presence find(std::int64_t id) override;
  void write(const NextWrite& next, const WriteAnswered& answered, std::size_t connections) override;

 private:
  net::Request request(std::string_view method, std::string_view target) const;
  /// Asks for the list until the answer is one that `understand` takes; its Failure is one of the answer.
  /// `settling`: as read_back() says.
  void read(bool settling, net::BodySink* sink,
            const std::function<void(net::Response& answer, const std::string& where)>& understand);

  net::Client& client_;
  Account account_;
  std::size_t retries_;
  std::function<void(const std::string&)> tell_;
  std::future<net::Reply> started_;
};

}  // namespace hookferry::api
