#include "accounts.hpp"

#include <chrono>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "json/document.hpp"
#include "json/text.hpp"

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
  spill(file_of("eu"), R"({"api_key":"eu-key","company_id":1,"webhooks":)" + array_of(source) + "}");
  spill(file_of("us"), R"({"api_key":"us-key","company_id":2,"webhooks":)" + array_of(destination) + "}");
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
    out.push_back(element.find("alias")->string());
  return out;
}

std::size_t Accounts::requests(const std::string& method, const std::string& account) const {
  std::istringstream log(slurp(folder_.file("log")));
  std::size_t count = 0;
  for (std::string line; std::getline(log, line);)
    if (line.find(" " + method + " ") != std::string::npos &&
        (account.empty() || line.find(" " + account + " ") != std::string::npos))
      ++count;
  return count;
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

Environment Accounts::environment() const {
  return {{"HOME", folder_.path()},
          {"XDG_STATE_HOME", folder_.file("xdg")},
          {"HOOKFERRY_SOURCE_KEY", "eu-key"},
          {"HOOKFERRY_DEST_KEY", "us-key"},
          {"HOOKFERRY_KEY", "us-key"}};
}

Ran Accounts::run(const std::vector<std::string>& arguments, const std::string& input) const {
  return run_hookferry(arguments, environment(), input);
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
  std::vector<std::string> command = migrate_arguments(more);
  command.insert(command.begin(), hookferry_binary());
  return std::make_unique<Process>(command, environment(), folder_.file("migrate.out"),
                                   folder_.file("migrate.err"));
}

Ran Accounts::diff(const std::vector<std::string>& more) const {
  std::vector<std::string> arguments = {"diff", url_, url_, "--source-region", "eu1", "--dest-region", "us1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run(arguments);
}

}  // namespace hookferry::test
