#include "sandbox/accounts.hpp"

#include <algorithm>

#include "core/clock.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "json/build.hpp"
#include "json/document.hpp"

namespace hookferry {
namespace {

/// Old versions are for readings that lag; no fault lags longer.
constexpr std::chrono::seconds oldest_version{60};

std::optional<std::int64_t> id_of(const std::string& webhook) {
  const auto document = json::Document::parse(webhook);
  const auto id = document.root().find("id");
  return id ? id->integer() : std::nullopt;
}

std::int64_t highest_id(const SandboxAccount::Webhooks& webhooks) {
  std::int64_t out = 0;
  for (const auto& webhook : webhooks) out = std::max(out, id_of(webhook).value_or(0));
  return out;
}

std::string iso(std::int64_t milliseconds) {
  auto fraction = std::to_string(milliseconds % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return json::encode(utc_text(milliseconds / 1000, "%Y-%m-%dT%H:%M:%S.") + fraction + "Z");
}

json::Value required(const json::Value& content, std::string_view member, json::Kind kind,
                     const std::filesystem::path& file) {
  const auto value = content.find(member);
  if (value && value->is(kind)) return *value;
  throw Failure(Cause::bad_data,
                printable(file.string()) + " is no sandbox account: " + std::string(member) +
                    " is missing or of the wrong type",
                "it looks like {\"api_key\":\"...\", \"company_id\":1, \"webhooks\":[]}");
}

[[noreturn]] void refuse_keys(const std::filesystem::path& file) {
  throw Failure(Cause::bad_data,
                printable(file.string()) + " is no sandbox account: it needs api_key or api_keys, not both",
                "\"api_key\":\"...\", or \"api_keys\":[\"...\"] for several keys of one account");
}

std::vector<std::string> read_keys(const json::Value& content, const std::filesystem::path& file) {
  const auto several = content.find("api_keys");
  if (!several) return {required(content, "api_key", json::Kind::string, file).string()};
  if (content.find("api_key") || several->elements().empty()) refuse_keys(file);
  std::vector<std::string> out;
  for (const auto& key : several->elements()) {
    if (!key.is(json::Kind::string)) refuse_keys(file);
    out.push_back(key.string());
  }
  return out;
}

std::string keys_member(const json::Value& content) {
  const std::string name = content.find("api_keys") ? "api_keys" : "api_key";
  return "\"" + name + "\":" + std::string(content.find(name)->text());
}

std::string with_company(const json::Value& webhook, const std::string& company_id) {
  std::string text(webhook.text());
  if (!webhook.is(json::Kind::object) || webhook.find("company_id")) return text;
  const auto* comma = webhook.members().empty() ? "" : ",";
  text.pop_back();
  return text + comma + "\"company_id\":" + company_id + "}";
}

}  // namespace

std::optional<std::size_t> place_of(const std::vector<std::string>& webhooks, std::int64_t id) {
  for (std::size_t i = 0; i < webhooks.size(); ++i)
    if (id_of(webhooks[i]) == id) return i;
  return std::nullopt;
}

SandboxAccount::SandboxAccount(std::filesystem::path file, const json::Value& content)
    : file_(std::move(file)),
      name_(file_.stem().string()),
      api_keys_(read_keys(content, file_)),
      keys_member_(keys_member(content)),
      company_id_(required(content, "company_id", json::Kind::number, file_).text()) {
  Webhooks webhooks;
  for (const auto& webhook : required(content, "webhooks", json::Kind::array, file_).elements())
    webhooks.push_back(with_company(webhook, company_id_));
  if (const auto last_id = content.find("last_id")) last_id_ = last_id->integer().value_or(0);
  last_id_ = std::max(last_id_, highest_id(webhooks));
  versions_.push_back({SandboxClock::now(), std::move(webhooks)});
}

const SandboxAccount::Webhooks& SandboxAccount::webhooks_before(std::chrono::milliseconds age) const {
  const auto then = SandboxClock::now() - age;
  for (auto version = versions_.rbegin(); version != versions_.rend(); ++version)
    if (version->since <= then) return version->webhooks;
  return versions_.front().webhooks;
}

void SandboxAccount::replace(Webhooks webhooks) {
  const auto now = SandboxClock::now();
  last_id_ = std::max(last_id_, highest_id(webhooks));
  versions_.push_back({now, std::move(webhooks)});
  while (versions_.size() > 1 && versions_[1].since < now - oldest_version) versions_.pop_front();
  std::string text = "{" + keys_member_ + ",\"company_id\":" + company_id_ + ",\"webhooks\":[";
  for (const auto& webhook : this->webhooks()) text += (text.back() == '[' ? "" : ",") + webhook;
  const auto document = json::Document::parse(text + "],\"last_id\":" + std::to_string(last_id_) + "}");
  write_file(file_.string(), json::pretty(document.root()) + "\n");
}

bool SandboxAccount::remove(std::int64_t id) {
  const auto place = place_of(id);
  if (!place) return false;
  auto left = webhooks();
  left.erase(left.begin() + static_cast<std::ptrdiff_t>(*place));
  replace(std::move(left));
  return true;
}

std::string alias_of(const std::string& webhook) {
  const auto document = json::Document::parse(webhook);
  const auto alias = document.root().find("alias");
  return alias ? alias->string() : std::string();
}

SandboxState::SandboxState(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  if (error)
    throw Failure(Cause::no_input,
                  "cannot read the sandbox folder " + printable(folder.string()) + ": " + error.message(),
                  "name a folder that holds a NAME.json for each account");
  if (files.empty())
    throw Failure(Cause::no_input, "there is no account in " + printable(folder.string()),
                  "put a NAME.json for each account there");
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const auto document = json::Document::try_parse(read_file(file.string(), "the sandbox account"));
    if (!document) throw Failure(Cause::bad_data, printable(file.string()) + " is no JSON");
    SandboxAccount account(file, document->root());
    for (const auto& key : account.api_keys())
      if (find_by_key(key) != nullptr)
        throw Failure(Cause::bad_data, printable(file.string()) + " has the key of another account",
                      "give each account its own");
    accounts_.push_back(std::move(account));
    next_id_ = std::max(next_id_, accounts_.back().last_id() + 1);
  }
}

std::string SandboxState::time_of_creation() {
  last_time_ = std::max(last_time_, now_ms());
  return iso(last_time_);
}

std::string SandboxState::time_of_change() {
  last_time_ = std::max(last_time_ + 1, now_ms());
  return iso(last_time_);
}

SandboxAccount* SandboxState::find_by_key(std::string_view key) {
  const auto found = std::find_if(accounts_.begin(), accounts_.end(), [&](const SandboxAccount& account) {
    const auto& keys = account.api_keys();
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  });
  return found == accounts_.end() ? nullptr : &*found;
}

}  // namespace hookferry
