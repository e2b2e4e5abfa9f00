// Which account it is, however it is spelled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "webhook/webhook.hpp"

namespace hookferry {

/// Accounts are told apart by what they are: the server, which is one under all its names, and there the key,
/// or the number that the server gives its accounts (`company_id` of their webhooks), so that several keys of
/// one account are one.
struct AccountIdentity {
  std::string server;   ///< "region us1", "loopback:8080", "hooks.example.com:443"
  std::string key;      ///< a digest of server and key; gives nothing of the key away
  std::string company;  ///< JSON text of the number; empty where unknown, as in an account without webhooks

  bool operator==(const AccountIdentity&) const = default;
};

/// The digest of a key at that server.
std::string key_digest(std::string_view server, std::string_view key);

/// What the account's webhooks say; empty where none says it.
std::string company_of(const std::vector<Webhook>& webhooks);
std::string company_of(const Webhook& webhook);

bool same_account(const AccountIdentity& a, const AccountIdentity& b);

/// Names for files about the account, without their endings: of the server and the key, and of the server and
/// the company where that is known. All names of one server begin with server_prefix().
std::vector<std::string> file_names(const AccountIdentity& account);
/// Of the server and the key.
std::string file_name_by_key(const AccountIdentity& account);
/// Of the server and the company, which is to be known.
std::string file_name_by_company(const AccountIdentity& account);
std::string server_prefix(const AccountIdentity& account);

}  // namespace hookferry
