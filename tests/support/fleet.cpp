#include "support/fleet.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "json/document.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {
namespace {

std::string capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

/// Until `ready` says so. Throws after half a minute.
template <class Ready>
void await(Ready ready, const std::string& what) {
  for (int i = 0; i < 15000; ++i) {
    if (ready()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  throw std::runtime_error(what);
}

}  // namespace

std::string numbered(const std::string& prefix, std::size_t number) {
  const auto digits = std::to_string(number);
  return prefix + std::string(3 - std::min<std::size_t>(3, digits.size()), '0') + digits;
}

Fleet::Fleet(const std::vector<Account>& accounts, const std::vector<std::string>& sandbox_options) {
  std::filesystem::create_directory(folder_.file("state"));
  for (const auto& account : accounts) {
    names_.push_back(account.name);
    auto webhooks = array_of(account.webhooks);
    const std::string from = "\"company_id\":1,",
                      to = "\"company_id\":" + std::to_string(account.company) + ",";
    for (auto at = webhooks.find(from); at != std::string::npos; at = webhooks.find(from, at + to.size()))
      webhooks.replace(at, from.size(), to);
    spill(folder_.file("state/" + account.name + ".json"),
          "{\"api_key\":\"" + account.name + "-key\",\"company_id\":" + std::to_string(account.company) +
              ",\"webhooks\":" + webhooks + "}");
  }
  start(sandbox_options);
  configure("");
}

void Fleet::start(const std::vector<std::string>& sandbox_options) {
  std::vector<std::string> command = {hookferry_binary(),    "sandbox", "--state",
                                      folder_.file("state"), "--log",   folder_.file("log")};
  command.insert(command.end(), sandbox_options.begin(), sandbox_options.end());
  const auto out = folder_.file("sandbox.out");
  spill(out, "");
  sandbox_ = std::make_unique<Process>(command, Environment(), out, folder_.file("sandbox.err"));
  await([&] { return slurp(out).find('\n') != std::string::npos || !sandbox_->running(); },
        "the sandbox does not start");
  const auto text = slurp(out);
  url_ = text.substr(0, text.find('\n'));
}

void Fleet::restart(const std::vector<std::string>& sandbox_options) {
  sandbox_.reset();
  auto options = sandbox_options;
  options.insert(options.end(), {"--port", url_.substr(url_.rfind(':') + 1)});
  start(options);
}

void Fleet::configure(const std::string& more) const {
  std::string text;
  for (const auto& name : names_)
    text += "[" + name + "]\nurl = " + url_ + "\napi-key-env = " + capitals(name) + "\n";
  spill(config(), text + more);
  std::filesystem::permissions(config(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

std::vector<std::string> Fleet::aliases(const std::string& account) const {
  const auto document = json::Document::parse(slurp(folder_.file("state/" + account + ".json")));
  std::vector<std::string> out;
  for (const auto& element : document.root().find("webhooks")->elements())
    out.push_back(element.find("alias")->string());
  return out;
}

std::size_t Fleet::requests(const std::string& method, const std::string& account) const {
  std::istringstream log(slurp(folder_.file("log")));
  std::size_t count = 0;
  for (std::string line; std::getline(log, line);) {
    std::istringstream words(line);
    std::string time, its, path, status, of;
    words >> time >> its >> path >> status >> of;
    if (its == method && (account.empty() || of == account)) ++count;
  }
  return count;
}

void Fleet::await_begun(const std::string& method) const {
  await([&] { return requests("begun:" + method) > 0; }, "no " + method + " comes");
}

Environment Fleet::environment(const Environment& more) const {
  Environment out = {{"HOME", folder_.path()}, {"XDG_STATE_HOME", folder_.file("xdg")}};
  for (const auto& name : names_) out[capitals(name)] = name + "-key";
  for (const auto& [name, value] : more) {
    out[name] = value;
    if (value.empty()) out.erase(name);
  }
  return out;
}

Ran Fleet::run(const std::vector<std::string>& arguments, const Environment& more) const {
  return run_hookferry(arguments, environment(more));
}

std::vector<std::string> Fleet::fleet_arguments(const std::vector<std::string>& more) const {
  std::vector<std::string> out = {"fleet", "--config", config(), "--settle", "0.3"};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

Ran Fleet::fleet(const std::vector<std::string>& more, const Environment& environment) const {
  return run(fleet_arguments(more), environment);
}

}  // namespace hookferry::test
