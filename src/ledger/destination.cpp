#include "ledger/destination.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include <boost/json/value_from.hpp>

#include "core/crypto.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "json/reader.hpp"
#include "ledger/known.hpp"
#include "ledger/ledger_file.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::ledger {
namespace {

constexpr std::size_t digest_length = 24;  // hex digits: 96 bits

std::string digest(const std::string& text) { return sha256_hex(text).substr(0, digest_length); }

}  // namespace

std::string key_digest(std::string_view server, std::string_view key) {
  return digest(std::string(server) + "\n" + std::string(key));
}

std::string company_of(const std::vector<webhook::Webhook>& webhooks) {
  for (const auto& webhook : webhooks)
    if (auto company = company_of(webhook); !company.empty()) return company;
  return {};
}

std::string company_of(const webhook::Webhook& webhook) {
  const auto document = json::Document::try_over(webhook.text.view());
  if (!document) return {};
  for (const auto member : {webhook::member::company_id, webhook::member::camel_company_id})
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

namespace {

namespace fs = std::filesystem;

fs::path memory_path(const std::string& name) { return destinations_directory() / (name + ".json"); }

KnownUnclear read_unclear(const json::Reader& unclear) {
  KnownUnclear out{unclear.optional_text("sent"), {}};
  for (const auto& id : unclear.optional_elements("perhaps")) out.candidates.push_back(id.integer());
  return out;
}

std::optional<fs::path> existing_file(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && fs::exists(path, ignored) ? std::optional<fs::path>(path) : std::nullopt;
}

std::string absolute_text(const std::optional<fs::path>& path) {
  return path ? fs::absolute(*path).string() : std::string();
}

DestinationState memory_of(const json::Reader& root) {
  root.members();
  DestinationState out;
  if (const auto at = root.find("at")) out.at = at->integer();
  out.company = root.optional_text("company");
  out.ledger = existing_file(root.optional_text("ledger"));
  out.idle = existing_file(root.optional_text("idle"));
  for (const auto& known : root.optional_elements("alterations"))
    out.alterations.push_back(
        {known.optional_text("sent"), known.at("id").integer(), known.optional_text("stored")});
  for (const auto& unclear : root.optional_elements("unclear")) out.unclear.push_back(read_unclear(unclear));
  for (const auto& source : root.optional_elements("sources")) {
    const auto webhooks = source.at("webhooks");
    if (webhooks.integer() < 0) webhooks.fail("a number of webhooks is expected");
    out.sources[source.optional_text("source")] = static_cast<std::size_t>(webhooks.integer());
  }
  return out;
}

DestinationState read_memory(const fs::path& path) {
  try {
    const auto text = read_file(path.string(), "the memory of the destination");
    const auto document = json::Document::over(text);
    return memory_of(json::Reader(document.root()));
  } catch (const json::SyntaxError&) {
  } catch (const json::FormError&) {
  }
  throw Failure(Cause::bad_data,
                printable(path.string()) + ", where the last run's ledger is kept in mind, is damaged",
                "delete it; a run that was killed just before is then not waited for");
}

std::string memory_text(const DestinationState& memory) {
  using boost::json::array;
  array alterations, unclear, sources;
  for (const auto& known : memory.alterations)
    alterations.push_back({{"sent", known.sent}, {"id", known.id}, {"stored", known.stored}});
  for (const auto& known : memory.unclear)
    unclear.push_back({{"sent", known.sent}, {"perhaps", boost::json::value_from(known.candidates)}});
  for (const auto& [source, webhooks] : memory.sources)
    sources.push_back({{"source", source}, {"webhooks", webhooks}});
  return json::compact({{"at", memory.at},
                        {"company", memory.company},
                        {"ledger", json::or_null(absolute_text(memory.ledger))},
                        {"idle", json::or_null(absolute_text(memory.idle))},
                        {"alterations", std::move(alterations)},
                        {"unclear", std::move(unclear)},
                        {"sources", std::move(sources)}}) +
         "\n";
}

/// An account that shows nothing does not say whose it is; its key may have been that company's before.
AccountIdentity as_remembered(AccountIdentity account) {
  std::error_code ignored;
  const auto path = memory_path(file_name_by_key(account));
  if (account.company.empty() && fs::exists(path, ignored)) account.company = read_memory(path).company;
  return account;
}

}  // namespace

fs::path destinations_directory() { return state_directory() / "destinations"; }

bool never_seen(const AccountIdentity& account) {
  if (!has_state_directory()) return true;
  const auto names = file_names(account);
  std::error_code ignored;
  return std::none_of(names.begin(), names.end(),
                      [&](const std::string& name) { return fs::exists(memory_path(name), ignored); });
}

DestinationState load_destination_state(const AccountIdentity& account) {
  DestinationState out;
  if (!has_state_directory()) return out;
  std::error_code ignored;
  for (const auto& name : file_names(as_remembered(account))) {
    if (!fs::exists(memory_path(name), ignored)) continue;
    auto memory = read_memory(memory_path(name));
    // A key may have been another account's once, by the server's own word.
    const bool another =
        !memory.company.empty() && !account.company.empty() && memory.company != account.company;
    if (!another && memory.at >= out.at) out = std::move(memory);
  }
  return out;
}

void save_destination_state(const AccountIdentity& account, DestinationState memory) {
  // Later than what it replaces, also where the clock was set back: the newest is what counts.
  memory.at = std::max(now_ms(), load_destination_state(account).at + 1);
  memory.company = account.company;
  make_directory(destinations_directory(), check_the_state_folder);
  for (const auto& name : file_names(account)) write_file(memory_path(name).string(), memory_text(memory));
}

std::vector<fs::path> remembered_ledgers() {
  std::vector<fs::path> out;
  if (!has_state_directory()) return out;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(destinations_directory(), failed)) {
    if (entry.path().extension() != ".json") continue;
    try {
      const auto memory = read_memory(entry.path());
      for (const auto& ledger : {memory.ledger, memory.idle})
        if (ledger) out.push_back(*ledger);
    } catch (const Failure&) {
      // Whoever writes to that destination is told.
    }
  }
  return out;
}

std::optional<std::size_t> last_count_of(const DestinationState& memory,
                                         const std::vector<std::string>& names) {
  for (const auto& name : names)
    if (const auto found = memory.sources.find(name); found != memory.sources.end()) return found->second;
  return std::nullopt;
}

std::vector<fs::path> ledgers_of_perhaps_the_same(const AccountIdentity& account) {
  std::set<fs::path> out;
  const auto prefix = server_prefix(account);
  const auto own = file_names(as_remembered(account));
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(destinations_directory(), failed)) {
    const auto name = entry.path().stem().string();
    if (entry.path().extension() != ".json" || !name.starts_with(prefix)) continue;
    if (std::find(own.begin(), own.end(), name) != own.end()) continue;
    const auto memory = read_memory(entry.path());
    if (memory.ledger && (account.company.empty() || memory.company.empty())) out.insert(*memory.ledger);
  }
  if (const auto ledger = load_destination_state(account).ledger) out.erase(*ledger);
  return {out.begin(), out.end()};
}

}  // namespace hookferry::ledger
