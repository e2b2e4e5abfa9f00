#include "ledger/destination_memory.hpp"

#include "core/digest.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "json/text.hpp"
#include "ledger/ledger.hpp"

namespace hookferry {
namespace {

std::string memory_path(const std::string& destination) {
  return destination_files(destination).string() + ".json";
}

KnownAlteration read_alteration(const json::Value& value) {
  const auto sent = value.find("sent");
  const auto id = value.find("id");
  const auto stored = value.find("stored");
  if (!sent || !id || !stored) return {};
  return {sent->string(), id->integer().value_or(0), stored->string()};
}

}  // namespace

std::string account_digest(const std::string& destination) { return sha256_hex(destination).substr(0, 24); }

std::filesystem::path destination_files(const std::string& destination) {
  return state_directory() / "destinations" / account_digest(destination);
}

DestinationMemory recall(const std::string& destination) {
  const auto path = memory_path(destination);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  const auto document = json::Document::try_parse(read_file(path, "the memory of the destination"));
  if (!document)
    throw Failure(Exit::bad_data,
                  printable(path) + ", where the last run's ledger is kept in mind, is damaged",
                  "delete it; a run that was killed just before is then not waited for");
  DestinationMemory out;
  const auto ledger = document->root().find("ledger");
  if (ledger && std::filesystem::exists(ledger->string(), ignored)) out.ledger = ledger->string();
  if (const auto alterations = document->root().find("alterations"))
    for (const auto& value : alterations->elements()) out.alterations.push_back(read_alteration(value));
  return out;
}

void remember(const std::string& destination, const DestinationMemory& memory) {
  std::string text = "{\"ledger\":";
  text += memory.ledger ? json::encode(std::filesystem::absolute(*memory.ledger).string()) : "null";
  text += ",\"alterations\":[";
  for (const auto& known : memory.alterations) {
    if (text.back() == '}') text += ",";
    text += "\n{\"sent\":" + json::encode(known.sent) + ",\"id\":" + std::to_string(known.id) +
            ",\"stored\":" + json::encode(known.stored) + "}";
  }
  const auto path = memory_path(destination);
  make_directory(std::filesystem::path(path).parent_path());
  write_file(path, text + "]}\n");
}

}  // namespace hookferry
