// Two accounts in a sandbox, and the binary between them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "process.hpp"

namespace hookferry::test {

/// `{"alias":…}` of type slack as an account would hold it; `id` 0: without the server's members.
std::string slack(const std::string& alias, const std::string& url, int id = 0);
std::string sendlog(const std::string& alias, const std::string& url, int id = 0,
                    const std::string& fields = {});
/// JSON array.
std::string array_of(const std::vector<std::string>& webhooks);
/// "hook-0" … with ids from 1.
std::vector<std::string> many(std::size_t count);

/// The sandbox as a process of its own, with the accounts "eu" (key eu-key) and "us" (key us-key).
class Accounts {
 public:
  Accounts(const std::vector<std::string>& source, const std::vector<std::string>& destination,
           const std::vector<std::string>& sandbox_options = {});

  const std::string& url() const { return url_; }
  const TempDir& folder() const { return folder_; }
  /// Stops the sandbox and starts it again over the same accounts, with other options, at the same address.
  void restart(const std::vector<std::string>& sandbox_options);
  void stop() { sandbox_.reset(); }

  /// Aliases of an account's webhooks, in its order.
  std::vector<std::string> aliases(const std::string& account) const;
  std::size_t count(const std::string& account) const { return aliases(account).size(); }
  /// The account's file.
  std::string file_of(const std::string& account) const { return folder_.file("state/" + account + ".json"); }
  /// Lines of the server's own log with that method.
  /// How often that account was read after it was written to.
  std::size_t readings_after_posts(const std::string& account) const;
  std::size_t requests(const std::string& method, const std::string& account = "") const;

  /// Keys and a state folder of one's own.
  Environment environment() const;
  Ran run(const std::vector<std::string>& arguments, const std::string& input = {}) const;
  /// `migrate URL URL --yes`, eu1 to us1, quick to settle.
  std::vector<std::string> migrate_arguments(const std::vector<std::string>& more = {}) const;
  Ran migrate(const std::vector<std::string>& more = {}) const;
  /// The same as a process that can be signalled; it writes to migrate.out and migrate.err of the folder.
  std::unique_ptr<Process> start_migrate(const std::vector<std::string>& more = {}) const;
  Ran diff(const std::vector<std::string>& more = {}) const;
  /// Where migrate() writes its ledger.
  std::string ledger() const { return folder_.file("ledger.jsonl"); }

 private:
  void start(const std::vector<std::string>& sandbox_options);
  TempDir folder_;
  std::unique_ptr<Process> sandbox_;
  std::string url_;
};

}  // namespace hookferry::test
