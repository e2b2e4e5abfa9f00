// The sandbox without its sockets: requests go straight to the handler.
#pragma once

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "json/document.hpp"
#include "sandbox/api.hpp"
#include "support/files.hpp"
#include "support/rooms.hpp"

namespace hookferry::test_sandbox {

using sandbox::Response;

inline const std::string all = "/api/v1/external/integrations/";
inline const std::string bulk = "/api/v1/external/integrations-bulk";

inline std::string slack(const std::string& alias, const std::string& more = {}) {
  return "{" + more + R"("alias":")" + alias + R"(","url":"https://a.test/)" + alias +
         R"(","integration_type_fields":"[]","integration_type_id":0,"integration_type":)"
         R"({"id":0,"name":"Slack","icon":"/assets/settings/slack-48.png"}})";
}

/// Two accounts in a folder of their own: "eu" holds one webhook, "us" none.
struct Accounts {
  Accounts() {
    write_file(folder.file("eu.json"), R"({"api_key":"eu-key","company_id":1,"webhooks":[)" +
                                           slack("old", R"("id":40,"created_at":"then",)") + "]}");
    write_file(folder.file("us.json"), R"({"api_key":"us-key","company_id":2,"webhooks":[]})");
    state = std::make_unique<sandbox::Store>(folder.path());
  }
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  /// A request on its way, whose handle() has not been called.
  sandbox::RequestHandler begin(const sandbox::Request& request) {
    return {*state, faults, request, [this](std::chrono::milliseconds delay, std::function<void()> what) {
              scheduled.push_back({delay, std::move(what)});
            }};
  }
  Response send(const std::string& method, const std::string& path, const std::string& body = {},
                const std::string& authorization = "Bearer eu-key",
                const std::string& type = "application/json") {
    return begin({method, path, authorization, type, body}).handle();
  }
  int status(const std::string& method, const std::string& path, const std::string& body = {}) {
    return send(method, path, body).status;
  }
  /// "id:alias …" as GET shows them.
  std::string webhooks(const std::string& key = "eu-key") {
    const auto answer = json::Document::parse(send("GET", all, "", "Bearer " + key).body);
    std::string out;
    for (const auto& webhook : answer.root().elements())
      out += (out.empty() ? "" : " ") + std::string(webhook.find("id")->text()) + ":" +
             webhook.find("alias")->string();
    return out;
  }

  test::TempDir folder;
  std::unique_ptr<sandbox::Store> state;
  sandbox::FaultProgram faults{{}, 1};
  /// What the requests have left to be done later.
  struct Scheduled {
    std::chrono::milliseconds delay;
    std::function<void()> what;
  };
  std::vector<Scheduled> scheduled;
};

inline std::string member_of(const Response& answer, std::string_view name) {
  const auto document = json::Document::parse(answer.body);
  const auto value = document.root().find(name);
  return value ? std::string(value->text()) : "absent";
}

inline std::vector<std::int64_t> ids_of(const Response& answer) {
  const auto document = json::Document::parse(answer.body);
  std::vector<std::int64_t> out;
  for (const auto& element : document.root().elements()) out.push_back(*element.find("id")->integer());
  return out;
}

}  // namespace hookferry::test_sandbox
