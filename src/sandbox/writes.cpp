#include "sandbox/writes.hpp"

#include <algorithm>

#include "json/build.hpp"
#include "json/document.hpp"
#include "json/edit.hpp"
#include "sandbox/answer_ids.hpp"

namespace hookferry {
namespace {

using json::Kind;

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

std::string normalised(const std::string& url, Normalise how) {
  constexpr std::string_view mark = "#n";
  if (how == Normalise::collapse) return {};
  return url.ends_with(mark) ? url : url + std::string(mark);
}

std::string stored_member(const std::string& name, const json::Value& value, const Fault& fault) {
  if (name == "integration_type" && value.is(Kind::object)) return with_label(value);
  if (!value.is(Kind::string)) return std::string(value.text());
  if (name == fault.drop) return "\"\"";
  if (name == "url" && fault.normalise != Normalise::no)
    return json::encode(normalised(value.string(), fault.normalise));
  if (name == fault.alter) return json::encode(value.string() + "#altered");
  if (name == "integration_type_fields" && fault.reserialize) {
    const auto inner = json::Document::try_parse(value.string());
    if (inner) return json::encode(json::pretty(inner->root()));
  }
  return std::string(value.text());
}

/// As JSON text.
struct Times {
  std::string created_at, updated_at;
};

/// What is kept of an element: its members to the byte, the server's own around them.
std::string stored_webhook(const SandboxAccount& account, const json::Value& element, std::int64_t id,
                           const Times& times, const Fault& fault) {
  std::string out = "{\"id\":" + std::to_string(id) + ",\"company_id\":" + account.company_id();
  for (const auto& [key, value] : element.members()) {
    const auto name = key.string();
    if (name == "id") continue;
    out += "," + std::string(key.text()) + ":" + stored_member(name, value, fault);
  }
  if (!element.find("integration_type_fields")) out += ",\"integration_type_fields\":\"[]\"";
  if (!element.find("integrationTypeId"))
    out += ",\"integrationTypeId\":" + std::string(element.find("integration_type_id")->text());
  return out + ",\"created_at\":" + times.created_at + ",\"updated_at\":" + times.updated_at + "}";
}

std::string created_at(const std::string& webhook) {
  const auto document = json::Document::parse(webhook);
  const auto value = document.root().find("created_at");
  return value ? std::string(value->text()) : std::string();
}

}  // namespace

Writes::Writes(SandboxState& state, SandboxAccount& account, std::vector<std::string> elements,
               const Fault& fault)
    : state_(&state), account_(&account), fault_(fault) {
  for (auto& text : elements) {
    const auto document = json::Document::parse(text);
    const auto id = document.root().find("id");
    const auto updates = id ? id->integer() : std::nullopt;
    elements_.push_back({updates.value_or(0), !updates, std::move(text)});
  }
  take_ids();
}

void Writes::take_ids() {
  for (auto& element : elements_)
    if (element.creates) element.id = state_->next_id();
}

bool Writes::updates() const {
  return std::any_of(elements_.begin(), elements_.end(),
                     [](const Element& element) { return !element.creates; });
}

std::vector<Stored> Writes::preview() const {
  std::vector<Stored> out;
  const Times times{state_->time_of_creation(), state_->time_of_creation()};
  for (const auto& element : elements_) {
    const auto document = json::Document::parse(element.text);
    out.push_back({element.id, stored_webhook(*account_, document.root(), element.id, times, fault_)});
  }
  return out;
}

std::vector<Stored> Writes::apply() {
  auto out = store();
  if (!fault_.twice) return out;
  take_ids();
  store();
  return out;
}

std::vector<Stored> Writes::store() {
  std::vector<Stored> out;
  if (elements_.empty()) return out;
  auto webhooks = account_->webhooks();
  const auto created = state_->time_of_creation();
  const auto changed = updates() ? state_->time_of_change() : created;
  for (const auto& element : elements_) {
    const auto document = json::Document::parse(element.text);
    if (element.creates) {
      const Times times{created, created};
      out.push_back({element.id, stored_webhook(*account_, document.root(), element.id, times, fault_)});
      webhooks.push_back(out.back().text);
    } else if (const auto place = account_->place_of(element.id)) {
      const Times times{created_at(webhooks[*place]), changed};
      out.push_back({element.id, stored_webhook(*account_, document.root(), element.id, times, fault_)});
      webhooks[*place] = out.back().text;
    }
  }
  account_->replace(std::move(webhooks));
  applied_ += out.size();
  return out;
}

namespace {

/// The members of the guide's example answers.
std::string answer_element(const SandboxAccount& account, const Stored& stored, const Fault& fault) {
  const auto id = answer_id(stored.id, fault.ids);
  if (fault.bare_ids) return id.value_or("null");
  const auto first = id ? "\"id\":" + *id : std::string();
  if (fault.ids_only) return "{" + first + "}";
  const auto document = json::Document::parse(stored.text);
  std::string out = first;
  for (const auto* name : {"alias", "url", "integration_type_fields", "integration_type_id",
                           "integrationTypeId", "company_id", "updated_at", "created_at"})
    if (const auto value = document.root().find(name))
      out += (out.empty() ? "\"" : ",\"") + std::string(name) + "\":" + std::string(value->text());
  return "{" + out + ",\"companyId\":" + account.company_id() + "}";
}

/// Each id in the next one's element, everything else where it was.
void swap_ids(std::vector<Stored>& stored) {
  for (std::size_t i = 1; i < stored.size(); ++i) std::swap(stored[0].id, stored[i].id);
}

}  // namespace

std::string answer_body(const SandboxAccount& account, const std::vector<Stored>& stored, const Fault& fault,
                        bool bulk) {
  auto shown = stored;
  if (fault.ids == AnswerIds::swapped) swap_ids(shown);
  std::string out;
  for (const auto& webhook : shown) out += (out.empty() ? "" : ",") + answer_element(account, webhook, fault);
  return bulk ? "[" + out + "]" : out;
}

}  // namespace hookferry
