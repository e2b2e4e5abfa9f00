#include "api/bulk_answer.hpp"

#include <functional>
#include <set>

#include "json/text.hpp"

namespace hookferry {
namespace {

struct Element {
  std::int64_t id = 0;
  std::optional<Identity> identity;
  std::string key;
};

/// What the guide's example answers repeat of a webhook.
std::string answer_key(const json::Value& webhook) {
  std::string out;
  for (const auto* member : {"alias", "url"}) {
    const auto value = webhook.find(member);
    out += value ? json::canonical(*value) : "absent";
    out += '\n';
  }
  const auto fields = webhook.find("integration_type_fields");
  if (!fields || fields->is(json::Kind::null)) return out + "[]";
  const auto inner = json::Document::try_parse(fields->string());
  return out + (inner ? json::canonical(inner->root()) : json::canonical(*fields));
}

std::optional<Element> read_element(const json::Value& value) {
  Element out;
  const auto id = value.is(json::Kind::object) ? value.find("id") : value;
  if (!id || !id->integer()) return std::nullopt;
  out.id = *id->integer();
  if (const auto webhook = read_webhook(value); webhook.defect.empty()) {
    out.identity = webhook.identity;
    out.key = answer_key(value);
  }
  return out;
}

std::optional<std::vector<Element>> read_elements(const std::string& body, std::size_t expected) {
  const auto document = json::Document::try_parse(body);
  if (!document || !document->root().is(json::Kind::array)) return std::nullopt;
  std::vector<Element> out;
  std::set<std::int64_t> ids;
  for (const auto& value : document->root().elements()) {
    const auto element = read_element(value);
    if (!element || !ids.insert(element->id).second) return std::nullopt;
    out.push_back(*element);
  }
  if (out.size() != expected) return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::vector<std::optional<std::int64_t>>> read_bulk_answer(const std::string& body,
                                                                         const std::vector<Webhook>& sent) {
  const auto elements = read_elements(body, sent.size());
  if (!elements) return std::nullopt;
  std::vector<std::optional<std::int64_t>> ids(sent.size());
  std::vector<bool> taken(elements->size());
  const auto take = [&](std::size_t i, const std::function<bool(const Element&)>& fits) {
    for (std::size_t e = 0; e < elements->size() && !ids[i]; ++e) {
      if (taken[e] || !fits((*elements)[e])) continue;
      ids[i] = (*elements)[e].id;
      taken[e] = true;
    }
  };
  for (std::size_t i = 0; i < sent.size(); ++i)  // an update names its id itself
    if (sent[i].id) take(i, [&](const Element& element) { return element.id == *sent[i].id; });
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (ids[i]) continue;
    const auto document = json::Document::parse(sent[i].text);
    const auto key = answer_key(document.root());
    take(i,
         [&](const Element& element) { return element.identity == sent[i].identity && element.key == key; });
  }
  return ids;
}

}  // namespace hookferry
