#include "api/v1/webhooks_api.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

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
    const auto inner = json::Document::try_parse(fields_->string(), limits_of_a_webhook);
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

/// Values point into `document`.
std::optional<std::vector<Element>> read_elements(const json::Document& document, std::size_t expected) {
  if (!document.root().is(json::Kind::array)) return std::nullopt;
  std::vector<Element> out;
  std::set<std::int64_t> ids;
  for (const auto& value : document.root().elements()) {
    const webhook::WebhookMembers members(value, webhook::Form::v1);
    const auto& id_value = value.is(json::Kind::object) ? members.id : value;
    const auto id = id_value ? id_value->integer() : std::nullopt;
    if (!id || !ids.insert(*id).second) return std::nullopt;
    out.push_back({*id, webhook::identity_of(members), Rest(value)});
  }
  if (out.size() != expected) return std::nullopt;
  return out;
}

/// The company that one of them names.
std::string company_in(const json::Document& document) {
  std::string out;
  document.root().each_element([&](const json::Value& element) {
    if (out.empty()) out = webhook::company_of(element);
  });
  return out;
}

using Ids = std::vector<std::optional<std::int64_t>>;

/// Where one element and one webhook have the same alias and type, and no other that is left has them, they
/// belong together, even if the server has changed the rest.
void match_by_unique_identity(Ids& ids, const std::vector<Write::Element>& sent, std::vector<bool>& taken,
                              const std::vector<Element>& elements) {
  std::map<webhook::Identity, std::vector<std::size_t>> open, left;
  for (std::size_t i = 0; i < sent.size(); ++i)
    if (!ids[i] && !sent[i].update_of) open[sent[i].webhook->identity].push_back(i);
  for (std::size_t e = 0; e < elements.size(); ++e)
    if (!taken[e] && elements[e].identity) left[*elements[e].identity].push_back(e);
  for (const auto& [identity, webhooks] : open) {
    const auto found = left.find(identity);
    if (webhooks.size() != 1 || found == left.end() || found->second.size() != 1) continue;
    ids[webhooks.front()] = elements[found->second.front()].id;
    taken[found->second.front()] = true;
  }
}

}  // namespace

std::optional<BulkAnswer> read_bulk_answer(const std::string& body, const std::vector<Write::Element>& sent) {
  auto limits = answer_limits(body.size());
  limits.elements = sent.size();  // more of them confirm nothing
  const auto document = json::Document::try_over(body, limits);
  const auto elements = document ? read_elements(*document, sent.size()) : std::nullopt;
  if (!elements) return std::nullopt;
  BulkAnswer out{Ids(sent.size()), company_in(*document)};
  auto& ids = out.ids;
  std::vector<bool> taken(elements->size());
  std::deque<json::Document> documents;
  std::vector<Rest> rests;
  for (const auto& [webhook, update_of] : sent)
    rests.emplace_back(documents.emplace_back(json::Document::over(webhook->text.view())).root());
  // Gives each update, or each creation, the first element left that fits it.
  const auto match = [&](bool updates, const auto& fits) {
    for (std::size_t i = 0; i < sent.size(); ++i)
      for (std::size_t e = 0; !ids[i] && sent[i].update_of.has_value() == updates && e < taken.size(); ++e) {
        if (taken[e] || !fits(i, (*elements)[e])) continue;
        ids[i] = (*elements)[e].id;
        taken[e] = true;
      }
  };
  // An update names its id itself.
  match(true, [&](std::size_t i, const Element& element) { return element.id == sent[i].update_of; });
  match(false, [&](std::size_t i, const Element& element) {
    return element.identity == sent[i].webhook->identity && element.rest == rests[i];
  });
  // What the server gave another alias is still this one.
  match(false, [&](std::size_t i, const Element& element) {
    return element.identity && element.identity->type == sent[i].webhook->identity.type &&
           element.rest == rests[i];
  });
  match_by_unique_identity(ids, sent, taken, *elements);

  // If all others are matched, the element that is left belongs to the webhook that is left, even if they
  // differ.
  if (std::count(ids.begin(), ids.end(), std::nullopt) != 1) return out;
  const auto open = static_cast<std::size_t>(std::find(ids.begin(), ids.end(), std::nullopt) - ids.begin());
  const auto left = static_cast<std::size_t>(std::ranges::find(taken, false) - taken.begin());
  if (!sent[open].update_of) ids[open] = (*elements)[left].id;
  return out;
}

}  // namespace hookferry::api
