#include "accounts.hpp"

#include <chrono>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "json/build.hpp"
#include "json/document.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {
namespace {

std::string webhook(const std::string& alias, const std::string& url, int id, int type,
                    const std::string& label, const std::string& fields) {
  const auto number = std::to_string(type);
  std::string out = "{";
  if (id > 0)
    out += "\"id\":" + std::to_string(id) +
           ",\"company_id\":1,\"created_at\":\"2022-08-22T07:32:09.348Z\",\"updated_at\":\"2022-08-22T07:32:"
           "09.348Z\",";
  return out + "\"alias\":" + json::encode(alias) + ",\"url\":" + json::encode(url) +
         ",\"integration_type_fields\":" + fields + ",\"integration_type_id\":" + number +
         ",\"integrationTypeId\":" + number + ",\"integration_type\":{\"label\":\"" + label +
         "\",\"icon\":\"/assets/x.png\",\"id\":" + number + "}}";
}

/// An account shows its own company_id in all that it holds.
std::vector<std::string> of_company(const std::vector<std::string>& webhooks, const std::string& company) {
  std::vector<std::string> out;
  for (const auto& text : webhooks) {
    const auto document = json::Document::parse(text);
    const auto member = document.root().find("company_id");
    out.push_back(member ? json::apply(text, {{member->begin(), member->end(), company}}) : text);
  }
  return out;
}

const std::string all_path = "/api/v1/external/integrations";

/// A line of the sandbox's log: "TIME METHOD PATH STATUS ACCOUNT …".
bool is_request(const std::string& line, const std::string& kind, const std::string& account) {
  std::istringstream words(line);
  std::string time, method, path, status, of;
  words >> time >> method >> path >> status >> of;
  if (line.find(" fault=off") != std::string::npos) return false;
  const std::string v5_path = "/mgmt/openapi/5/integrations/webhooks";
  if (path.starts_with(v5_path + "-test/") || path.ends_with("/test")) method = "TEST";
  if (path == v5_path + "/v1/list/summaries") method = "NAMES";
  for (const auto& all : {all_path, v5_path + "/v1"})
    if (method == "GET" && path.starts_with(all + "/") &&
        path.find('/', all.size() + 1) == std::string::npos && path.size() > all.size() + 1)
      method = "GETONE";
  return method == kind && (account.empty() || of == account);
}

}  // namespace

std::string slack(const std::string& alias, const std::string& url, int id) {
  return webhook(alias, url, id, 0, "Slack", "\"[]\"");
}

std::string sendlog(const std::string& alias, const std::string& url, int id, const std::string& fields) {
  const std::string uuid = "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb";
  const std::string standard =
      R"([{"name":"uuid","value":")" + uuid +
      R"("},{"name":"method","value":"post"},{"name":"headers","value":{}},{"name":"payload","value":{"uuid":")" +
      uuid + R"("}}])";
  return webhook(alias, url, id, 3, "SendLog", json::encode(fields.empty() ? standard : fields));
}

std::string array_of(const std::vector<std::string>& webhooks) {
  std::string out = "[";
  for (const auto& text : webhooks) out += (out.size() > 1 ? "," : "") + text;
  return out + "]";
}

std::vector<std::string> many(std::size_t count) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(slack("hook-" + std::to_string(i), "https://hooks.test/" + std::to_string(i),
                        static_cast<int>(i + 1)));
  return out;
}

Accounts::Accounts(const std::vector<std::string>& source, const std::vector<std::string>& destination,
                   const std::vector<std::string>& sandbox_options) {
  std::filesystem::create_directory(folder_.file("state"));
  spill(file_of("eu"),
        R"({"api_key":"eu-key","company_id":1,"webhooks":)" + array_of(of_company(source, "1")) + "}");
  spill(file_of("us"), R"({"api_keys":["us-key","us-other-key"],"company_id":2,"webhooks":)" +
                           array_of(of_company(destination, "2")) + "}");
  start(sandbox_options);
}

void Accounts::restart(const std::vector<std::string>& sandbox_options) {
  sandbox_.reset();
  auto options = sandbox_options;
  options.insert(options.end(), {"--port", url_.substr(url_.rfind(':') + 1)});
  start(options);
}

void Accounts::start(const std::vector<std::string>& sandbox_options) {
  std::vector<std::string> command = {hookferry_binary(),    "sandbox", "--state",
                                      folder_.file("state"), "--log",   folder_.file("log")};
  command.insert(command.end(), sandbox_options.begin(), sandbox_options.end());
  const auto out = folder_.file("sandbox.out");
  const auto err = folder_.file("sandbox.err");
  spill(out, "");
  sandbox_ = std::make_unique<Process>(command, Environment(), out, err);
  for (int i = 0; i < 5000 && sandbox_->running(); ++i) {
    const auto text = slurp(out);
    if (const auto end = text.find('\n'); end != std::string::npos) {
      url_ = text.substr(0, end);
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  throw std::runtime_error("the sandbox does not start: " + slurp(err));
}

std::vector<std::string> Accounts::aliases(const std::string& account) const {
  const auto document = json::Document::parse(slurp(file_of(account)));
  std::vector<std::string> out;
  for (const auto& element : document.root().find("webhooks")->elements())
    out.push_back(element.find(element.find("alias") ? "alias" : "name")->string());
  return out;
}

std::vector<HeldWebhook> Accounts::webhooks(const std::string& account) const {
  const auto document = json::Document::parse(slurp(file_of(account)));
  std::vector<HeldWebhook> out;
  for (const auto& element : document.root().find("webhooks")->elements()) {
    const auto text = [&](const char* name) {
      const auto value = element.find(name);
      return value ? value->string() : std::string();
    };
    const bool v5 = element.find("externalId").has_value();
    const auto id = element.find(v5 ? "externalId" : "id");
    out.push_back({id ? id->integer().value_or(0) : 0, text(v5 ? "name" : "alias"), text("url"),
                   text(v5 ? "createdAt" : "created_at"), text(v5 ? "updatedAt" : "updated_at"),
                   std::string(element.text())});
  }
  return out;
}

HttpAnswer Accounts::somebody(const std::string& account, const std::string& method, const std::string& path,
                              const std::string& body) const {
  auto answer = http_request(url_, method, path, body,
                             {{"Authorization", "Bearer " + account + "-key"},
                              {"Content-Type", "application/json"},
                              {"X-Sandbox-Faults", "off"}});
  if (answer.status == 200) return answer;
  throw std::runtime_error("somebody's " + method + " is refused: " + answer.body);
}

std::int64_t Accounts::somebody_adds(const std::string& account, const std::string& webhook) const {
  const auto answer = json::Document::parse(somebody(account, "POST", all_path, webhook).body);
  return answer.root().find("id")->integer().value();
}

void Accounts::somebody_edits(const std::string& account, std::int64_t id, const std::string& webhook) const {
  somebody(account, "POST", all_path, "{\"id\":" + std::to_string(id) + "," + webhook.substr(1));
}

void Accounts::somebody_deletes(const std::string& account, std::int64_t id) const {
  somebody(account, "DELETE", all_path + "/" + std::to_string(id));
}

std::size_t Accounts::requests(const std::string& kind, const std::string& account) const {
  std::istringstream log(slurp(folder_.file("log")));
  std::size_t count = 0;
  for (std::string line; std::getline(log, line);)
    if (is_request(line, kind, account)) ++count;
  return count;
}

void Accounts::await_requests(const std::string& kind, std::size_t count, const std::string& account) const {
  for (int i = 0; i < 15000; ++i) {
    if (requests(kind, account) >= count) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  throw std::runtime_error("no " + kind + " comes");
}

std::size_t Accounts::readings_after_posts(const std::string& account) const {
  std::istringstream log(slurp(folder_.file("log")));
  std::size_t count = 0;
  bool written = false;
  for (std::string line; std::getline(log, line);) {
    if (line.find(" " + account + " ") == std::string::npos) continue;
    const bool reading = line.find(" GET ") != std::string::npos;
    if (reading && written) ++count;
    written = !reading;
  }
  return count;
}

Environment Accounts::environment(const Environment& more) const {
  Environment out = {{"HOME", folder_.path()},
                     {"XDG_STATE_HOME", folder_.file("xdg")},
                     {"HOOKFERRY_SOURCE_KEY", "eu-key"},
                     {"HOOKFERRY_DEST_KEY", "us-key"},
                     {"HOOKFERRY_KEY", "us-key"}};
  for (const auto& [name, value] : more) {
    out[name] = value;
    if (value.empty()) out.erase(name);
  }
  return out;
}

Ran Accounts::run(const std::vector<std::string>& arguments, const std::string& input) const {
  return run_with({}, arguments, input);
}

Ran Accounts::run_with(const Environment& more, const std::vector<std::string>& arguments,
                       const std::string& input) const {
  return run_hookferry(arguments, environment(more), input);
}

std::unique_ptr<Process> Accounts::in_background(const std::string& name,
                                                 const std::vector<std::string>& arguments,
                                                 const Environment& more) const {
  std::vector<std::string> command = {hookferry_binary()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return std::make_unique<Process>(command, environment(more), folder_.file(name + ".out"),
                                   folder_.file(name + ".err"));
}

std::vector<std::string> Accounts::migrate_arguments(const std::vector<std::string>& more) const {
  std::vector<std::string> out = {"migrate",       url_,    url_,    "--source-region", "eu1",
                                  "--dest-region", "us1",   "--yes", "--settle",        "0.3",
                                  "--ledger",      ledger()};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

Ran Accounts::migrate(const std::vector<std::string>& more) const { return run(migrate_arguments(more)); }

std::unique_ptr<Process> Accounts::start_migrate(const std::vector<std::string>& more) const {
  return in_background("migrate", migrate_arguments(more));
}

Ran Accounts::diff(const std::vector<std::string>& more) const {
  std::vector<std::string> arguments = {"diff", url_, url_, "--source-region", "eu1", "--dest-region", "us1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run(arguments);
}

}  // namespace hookferry::test
