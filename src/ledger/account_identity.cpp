#include "ledger/account_identity.hpp"

#include <stdexcept>

#include "core/digest.hpp"

namespace hookferry {
namespace {

constexpr std::size_t digest_length = 24;  // hex digits: 96 bits

std::string digest(const std::string& text) { return sha256_hex(text).substr(0, digest_length); }

}  // namespace

std::string key_digest(std::string_view server, std::string_view key) {
  return digest(std::string(server) + "\n" + std::string(key));
}

std::string company_of(const std::vector<Webhook>& webhooks) {
  for (const auto& webhook : webhooks)
    if (auto company = company_of(webhook); !company.empty()) return company;
  return {};
}

std::string company_of(const Webhook& webhook) {
  const auto document = json::Document::try_over(webhook.text);
  if (!document) return {};
  for (const auto* member : {"company_id", "companyId"})
    if (const auto value = document->root().find(member); value && !value->is(json::Kind::null))
      return std::string(value->text());
  return {};
}

bool same_account(const AccountIdentity& a, const AccountIdentity& b) {
  if (a.server != b.server) return false;
  return a.key == b.key || (!a.company.empty() && a.company == b.company);
}

std::string server_prefix(const AccountIdentity& account) {
  return sha256_hex(account.server).substr(0, 8) + "-";
}

std::vector<std::string> file_names(const AccountIdentity& account) {
  std::vector<std::string> out = {file_name_by_key(account)};
  if (!account.company.empty()) out.push_back(file_name_by_company(account));
  return out;
}

std::string file_name_by_key(const AccountIdentity& account) { return server_prefix(account) + account.key; }

std::string file_name_by_company(const AccountIdentity& account) {
  if (account.company.empty()) throw std::logic_error("the company of an account is not known");
  return server_prefix(account) + digest(account.server + "\ncompany " + account.company);
}

}  // namespace hookferry
