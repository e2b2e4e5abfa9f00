#include "sandbox/store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "core/crypto.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "json/document.hpp"

namespace hookferry::sandbox {
namespace {

using json::Kind;

/// Old versions are kept for readings that lag, and no fault lags longer than this.
constexpr std::chrono::seconds oldest_version{60};

/// Adds a member behind the others of an object, which keep their bytes. `object` and `value` are JSON texts.
std::string with_member(const std::string& object, std::string_view name, std::string_view value) {
  const auto document = json::Document::parse(object);
  const auto end = document.root().end() - 1;
  const auto* comma = document.root().members().empty() ? "" : ",";
  return json::apply(object, {{end, end, fmt::format("{}\"{}\":{}", comma, name, value)}});
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why, const std::string& hint) {
  throw Failure(Cause::bad_data, fmt::format("{} {}", printable(file.string()), why), hint);
}

json::Value required(const json::Value& content, std::string_view member, Kind kind,
                     const std::filesystem::path& file) {
  const auto value = content.find(member);
  if (!value || !value->is(kind))
    refuse(file, fmt::format("is not a sandbox account: {} is missing or of the wrong type", member),
           "it looks like {\"api_key\":\"...\", \"company_id\":1, \"webhooks\":[]}");
  return *value;
}

std::vector<std::string> read_keys(const json::Value& content, const std::filesystem::path& file) {
  const auto several = content.find("api_keys");
  if (!several) return {required(content, "api_key", Kind::string, file).string()};
  std::vector<std::string> out;
  several->each_element([&](const json::Value& key) {
    if (key.is(Kind::string)) out.push_back(key.string());
  });
  if (content.find("api_key") || out.empty() || out.size() != several->elements().size())
    refuse(file, "is not a sandbox account: it needs api_key or api_keys, not both",
           "\"api_key\":\"...\", or \"api_keys\":[\"...\"] for several keys of one account");
  return out;
}

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

std::string edited_webhook(const StoredWebhook& webhook, const ConcurrentEdit& edit, Store& store) {
  const bool v5 = webhook.form == webhook::Form::v5;
  const auto* time = v5 ? "updatedAt" : "updated_at";
  const auto now = store.time(true);
  // With the time in it, the URL is one that the webhook has not had before.
  const auto url = edit.url.empty() ? "https://touched.test/" + json::decode(now) : edit.url;
  const auto document = json::Document::parse(webhook.text);
  std::vector<json::Edit> edits;
  for (const auto& [key, value] : document.root().members()) {
    const auto name = key.string();
    if (name == "url") edits.push_back({value.begin(), value.end(), json::encode(url)});
    if (name == (v5 ? "name" : "alias") && !edit.to.empty())
      edits.push_back({value.begin(), value.end(), json::encode(edit.to)});
    if (name == time) edits.push_back({value.begin(), value.end(), now});
  }
  auto out = json::apply(webhook.text, edits);
  if (!document.root().find(time)) out = with_member(out, time, now);
  return v5 && !document.root().find("url") ? with_member(out, "url", json::encode(url)) : out;
}

}  // namespace

StoredWebhook::StoredWebhook(std::string json_text, std::optional<webhook::Form> known)
    : text(std::move(json_text)) {
  const auto document = json::Document::over(text);
  const webhook::WebhookMembers members(document.root(), known);
  form = members.form;
  if (members.id) id = members.id->integer();
  if (members.alias) alias = members.alias->string();
  if (members.uuid) uuid = members.uuid->string();
}

const StoredWebhook* find_id(const Webhooks& webhooks, std::optional<std::int64_t> id) {
  const auto found = std::ranges::find(webhooks, id, &StoredWebhook::id);
  return found == webhooks.end() ? nullptr : &*found;
}

Account::Account(std::filesystem::path file, const json::Value& content)
    : file_(std::move(file)),
      name_(file_.stem().string()),
      api_keys_(read_keys(content, file_)),
      company_id_(required(content, "company_id", Kind::number, file_).text()) {
  for (const auto& [key, value] : content.members()) {
    const auto name = key.string();
    if (name == "api") only_api_ = value.string();
    if (name == "tests")
      for (const auto& [alias, outcome] : value.members()) tests_[alias.string()] = outcome.text();
    if (name == "tested")
      for (const auto& one : value.elements()) tested_.emplace_back(one.text());
    else if (name != "webhooks" && name != "last_id")
      settings_.emplace_back(name, value.text());
  }
  if (!only_api_.empty() && only_api_ != "v1" && only_api_ != "v5")
    refuse(file_, "is not a sandbox account: api is v1 or v5", "leave it out to serve both");
  Webhooks webhooks;
  for (const auto& webhook : required(content, "webhooks", Kind::array, file_).elements()) {
    StoredWebhook stored{std::string(webhook.text())};
    const bool v5 = stored.form == webhook::Form::v5;
    const auto* owned = v5 ? "id" : "company_id";
    if (webhook.is(Kind::object) && !webhook.find(owned))
      stored = StoredWebhook(
          with_member(stored.text, owned, v5 ? json::encode(uuid_of(stored)) : company_id_), stored.form);
    webhooks.push_back(std::move(stored));
  }
  if (const auto last_id = content.find("last_id")) last_id_ = last_id->integer().value_or(0);
  add_version(std::move(webhooks));
}

std::string Account::uuid_of(const StoredWebhook& webhook) const {
  if (!webhook.uuid.empty()) return webhook.uuid;
  const auto name = webhook.id ? std::to_string(*webhook.id) : webhook.text;
  const auto digits = sha256_hex(name_ + "\n" + name);
  return fmt::format("{}-{}-5{}-8{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(12, 3),
                     digits.substr(15, 3), digits.substr(18, 12));
}

void Account::add_version(Webhooks webhooks) {
  for (auto& webhook : webhooks) {
    last_id_ = std::max(last_id_, webhook.id.value_or(0));
    if (webhook.uuid.empty()) webhook.uuid = uuid_of(webhook);
  }
  versions_.push_back({std::chrono::steady_clock::now(), std::move(webhooks)});
}

const Webhooks& Account::webhooks_before(std::chrono::milliseconds age) const {
  const auto then = std::chrono::steady_clock::now() - age;
  for (auto version = versions_.rbegin(); version != versions_.rend(); ++version)
    if (version->since <= then) return version->webhooks;
  return versions_.front().webhooks;
}

void Account::replace(Webhooks webhooks) {
  add_version(std::move(webhooks));
  const auto oldest = versions_.back().since - oldest_version;
  while (versions_.size() > 1 && versions_[1].since < oldest) versions_.pop_front();
  write();
}

void Account::write() const {
  boost::json::object out;
  for (const auto& [name, text] : settings_) out[name] = json::raw_json(text);
  boost::json::array texts, tested;
  for (const auto& webhook : webhooks()) texts.push_back(json::raw_json(webhook.text));
  for (const auto& text : tested_) tested.push_back(json::raw_json(text));
  out["webhooks"] = std::move(texts);
  out["last_id"] = last_id_;
  if (!tested.empty()) out["tested"] = std::move(tested);
  write_file(file_.string(), json::pretty(out) + "\n");
}

std::string Account::test(const std::string& alias, const std::string& time) {
  tested_.push_back(fmt::format(R"({{"name":{},"at":{}}})", json::encode(alias), time));
  write();
  const auto outcome = tests_.find(alias);
  return outcome == tests_.end() ? R"({"success":{}})" : outcome->second;
}

bool Account::remove(std::int64_t id) {
  auto left = webhooks();
  const auto found = std::ranges::find(left, std::optional(id), &StoredWebhook::id);
  if (found == left.end()) return false;
  left.erase(found);
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
    throw Failure(Cause::no_input, fmt::format("there is not an account in {}", folder_name),
                  "put a NAME.json for each account there");
  std::ranges::sort(files);
  for (const auto& file : files) {
    const auto document = json::Document::try_parse(read_file(file.string(), "the sandbox account"));
    if (!document) refuse(file, "is not JSON", "");
    Account account(file, document->root());
    for (const auto& key : account.api_keys())
      if (find_by_key(key) != nullptr)
        refuse(file, "has the key of another account", "give each account its own");
    accounts_.push_back(std::move(account));
    next_id_ = std::max(next_id_, accounts_.back().last_id() + 1);
  }
}

std::string Store::time(bool changes) {
  last_time_ = std::max(last_time_ + (changes ? 1 : 0), now_ms());
  const auto seconds = utc_text(last_time_ / 1000, "%Y-%m-%dT%H:%M:%S");
  return json::encode(fmt::format("{}.{:03}Z", seconds, last_time_ % 1000));
}

Account* Store::find_by_key(std::string_view key) {
  for (auto& account : accounts_)
    if (std::ranges::find(account.api_keys(), key) != account.api_keys().end()) return &account;
  return nullptr;
}

Write::Write(Store& store, Account& account, const Webhooks& elements, const Fault& fault)
    : store_(&store), account_(&account), fault_(fault) {
  for (const auto& element : elements) elements_.push_back({element, !element.id || fault.update_creates});
  give_ids();
}

void Write::give_ids() {
  std::int64_t highest = 0;
  for (const auto& webhook : account_->webhooks()) highest = std::max(highest, webhook.id.value_or(0));
  for (auto& [webhook, creates] : elements_) {
    if (creates) webhook.id = fault_.reuse_ids ? ++highest : store_->next_id(account_->last_id());
    if (creates) webhook.uuid.clear();
  }
}

Webhooks Write::preview() const {
  Webhooks out;
  const auto time = store_->time();
  for (const auto& element : elements_)
    out.emplace_back(stored_text(*account_, element.webhook, time, time, fault_));
  return out;
}

Webhooks Write::apply() {
  Webhooks out;
  if (elements_.empty()) return out;
  if (fault_.reuse_ids) give_ids();  // another client may have taken them since
  auto webhooks = account_->webhooks();
  const bool updates = !std::ranges::all_of(elements_, &Element::creates);
  const auto created = store_->time();
  const auto changed = updates ? store_->time(true) : created;
  for (const auto& [posted, creates] : elements_) {
    if (creates) {
      const auto there = std::ranges::find(webhooks, posted.alias, &StoredWebhook::alias);
      if (fault_.get_or_create && there != webhooks.end()) {
        out.push_back(*there);
        continue;
      }
      out.emplace_back(stored_text(*account_, posted, created, created, fault_));
      webhooks.push_back(out.back());
      continue;
    }
    const auto found = std::ranges::find(webhooks, posted.id, &StoredWebhook::id);
    if (found == webhooks.end()) continue;
    const auto old = json::Document::parse(found->text);
    const auto since = webhook::WebhookMembers(old.root(), found->form).created_at;
    out.emplace_back(
        stored_text(*account_, posted, since ? since->text() : std::string_view(), changed, fault_));
    out.back().uuid = found->uuid;
    *found = out.back();
  }
  account_->replace(std::move(webhooks));
  applied_ += out.size();
  if (!std::exchange(fault_.twice, false)) return out;
  give_ids();
  apply();
  return out;
}

void apply_edit(const ConcurrentEdit& edit, Store& store, Account& account, bool reuse_ids) {
  if (edit.kind == ConcurrentEdit::Kind::add) {
    Fault fault;
    fault.reuse_ids = reuse_ids;
    Write(store, account, {StoredWebhook(added_webhook(edit, store))}, fault).apply();
    return;
  }
  auto webhooks = account.webhooks();
  std::size_t left = edit.count;
  for (auto i = webhooks.size(); i-- > 0 && left > 0;) {
    if (!glob_matches(edit.alias, webhooks[i].alias)) continue;
    --left;
    if (edit.kind == ConcurrentEdit::Kind::edit)
      webhooks[i] = StoredWebhook(edited_webhook(webhooks[i], edit, store));
    else
      webhooks.erase(webhooks.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (left != edit.count) account.replace(std::move(webhooks));
}

}  // namespace hookferry::sandbox
