#include "api/v1/webhooks_api.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "core/failure.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::api {
namespace {

/// What the guide's example answers repeat of a webhook beside alias and type.
class Rest {
 public:
  Rest() = default;
  explicit Rest(const json::Value& webhook)
      : url_(webhook.find(webhook::member::url)), fields_(webhook.find(webhook::member::fields)) {}

  bool operator==(const Rest& other) const {
    // A server that repeats what it was sent does so to the byte; only what it spells otherwise is read.
    return (same_text(url_, other.url_) && same_text(fields_, other.fields_)) || key() == other.key();
  }

 private:
  static bool same_text(const std::optional<json::Value>& one, const std::optional<json::Value>& other) {
    return one && other && one->text() == other->text();
  }

  const std::string& key() const {
    if (!key_) key_ = (url_ ? json::canonical(*url_) : "absent") + "\n" + fields_key();
    return *key_;
  }

  std::string fields_key() const {
    if (!fields_ || fields_->is(json::Kind::null)) return "[]";
    json::ParseLimits limits;
    limits.nodes = nodes_of_a_webhook;
    const auto inner = json::Document::try_parse(fields_->string(), limits);
    return inner ? json::canonical(inner->root()) : json::canonical(*fields_);
  }

  std::optional<json::Value> url_, fields_;
  mutable std::optional<std::string> key_;
};

struct Element {
  std::int64_t id = 0;
  std::optional<webhook::Identity> identity;
  Rest rest;
};

std::optional<Element> read_element(const json::Value& value) {
  Element out;
  const auto id = value.is(json::Kind::object) ? value.find("id") : value;
  if (!id || !id->integer()) return std::nullopt;
  out.id = *id->integer();
  json::ParseLimits nested;
  nested.nodes = nodes_of_a_webhook;
  if (const auto webhook = webhook::read_webhook(value, nested); webhook.defect.empty()) {
    out.identity = webhook.identity;
    out.rest = Rest(value);
  }
  return out;
}

/// Values point into `document`.
std::optional<std::vector<Element>> read_elements(const json::Document& document, std::size_t expected) try {
  if (!document.root().is(json::Kind::array)) return std::nullopt;
  std::vector<Element> out;
  std::set<std::int64_t> ids;
  for (const auto& value : document.root().elements()) {
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

/// Where one element and one webhook have the same alias and type, and no other that is left has them, they
/// belong together, even if the server has changed the rest.
void match_by_unique_identity(Ids& ids, const std::vector<webhook::Webhook>& sent, std::vector<bool>& taken,
                              const std::vector<Element>& elements) {
  std::map<webhook::Identity, std::vector<std::size_t>> open, left;
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

/// If all others are matched, the element that is left belongs to the webhook that is left, even if they
/// differ.
void match_by_elimination(Ids& ids, const std::vector<webhook::Webhook>& sent, const std::vector<bool>& taken,
                          const std::vector<Element>& elements) {
  if (std::count(ids.begin(), ids.end(), std::nullopt) != 1) return;
  const auto open = static_cast<std::size_t>(std::find(ids.begin(), ids.end(), std::nullopt) - ids.begin());
  const auto left = static_cast<std::size_t>(std::find(taken.begin(), taken.end(), false) - taken.begin());
  if (!sent[open].id) ids[open] = elements[left].id;
}

}  // namespace

std::optional<std::vector<std::optional<std::int64_t>>> read_bulk_answer(
    const std::string& body, const std::vector<webhook::Webhook>& sent) {
  auto limits = answer_limits(body.size());
  limits.elements = sent.size();  // more of them confirm nothing
  const auto document = json::Document::try_over(body, limits);
  const auto elements = document ? read_elements(*document, sent.size()) : std::nullopt;
  if (!elements) return std::nullopt;
  Ids ids(sent.size());
  std::vector<bool> taken(elements->size());
  std::deque<json::Document> documents;
  std::vector<Rest> rests;
  for (const auto& webhook : sent)
    rests.emplace_back(documents.emplace_back(json::Document::over(webhook.text.view())).root());
  // Gives each update, or each creation, the first element left that fits it.
  const auto match = [&](bool updates, const auto& fits) {
    for (std::size_t i = 0; i < sent.size(); ++i)
      for (std::size_t e = 0; e < elements->size(); ++e) {
        if (ids[i] || taken[e] || sent[i].id.has_value() != updates || !fits(i, (*elements)[e])) continue;
        ids[i] = (*elements)[e].id;
        taken[e] = true;
      }
  };
  // An update names its id itself.
  match(true, [&](std::size_t i, const Element& element) { return element.id == sent[i].id; });
  match(false, [&](std::size_t i, const Element& element) {
    return element.identity == sent[i].identity && element.rest == rests[i];
  });
  // What the server gave another alias is still this one.
  match(false, [&](std::size_t i, const Element& element) {
    return element.identity && element.identity->type == sent[i].identity.type && element.rest == rests[i];
  });
  match_by_unique_identity(ids, sent, taken, *elements);
  match_by_elimination(ids, sent, taken, *elements);
  return ids;
}

namespace {

/// An id that is no integer of 64 bits is another API's, of the same vendor or not.
bool has_other_id(const webhook::Webhook& webhook) {
  const auto document = json::Document::over(webhook.text.view());
  const auto id = document.root().find("id");
  return id && !id->is(json::Kind::null);
}

[[noreturn]] void refuse_id(std::size_t place, const std::string& where) {
  throw Failure(Cause::protocol,
                where + " is not that of this API: element " + std::to_string(place + 1) +
                    " has an id that is not a 64-bit integer",
                std::string(facts_of(FailureClass::not_this_api).hint));
}

}  // namespace

void require_possible_id(const webhook::Webhook& webhook, std::size_t place, const std::string& where) {
  if (!webhook.id && has_other_id(webhook)) refuse_id(place, where);
}

ListedWebhooks::ListedWebhooks(WebhookSink& sink, std::size_t most)
    : sink_(sink),
      elements_(listing_limits(most), [this](const json::Value& element) { take_element(element); }) {}

void ListedWebhooks::begin() {
  count_ = 0;
  impossible_id_.reset();
  elements_.begin();
  sink_.begin();
}

void ListedWebhooks::take_element(const json::Value& element) {
  json::ParseLimits nested;
  nested.nodes = nodes_of_a_webhook;
  auto webhook = webhook::read_webhook(element, nested, webhook::Digest::at_once);
  if (!impossible_id_ && !webhook.id && has_other_id(webhook)) impossible_id_ = count_;
  ++count_;
  sink_.take(std::move(webhook));
}

void ListedWebhooks::end(const std::string& where) try {
  elements_.end();
  if (impossible_id_) refuse_id(*impossible_id_, where);
} catch (const json::SyntaxError& error) {
  throw Failure(Cause::bad_data, printable(where) + " is " + error.what(),
                "a JSON array of webhooks is expected");
}

}  // namespace hookferry::api
