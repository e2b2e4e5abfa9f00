// The sandbox's state: a folder of NAME.json files, one an account, changes written back.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"

namespace hookferry {

using SandboxClock = std::chrono::steady_clock;

/// Where the webhook (JSON text) of that id stands.
std::optional<std::size_t> place_of(const std::vector<std::string>& webhooks, std::int64_t id);

/// `{"api_key":…, "company_id":…, "webhooks":[…], "last_id":…}`, or `"api_keys":[…]` for several keys of one
/// account. Webhooks are kept as their text, to the byte; those without a company_id get the account's.
/// `last_id` is there once something was written: ids of what was deleted are not given again.
class SandboxAccount {
 public:
  using Webhooks = std::vector<std::string>;

  SandboxAccount(std::filesystem::path file, const json::Value& content);

  const std::string& name() const { return name_; }
  const std::vector<std::string>& api_keys() const { return api_keys_; }
  const std::string& company_id() const { return company_id_; }  ///< JSON text

  const Webhooks& webhooks() const { return versions_.back().webhooks; }
  /// As they were that long ago: a server whose readings lag.
  const Webhooks& webhooks_before(std::chrono::milliseconds age) const;
  std::optional<std::size_t> place_of(std::int64_t id) const { return hookferry::place_of(webhooks(), id); }
  /// That the account holds or ever held.
  std::int64_t last_id() const { return last_id_; }

  /// A new version, written to the file.
  void replace(Webhooks webhooks);
  /// False where it does not hold that one.
  bool remove(std::int64_t id);

 private:
  struct Version {
    SandboxClock::time_point since;
    Webhooks webhooks;
  };
  std::filesystem::path file_;
  std::string name_;
  std::vector<std::string> api_keys_;
  std::string keys_member_;  ///< as the file has it
  std::string company_id_;
  std::deque<Version> versions_;
  std::int64_t last_id_ = 0;
};

/// Empty where there is none. `webhook`: JSON text.
std::string alias_of(const std::string& webhook);

class SandboxState {
 public:
  /// Failure(no_input) where there is no such folder or no account in it, (bad_data) where a file is none.
  explicit SandboxState(const std::filesystem::path& folder);

  SandboxAccount* find_by_key(std::string_view key);
  /// Never given twice, over all accounts.
  std::int64_t next_id() { return next_id_++; }
  std::int64_t upcoming_id() const { return next_id_; }

  /// Now, as JSON text: "2026-05-04T03:02:01.000Z".
  std::string time_of_creation();
  /// Later by a millisecond at least than any time that was given before.
  std::string time_of_change();

 private:
  std::vector<SandboxAccount> accounts_;
  std::int64_t next_id_ = 1;
  std::int64_t last_time_ = 0;  ///< given, in milliseconds
};

}  // namespace hookferry
