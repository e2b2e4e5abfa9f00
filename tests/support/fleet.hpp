// Many accounts in one sandbox, and a configuration with pairs of them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/accounts.hpp"
#include "support/process.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {

class Fleet {
 public:
  /// Each account's key is its name with "-key" behind it, and stands in the variable of its name in
  /// capitals.
  struct Account {
    std::string name;
    int company = 0;
    std::vector<std::string> webhooks;
  };
  Fleet(const std::vector<Account>& accounts, const std::vector<std::string>& sandbox_options = {});

  const std::string& url() const { return url_; }
  const TempDir& folder() const { return folder_; }
  std::string config() const { return folder_.file("config.ini"); }
  /// A section for each account of the sandbox, then `more`.
  void configure(const std::string& more) const;
  void restart(const std::vector<std::string>& sandbox_options);

  std::vector<std::string> aliases(const std::string& account) const;
  /// In the server's log: "GET", "POST", "DELETE", of one account or of all.
  std::size_t requests(const std::string& method, const std::string& account = {}) const;
  /// Until there was one that a fault holds up. Throws after half a minute.
  void await_begun(const std::string& method) const;

  /// `more` comes on top; an empty value takes the variable away.
  Environment environment(const Environment& more = {}) const;
  Ran run(const std::vector<std::string>& arguments, const Environment& more = {}) const;
  /// `fleet --config … --settle 0.3` and more.
  std::vector<std::string> fleet_arguments(const std::vector<std::string>& more) const;
  Ran fleet(const std::vector<std::string>& more, const Environment& environment = {}) const;

 private:
  void start(const std::vector<std::string>& sandbox_options);
  TempDir folder_;
  std::vector<std::string> names_;
  std::unique_ptr<Process> sandbox_;
  std::string url_;
};

/// "D007" of 7.
std::string numbered(const std::string& prefix, std::size_t number);

}  // namespace hookferry::test
