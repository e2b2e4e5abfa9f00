#include "sandbox/store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "core/clock.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/glob.hpp"
#include "core/printable.hpp"
#include "json/edit.hpp"
#include "json/made.hpp"
#include "json/text.hpp"

namespace hookferry::sandbox {
namespace {

using json::Kind;

/// Old versions are kept for readings that lag, and no fault lags longer than this.
constexpr std::chrono::seconds oldest_version{60};

std::optional<std::int64_t> id_of(const std::string& webhook) {
  const auto document = json::Document::parse(webhook);
  const auto id = document.root().find("id");
  return id ? id->integer() : std::nullopt;
}

std::int64_t highest_id(const Webhooks& webhooks) {
  std::int64_t out = 0;
  for (const auto& webhook : webhooks) out = std::max(out, id_of(webhook).value_or(0));
  return out;
}

std::string iso_time(std::int64_t milliseconds) {
  const auto seconds = utc_text(milliseconds / 1000, "%Y-%m-%dT%H:%M:%S");
  return json::encode(fmt::format("{}.{:03}Z", seconds, milliseconds % 1000));
}

/// Adds a member behind the others of an object, which keep their bytes. `object` and `value` are JSON texts.
std::string with_member(const std::string& object, std::string_view name, std::string_view value) {
  const auto document = json::Document::parse(object);
  const auto end = document.root().end() - 1;
  const auto* comma = document.root().members().empty() ? "" : ",";
  return json::apply(object, {{end, end, fmt::format("{}\"{}\":{}", comma, name, value)}});
}

json::Value required(const json::Value& content, std::string_view member, Kind kind,
                     const std::filesystem::path& file) {
  const auto value = content.find(member);
  if (value && value->is(kind)) return *value;
  throw Failure(Cause::bad_data,
                fmt::format("{} is no sandbox account: {} is missing or of the wrong type",
                            printable(file.string()), member),
                "it looks like {\"api_key\":\"...\", \"company_id\":1, \"webhooks\":[]}");
}

std::vector<std::string> read_keys(const json::Value& content, const std::filesystem::path& file) {
  const auto several = content.find("api_keys");
  if (!several) return {required(content, "api_key", Kind::string, file).string()};
  const auto keys = several->elements();
  const bool all_strings =
      std::ranges::all_of(keys, [](const json::Value& key) { return key.is(Kind::string); });
  if (content.find("api_key") || keys.empty() || !all_strings)
    throw Failure(Cause::bad_data,
                  fmt::format("{} is no sandbox account: it needs api_key or api_keys, not both",
                              printable(file.string())),
                  "\"api_key\":\"...\", or \"api_keys\":[\"...\"] for several keys of one account");
  std::vector<std::string> out;
  for (const auto& key : keys) out.push_back(key.string());
  return out;
}

}  // namespace

std::optional<std::size_t> index_of(const Webhooks& webhooks, std::int64_t id) {
  for (std::size_t i = 0; i < webhooks.size(); ++i)
    if (id_of(webhooks[i]) == id) return i;
  return std::nullopt;
}

std::string alias_of(const std::string& webhook) {
  const auto document = json::Document::parse(webhook);
  const auto alias = document.root().find("alias");
  return alias ? alias->string() : std::string();
}

Account::Account(std::filesystem::path file, const json::Value& content)
    : file_(std::move(file)),
      name_(file_.stem().string()),
      api_keys_(read_keys(content, file_)),
      company_id_(required(content, "company_id", Kind::number, file_).text()) {
  const auto* keys_name = content.find("api_keys") ? "api_keys" : "api_key";
  keys_member_ = fmt::format("\"{}\":{}", keys_name, content.find(keys_name)->text());
  Webhooks webhooks;
  for (const auto& webhook : required(content, "webhooks", Kind::array, file_).elements()) {
    const std::string text(webhook.text());
    const bool lacks_company = webhook.is(Kind::object) && !webhook.find("company_id");
    webhooks.push_back(lacks_company ? with_member(text, "company_id", company_id_) : text);
  }
  if (const auto last_id = content.find("last_id")) last_id_ = last_id->integer().value_or(0);
  last_id_ = std::max(last_id_, highest_id(webhooks));
  versions_.push_back({std::chrono::steady_clock::now(), std::move(webhooks)});
}

const Webhooks& Account::webhooks_before(std::chrono::milliseconds age) const {
  const auto then = std::chrono::steady_clock::now() - age;
  for (auto version = versions_.rbegin(); version != versions_.rend(); ++version)
    if (version->since <= then) return version->webhooks;
  return versions_.front().webhooks;
}

void Account::replace(Webhooks webhooks) {
  const auto now = std::chrono::steady_clock::now();
  last_id_ = std::max(last_id_, highest_id(webhooks));
  versions_.push_back({now, std::move(webhooks)});
  while (versions_.size() > 1 && versions_[1].since < now - oldest_version) versions_.pop_front();
  const auto document = json::Document::parse(
      fmt::format(R"({{{},"company_id":{},"webhooks":[{}],"last_id":{}}})", keys_member_, company_id_,
                  fmt::join(this->webhooks(), ","), last_id_));
  write_file(file_.string(), json::pretty(document.root()) + "\n");
}

bool Account::remove(std::int64_t id) {
  const auto index = index_of(webhooks(), id);
  if (!index) return false;
  auto left = webhooks();
  left.erase(left.begin() + static_cast<std::ptrdiff_t>(*index));
  replace(std::move(left));
  return true;
}

Store::Store(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  const auto folder_name = printable(folder.string());
  if (error)
    throw Failure(Cause::no_input,
                  fmt::format("cannot read the sandbox folder {}: {}", folder_name, error.message()),
                  "name a folder that holds a NAME.json for each account");
  if (files.empty())
    throw Failure(Cause::no_input, fmt::format("there is no account in {}", folder_name),
                  "put a NAME.json for each account there");
  std::ranges::sort(files);
  for (const auto& file : files) {
    const auto document = json::Document::try_parse(read_file(file.string(), "the sandbox account"));
    if (!document) throw Failure(Cause::bad_data, printable(file.string()) + " is no JSON");
    Account account(file, document->root());
    for (const auto& key : account.api_keys())
      if (find_by_key(key) != nullptr)
        throw Failure(Cause::bad_data, printable(file.string()) + " has the key of another account",
                      "give each account its own");
    accounts_.push_back(std::move(account));
    next_id_ = std::max(next_id_, accounts_.back().last_id() + 1);
  }
}

std::string Store::time_of_creation() {
  last_time_ = std::max(last_time_, now_ms());
  return iso_time(last_time_);
}

std::string Store::time_of_change() {
  last_time_ = std::max(last_time_ + 1, now_ms());
  return iso_time(last_time_);
}

Account* Store::find_by_key(std::string_view key) {
  for (auto& account : accounts_)
    if (std::ranges::find(account.api_keys(), key) != account.api_keys().end()) return &account;
  return nullptr;
}

namespace {

/// The value (JSON text) that is stored for a member of a posted element.
std::string stored_value(const std::string& name, const json::Value& value, const Fault& fault) {
  std::string text(value.text());
  if (name == "integration_type" && !value.find("label")) {
    // Requests may say name where responses say label.
    std::vector<json::Edit> edits;
    for (const auto& [key, _] : value.members())
      if (key.string() == "name")
        edits.push_back({key.begin() - value.begin(), key.end() - value.begin(), "\"label\""});
    return json::apply(text, edits);
  }
  if (!value.is(Kind::string)) return text;
  const auto content = value.string();
  if (name == fault.drop) return "\"\"";
  if (name == "url" && fault.normalise == Normalise::collapse) return "\"\"";
  if (name == "url" && fault.normalise == Normalise::injective)
    return json::encode(content.ends_with("#n") ? content : content + "#n");
  if (name == fault.alter) return json::encode(content + "#altered");
  if (name == "integration_type_fields" && fault.reserialize)
    if (const auto inner = json::Document::try_parse(content))
      return json::encode(json::pretty(inner->root()));
  return text;
}

/// Both are JSON texts.
struct Times {
  std::string created_at, updated_at;
};

/// The members of a posted element, to the byte, with the server's own around them.
std::string stored_text(const Account& account, const std::string& element_text, std::int64_t id,
                        const Times& times, const Fault& fault) {
  const auto document = json::Document::parse(element_text);
  const auto element = document.root();
  std::vector<std::string> members = {fmt::format("\"id\":{}", id),
                                      fmt::format("\"company_id\":{}", account.company_id())};
  for (const auto& [key, value] : element.members())
    if (const auto name = key.string(); name != "id")
      members.push_back(fmt::format("{}:{}", key.text(), stored_value(name, value, fault)));
  if (!element.find("integration_type_fields")) members.emplace_back("\"integration_type_fields\":\"[]\"");
  if (!element.find("integrationTypeId"))
    members.push_back(fmt::format("\"integrationTypeId\":{}", element.find("integration_type_id")->text()));
  members.push_back(fmt::format("\"created_at\":{}", times.created_at));
  members.push_back(fmt::format("\"updated_at\":{}", times.updated_at));
  return fmt::format("{{{}}}", fmt::join(members, ","));
}

std::string creation_time_of(const std::string& webhook) {
  const auto document = json::Document::parse(webhook);
  const auto value = document.root().find("created_at");
  return value ? std::string(value->text()) : std::string();
}

}  // namespace

Write::Write(Store& store, Account& account, const std::vector<std::string>& elements, const Fault& fault)
    : store_(&store), account_(&account), fault_(fault) {
  for (const auto& text : elements) {
    const auto id = id_of(text);
    elements_.push_back({id ? *id : store_->next_id(), !id, text});
  }
}

std::vector<StoredWebhook> Write::preview() const {
  std::vector<StoredWebhook> out;
  const Times times{store_->time_of_creation(), store_->time_of_creation()};
  for (const auto& element : elements_)
    out.push_back({element.id, stored_text(*account_, element.text, element.id, times, fault_)});
  return out;
}

std::vector<StoredWebhook> Write::apply() {
  auto out = store_once();
  if (!fault_.twice) return out;
  for (auto& element : elements_)
    if (element.creates) element.id = store_->next_id();
  store_once();
  return out;
}

std::vector<StoredWebhook> Write::store_once() {
  std::vector<StoredWebhook> out;
  if (elements_.empty()) return out;
  auto webhooks = account_->webhooks();
  const bool updates = std::ranges::any_of(elements_, [](const auto& element) { return !element.creates; });
  const auto created = store_->time_of_creation();
  const auto changed = updates ? store_->time_of_change() : created;
  for (const auto& element : elements_) {
    const auto index = element.creates ? std::nullopt : index_of(account_->webhooks(), element.id);
    if (!element.creates && !index) continue;
    const auto times = index ? Times{creation_time_of(webhooks[*index]), changed} : Times{created, created};
    out.push_back({element.id, stored_text(*account_, element.text, element.id, times, fault_)});
    if (index) {
      webhooks[*index] = out.back().text;
    } else {
      webhooks.push_back(out.back().text);
    }
  }
  account_->replace(std::move(webhooks));
  applied_ += out.size();
  return out;
}

namespace {

/// The webhook that another client adds.
std::string added_webhook(const ConcurrentEdit& edit, const Store& store) {
  const auto url = edit.url.empty() ? fmt::format("https://foreign.test/{}", store.upcoming_id()) : edit.url;
  return json::compact(
      {{"alias", edit.alias},
       {"url", url},
       {"integration_type_fields", "[]"},
       {"integration_type_id", 0},
       {"integration_type", {{"id", 0}, {"label", "Slack"}, {"icon", "/assets/settings/slack-48.png"}}}});
}

std::string edited_webhook(const std::string& webhook, const ConcurrentEdit& edit, Store& store) {
  const auto now = store.time_of_change();
  // With the time in it, the URL is one that the webhook has not had before.
  const auto url = edit.url.empty() ? "https://touched.test/" + json::decode(now) : edit.url;
  const auto document = json::Document::parse(webhook);
  std::vector<json::Edit> edits;
  for (const auto& [key, value] : document.root().members()) {
    const auto name = key.string();
    if (name == "url") edits.push_back({value.begin(), value.end(), json::encode(url)});
    if (name == "alias" && !edit.to.empty())
      edits.push_back({value.begin(), value.end(), json::encode(edit.to)});
    if (name == "updated_at") edits.push_back({value.begin(), value.end(), now});
  }
  const auto out = json::apply(webhook, edits);
  return document.root().find("updated_at") ? out : with_member(out, "updated_at", now);
}

}  // namespace

void apply_edit(const ConcurrentEdit& edit, Store& store, Account& account) {
  if (edit.kind == ConcurrentEdit::Kind::add) {
    Write(store, account, {added_webhook(edit, store)}, Fault()).apply();
    return;
  }
  auto webhooks = account.webhooks();
  std::size_t left = edit.count;
  for (auto i = webhooks.size(); i-- > 0 && left > 0;) {
    if (!glob_matches(edit.alias, alias_of(webhooks[i]))) continue;
    --left;
    if (edit.kind == ConcurrentEdit::Kind::edit) {
      webhooks[i] = edited_webhook(webhooks[i], edit, store);
    } else {
      webhooks.erase(webhooks.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  if (left != edit.count) account.replace(std::move(webhooks));
}

}  // namespace hookferry::sandbox
