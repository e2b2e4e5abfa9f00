// The sandbox's accounts and what can be done to them, independent of how an API spells its requests and
// responses. The accounts are a folder of NAME.json files, and every change is written back.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/document.hpp"
#include "sandbox/faults.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::sandbox {

/// A webhook of an account, or one on its way into it.
struct StoredWebhook {
  /// Without a form, it is recognised by the members.
  explicit StoredWebhook(std::string json_text, std::optional<webhook::Form> known = std::nullopt);

  std::optional<std::int64_t> id;
  std::string alias;  ///< empty if it has none
  std::string text;   ///< JSON, kept to the byte
  webhook::Form form = webhook::Form::v1;
  std::string uuid;  ///< v5's id; empty until the webhook is in an account
};
using Webhooks = std::vector<StoredWebhook>;
/// Null if there is none.
const StoredWebhook* find_id(const Webhooks& webhooks, std::optional<std::int64_t> id);

/// One file: `{"api_key":…, "company_id":…, "webhooks":[…], "last_id":…}`, or `"api_keys":[…]` for several
/// keys of one account. `"api":"v1"` (or v5) leaves out the other API. Webhooks are of either form; those of
/// v1's without a company_id get the account's, those of v5's without an id get one. `last_id` appears with
/// the first change, so that the ids of deleted webhooks are not given again. `"tests":{ALIAS:…}` holds what
/// test messages lead to, and `"tested"` lists those that were sent.
class Account {
 public:
  /// Throws Failure(bad_data) if `content` is not an account.
  Account(std::filesystem::path file, const json::Value& content);

  const std::string& name() const { return name_; }
  const std::vector<std::string>& api_keys() const { return api_keys_; }
  const std::string& company_id() const { return company_id_; }  ///< JSON text
  bool serves(webhook::Form api) const { return only_api_.empty() || only_api_ == webhook::name_of(api); }
  /// The webhook's own, or one that is derived from account and number, so that it is always the same.
  std::string uuid_of(const StoredWebhook& webhook) const;

  const Webhooks& webhooks() const { return versions_.back().webhooks; }
  /// The webhooks as they were that long ago, for a server whose readings lag.
  const Webhooks& webhooks_before(std::chrono::milliseconds age) const;
  /// The highest id that the account holds or ever held.
  std::int64_t last_id() const { return last_id_; }

  /// Makes a new version and writes it to the file.
  void replace(Webhooks webhooks);
  /// Returns false if the account does not hold that webhook.
  bool remove(std::int64_t id);
  /// Writes down that a test message was sent, and returns what it leads to, as JSON text.
  std::string test(const std::string& alias, const std::string& time);

 private:
  struct Version {
    std::chrono::steady_clock::time_point since;
    Webhooks webhooks;
  };
  void add_version(Webhooks webhooks);
  void write() const;

  std::filesystem::path file_;
  std::string name_;
  std::vector<std::string> api_keys_;
  /// JSON texts of the file's members that do not change, and of the test messages.
  std::vector<std::pair<std::string, std::string>> settings_;
  std::vector<std::string> tested_;
  std::map<std::string, std::string, std::less<>> tests_;  ///< JSON texts by alias
  std::string company_id_, only_api_;
  std::deque<Version> versions_;
  std::int64_t last_id_ = 0;
};

class Store {
 public:
  /// Throws Failure(no_input) if there is no such folder or no account in it, and Failure(bad_data) if a file
  /// is not an account.
  explicit Store(const std::filesystem::path& folder);

  Account* find_by_key(std::string_view key);
  /// An id is never given twice, whatever the account. `above`: ids up to that were given otherwise.
  std::int64_t next_id(std::int64_t above) {
    next_id_ = std::max(next_id_, above + 1);
    return next_id_++;
  }
  std::int64_t upcoming_id() const { return next_id_; }

  /// The present time as JSON text: "2026-05-04T03:02:01.000Z". The time of a change is at least a
  /// millisecond later than any time that was given before.
  std::string time(bool changes = false);

 private:
  std::vector<Account> accounts_;
  std::int64_t next_id_ = 1;
  std::int64_t last_time_ = 0;  ///< the last time that was given, in milliseconds
};

/// Elements of a POST on their way into an account. Those that create a webhook have its id from the start,
/// so that a response can go out before they are stored.
class Write {
 public:
  /// The guide's rules allow each of the elements. One with an id updates that webhook.
  Write(Store& store, Account& account, const Webhooks& elements, const Fault& fault);

  /// What would be stored now, in the order of the elements.
  Webhooks preview() const;
  /// Stores the elements, except updates of webhooks that no longer exist, and returns what it stored. With
  /// the fault `twice` it then stores everything once more, under new ids.
  Webhooks apply();
  /// How many webhooks were stored.
  std::size_t applied() const { return applied_; }

 private:
  struct Element {
    StoredWebhook webhook;
    bool creates;
  };
  /// Gives ids to the webhooks that are created.
  void give_ids();

  Store* store_;
  Account* account_;
  Fault fault_;
  std::vector<Element> elements_;
  std::size_t applied_ = 0;
};

/// Makes the change that another client makes. `reuse_ids`: as the fault of that name does.
void apply_edit(const ConcurrentEdit& edit, Store& store, Account& account, bool reuse_ids);

// What each API takes and shows of a webhook. The store keeps a webhook in the form in which it was written,
// and the other API shows it converted. These are in forms.cpp.

/// Why v1 would refuse to create or update this webhook; nothing if it would not. The source is the vendor's
/// webhooks guide, January 2023, Tables A and B.
std::optional<std::string> guide_objection(const json::Value& webhook);

/// A webhook as v5 takes it. The source is the vendor's OpenAPI v5, August 2026.
struct V5Body {
  std::string text;       ///< typed: known members in a fixed order, each once, without those that are null
  std::string objection;  ///< why v5 refuses it; empty if it does not
};
V5Body read_v5_body(const json::Value& data);

/// The posted webhook with the server's own members around it and with what the fault makes of it. v1 keeps
/// its members to the byte. The times are JSON texts; an empty one is left out.
std::string stored_text(const Account& account, const StoredWebhook& posted, std::string_view created_at,
                        std::string_view updated_at, const Fault& fault);

/// The webhook as the API of that form shows it. What that form cannot hold is assumed to look worst: v1
/// shows a type that only v5 has under an undocumented number without its fields, and v5 shows a webhook of
/// an undocumented type as UNKNOWN without a configuration.
std::string text_in_form(const Account& account, const StoredWebhook& webhook, webhook::Form form);

/// The same with the ids that the fault asks for. `members`: those of a row of a list, separated by
/// spaces; empty for all.
std::string shown_text(const Account& account, const StoredWebhook& webhook, webhook::Form form,
                       const Fault& fault, std::string_view members = {});
/// What the API answers of a webhook that was written: v1's members of the guide's examples, or v5's id.
std::string written_text(const Account& account, const StoredWebhook& stored, webhook::Form form,
                         const Fault& fault);

}  // namespace hookferry::sandbox
