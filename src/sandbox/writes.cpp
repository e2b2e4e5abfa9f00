#include "sandbox/writes.hpp"

#include <array>
#include <ctime>

#include "json/edit.hpp"
#include "json/text.hpp"

namespace hookferry {
namespace {

using json::Kind;

std::string now_iso() {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  const auto milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.", &utc);
  auto fraction = std::to_string(milliseconds);
  fraction.insert(0, 3 - fraction.size(), '0');
  return json::encode(std::string(text.data(), length) + fraction + "Z");
}

/// Requests may say name, answers say label.
std::string with_label(const json::Value& block) {
  std::string text(block.text());
  if (block.find("label")) return text;
  std::vector<json::Edit> edits;
  for (const auto& [key, value] : block.members())
    if (key.string() == "name")
      edits.push_back({key.begin() - block.begin(), key.end() - block.begin(), "\"label\""});
  return json::apply(text, edits);
}

std::string stored_member(const std::string& name, const json::Value& value, const Fault& fault) {
  if (name == "integration_type" && value.is(Kind::object)) return with_label(value);
  if (!value.is(Kind::string)) return std::string(value.text());
  if (name == fault.drop) return "\"\"";
  if (name == fault.alter) return json::encode(value.string() + "#altered");
  if (name == "integration_type_fields" && fault.reserialize) {
    const auto inner = json::Document::try_parse(value.string());
    if (inner) return json::encode(json::pretty(inner->root()));
  }
  return std::string(value.text());
}

/// What is kept of an element: its members to the byte, the server's own around them.
std::string stored_webhook(const SandboxAccount& account, const json::Value& element, std::int64_t id,
                           const std::string& created_at, const Fault& fault) {
  std::string out = "{\"id\":" + std::to_string(id) + ",\"company_id\":" + account.company_id();
  for (const auto& [key, value] : element.members()) {
    const auto name = key.string();
    if (name == "id") continue;
    out += "," + std::string(key.text()) + ":" + stored_member(name, value, fault);
  }
  if (!element.find("integration_type_fields")) out += ",\"integration_type_fields\":\"[]\"";
  if (!element.find("integrationTypeId"))
    out += ",\"integrationTypeId\":" + std::string(element.find("integration_type_id")->text());
  const auto now = now_iso();
  return out + ",\"created_at\":" + (created_at.empty() ? now : created_at) + ",\"updated_at\":" + now + "}";
}

std::string created_at(const std::string& webhook) {
  const auto document = json::Document::parse(webhook);
  const auto value = document.root().find("created_at");
  return value ? std::string(value->text()) : std::string();
}

}  // namespace

std::vector<std::int64_t> apply_elements(SandboxState& state, SandboxAccount& account,
                                         const std::vector<std::string>& elements, const Fault& fault) {
  std::vector<std::int64_t> ids;
  auto webhooks = account.webhooks();
  for (const auto& text : elements) {
    const auto document = json::Document::parse(text);
    const auto id = document.root().find("id");
    if (id && id->integer()) {
      const auto place = account.place_of(*id->integer());
      if (!place) continue;  // applied late, and deleted meanwhile
      webhooks[*place] =
          stored_webhook(account, document.root(), *id->integer(), created_at(webhooks[*place]), fault);
      ids.push_back(*id->integer());
    } else {
      ids.push_back(state.next_id());
      webhooks.push_back(stored_webhook(account, document.root(), ids.back(), "", fault));
    }
  }
  if (!elements.empty()) account.replace(std::move(webhooks));
  return ids;
}

std::string answer_element(const SandboxAccount& account, std::int64_t id, const Fault& fault) {
  if (fault.bare_ids) return std::to_string(id);
  if (fault.ids_only) return "{\"id\":" + std::to_string(id) + "}";
  const auto document = json::Document::parse(account.webhooks().at(*account.place_of(id)));
  std::string out = "{\"id\":" + std::to_string(id);
  for (const auto* name : {"alias", "url", "integration_type_fields", "integration_type_id",
                           "integrationTypeId", "company_id", "updated_at", "created_at"})
    if (const auto value = document.root().find(name))
      out += ",\"" + std::string(name) + "\":" + std::string(value->text());
  return out + ",\"companyId\":" + account.company_id() + "}";
}

}  // namespace hookferry
