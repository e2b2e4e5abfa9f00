// Webhooks made up for the tests of a migration.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/rooms.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::test {

inline Webhook parse_webhook(const std::string& text) {
  const auto document = json::Document::parse(text);
  return read_webhook(document.root());
}

/// Of type slack; with an id as an account holds it, the server's own members beside it, else as it is sent.
inline Webhook sample(const std::string& alias, const std::string& url, std::int64_t id = 0, int type = 0) {
  const auto number = std::to_string(id);
  return parse_webhook(R"({"alias":")" + alias + R"(","url":")" + url + R"(","integration_type_id":)" +
                       std::to_string(type) + R"(,"integration_type_fields":"[]")" +
                       (id == 0 ? "" : R"(,"company_id":)" + number + R"(,"id":)" + number) + "}");
}

/// What the destination holds under `id` after `webhook` was written there.
inline Webhook stored(const Webhook& webhook, std::int64_t id) {
  return parse_webhook(std::string(webhook.text.view().substr(0, webhook.text.view().rfind('}'))) +
                       R"(,"id":)" + std::to_string(id) + "}");
}

/// The text that an export of these webhooks has.
inline std::string write_webhooks(const std::vector<Webhook>& webhooks) {
  std::string out;
  WebhooksWriter writer([&](std::string_view piece) { out += piece; });
  writer.add(webhooks);
  writer.end();
  return out;
}

}  // namespace hookferry::test
