#include "api/v1/bulk_answer.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "api/v1/answer_limits.hpp"
#include "json/text.hpp"

namespace hookferry {
namespace {

struct Element {
  std::int64_t id = 0;
  std::optional<Identity> identity;
  std::string rest;
};

/// What the guide's example answers repeat of a webhook beside alias and type.
std::string answer_key(const json::Value& webhook) {
  const auto url = webhook.find("url");
  const auto out = (url ? json::canonical(*url) : "absent") + "\n";
  const auto fields = webhook.find("integration_type_fields");
  if (!fields || fields->is(json::Kind::null)) return out + "[]";
  json::ParseLimits limits;
  limits.nodes = nodes_of_a_webhook;
  const auto inner = json::Document::try_parse(fields->string(), limits);
  return out + (inner ? json::canonical(inner->root()) : json::canonical(*fields));
}

std::optional<Element> read_element(const json::Value& value) {
  Element out;
  const auto id = value.is(json::Kind::object) ? value.find("id") : value;
  if (!id || !id->integer()) return std::nullopt;
  out.id = *id->integer();
  json::ParseLimits nested;
  nested.nodes = nodes_of_a_webhook;
  if (const auto webhook = read_webhook(value, nested); webhook.defect.empty()) {
    out.identity = webhook.identity;
    out.rest = answer_key(value);
  }
  return out;
}

std::optional<std::vector<Element>> read_elements(const std::string& body, std::size_t expected) try {
  auto limits = answer_limits(body.size());
  limits.elements = expected;  // more of them confirm nothing
  const auto document = json::Document::try_parse(body, limits);
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
} catch (const json::BeyondLimits&) {
  return std::nullopt;
}

using Ids = std::vector<std::optional<std::int64_t>>;

/// An alias and type that one element and one webhook have, and no other of those left, is theirs, whatever
/// else the server made of it.
void take_the_only_namesakes(Ids& ids, const std::vector<Webhook>& sent, std::vector<bool>& taken,
                             const std::vector<Element>& elements) {
  std::map<Identity, std::vector<std::size_t>> open, left;
  for (std::size_t i = 0; i < sent.size(); ++i)
    if (!ids[i] && !sent[i].id) open[sent[i].identity].push_back(i);
  for (std::size_t e = 0; e < elements.size(); ++e)
    if (!taken[e] && elements[e].identity) left[*elements[e].identity].push_back(e);
  for (const auto& [identity, webhooks] : open) {
    const auto found = left.find(identity);
    if (webhooks.size() != 1 || found == left.end() || found->second.size() != 1) continue;
    ids[webhooks.front()] = elements[found->second.front()].id;
    taken[found->second.front()] = true;
  }
}

/// Where all others are told apart, the one that is left is this one, whatever the answer says of it.
void take_the_last(Ids& ids, const std::vector<Webhook>& sent, const std::vector<bool>& taken,
                   const std::vector<Element>& elements) {
  if (std::count(ids.begin(), ids.end(), std::nullopt) != 1) return;
  const auto open = static_cast<std::size_t>(std::find(ids.begin(), ids.end(), std::nullopt) - ids.begin());
  const auto left = static_cast<std::size_t>(std::find(taken.begin(), taken.end(), false) - taken.begin());
  if (!sent[open].id) ids[open] = elements[left].id;
}

}  // namespace

std::optional<std::vector<std::optional<std::int64_t>>> read_bulk_answer(const std::string& body,
                                                                         const std::vector<Webhook>& sent) {
  const auto elements = read_elements(body, sent.size());
  if (!elements) return std::nullopt;
  Ids ids(sent.size());
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
  std::vector<std::string> rests;
  for (const auto& webhook : sent) {
    const auto document = json::Document::over(webhook.text);
    rests.push_back(answer_key(document.root()));
  }
  for (std::size_t i = 0; i < sent.size(); ++i)
    if (!ids[i] && !sent[i].id)
      take(i, [&](const Element& element) {
        return element.identity == sent[i].identity && element.rest == rests[i];
      });
  for (std::size_t i = 0; i < sent.size(); ++i)  // what the server gave another alias is still this one
    if (!ids[i] && !sent[i].id)
      take(i, [&](const Element& element) {
        return element.identity && element.identity->type == sent[i].identity.type &&
               element.rest == rests[i];
      });
  take_the_only_namesakes(ids, sent, taken, *elements);
  take_the_last(ids, sent, taken, *elements);
  return ids;
}

}  // namespace hookferry
