// Two accounts in a sandbox, and the binary between them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loopback.hpp"
#include "process.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {

/// `{"alias":…}` of type slack as an account would hold it (company_id 1); `id` 0: without the server's
/// members.
std::string slack(const std::string& alias, const std::string& url, int id = 0);
std::string sendlog(const std::string& alias, const std::string& url, int id = 0,
                    const std::string& fields = {});
/// JSON array.
std::string array_of(const std::vector<std::string>& webhooks);
/// "hook-0" … with ids from 1.
std::vector<std::string> many(std::size_t count);

/// A webhook of an account's file, of either form.
struct HeldWebhook {
  std::int64_t id = 0;
  std::string alias, url, created_at, updated_at, text;
};

/// The sandbox as a process of its own, with the accounts "eu" (company 1, key eu-key) and "us" (company 2,
/// keys us-key and us-other-key).
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
  std::vector<HeldWebhook> webhooks(const std::string& account) const;
  /// What somebody else does in an account, through the API: it meets no fault and is counted nowhere. Throws
  /// where the API refuses.
  std::int64_t somebody_adds(const std::string& account, const std::string& webhook) const;
  void somebody_edits(const std::string& account, std::int64_t id, const std::string& webhook) const;
  void somebody_deletes(const std::string& account, std::int64_t id) const;
  /// The account's file.
  std::string file_of(const std::string& account) const { return folder_.file("state/" + account + ".json"); }
  /// How often that account was read after it was written to.
  std::size_t readings_after_posts(const std::string& account) const;
  /// Requests of either API in the server's own log, by the words of fault rules: "GET" (of all), "GETONE",
  /// "NAMES", "POST", "PUT", "DELETE", "TEST"; "begun:POST" (and the like) are those that slow-apply holds
  /// up, counted when they come.
  std::size_t requests(const std::string& kind, const std::string& account = "") const;
  /// Until there were so many. Throws after half a minute.
  void await_requests(const std::string& kind, std::size_t count, const std::string& account = "") const;

  /// Keys and a state folder of one's own. `more` comes on top; an empty value takes the variable away.
  Environment environment(const Environment& more = {}) const;
  Ran run(const std::vector<std::string>& arguments, const std::string& input = {}) const;
  Ran run_with(const Environment& more, const std::vector<std::string>& arguments,
               const std::string& input = {}) const;
  /// As a process that can be signalled; it writes to NAME.out and NAME.err of the folder.
  std::unique_ptr<Process> in_background(const std::string& name, const std::vector<std::string>& arguments,
                                         const Environment& more = {}) const;
  /// Where hookferry keeps its own state.
  std::string state_folder() const { return folder_.file("xdg/hookferry"); }
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
  HttpAnswer somebody(const std::string& account, const std::string& method, const std::string& path,
                      const std::string& body = {}) const;
  TempDir folder_;
  std::unique_ptr<Process> sandbox_;
  std::string url_;
};

}  // namespace hookferry::test
