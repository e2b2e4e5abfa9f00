#include "sandbox/api.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <charconv>
#include <iterator>

#include "core/text.hpp"
#include "json/build.hpp"
#include "webhook/kinds.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::sandbox {
namespace {

using json::Kind;
using Delivery = Response::Delivery;

constexpr std::string_view all_path = "/api/v1/external/integrations";
constexpr std::string_view bulk_path = "/api/v1/external/integrations-bulk";

/// The key of `Authorization: Bearer KEY`, the scheme in any letter case; empty for anything else.
std::string bearer_key(const std::string& authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (!same_letters(std::string_view(authorization).substr(0, scheme.size()), scheme)) return {};
  return authorization.substr(scheme.size());
}

/// The id as a response shows it (JSON text); nothing where it shows none.
std::optional<std::string> shown_id(std::int64_t id, ResponseIds how) {
  // Wrong ids are far above all ids that a sandbox comes to give.
  constexpr std::int64_t nowhere = 1'000'000'000'000;
  if (how == ResponseIds::none) return std::nullopt;
  if (how == ResponseIds::wrong) return std::to_string(nowhere + id);
  if (how == ResponseIds::text) return fmt::format("\"abc-{}\"", id);
  return std::to_string(id);
}

/// The webhook as a GET shows it.
std::string shown_webhook(const StoredWebhook& webhook, ResponseIds how) {
  if (how != ResponseIds::text && how != ResponseIds::none) return webhook.text;
  const auto document = json::Document::over(webhook.text);
  const auto id = shown_id(webhook.id.value_or(0), how);
  std::vector<std::string> shown;
  for (const auto& [key, value] : document.root().members())
    if (const bool is_id = key.is_string("id"); !is_id || id)
      shown.push_back(fmt::format("{}:{}", key.text(), is_id ? *id : value.text()));
  return fmt::format("{{{}}}", fmt::join(shown, ","));
}

/// The webhook as the response to a POST shows it, with the members of the guide's examples.
std::string posted_webhook(const Account& account, const StoredWebhook& stored, const Fault& fault) {
  const auto id = shown_id(stored.id.value_or(0), fault.ids);
  if (fault.bare_ids) return id.value_or("null");
  boost::json::object out;
  if (id) out["id"] = json::raw_json(*id);
  if (!fault.ids_only) {
    const auto document = json::Document::over(stored.text);
    for (const auto* name : {"alias", "url", "integration_type_fields", "integration_type_id",
                             "integrationTypeId", "company_id", "updated_at", "created_at"})
      if (const auto value = document.root().find(name))
        out[name] = json::raw_json(std::string(value->text()));
    out["companyId"] = json::raw_json(account.company_id());
  }
  return json::compact(out);
}

Response body_response(std::string body) {
  Response out;
  out.body = std::move(body);
  return out;
}

}  // namespace

Response error_response(int status, const std::string& text) {
  auto out = body_response(json::compact({{"error", text}}));
  out.status = status;
  out.log = fmt::format("{} - elements=0 applied=0 fault=-", status);
  return out;
}

std::optional<std::string> guide_objection(const json::Value& webhook) {
  if (!webhook.is(Kind::object)) return "a webhook is an object";
  const auto alias = webhook.find("alias");
  if (!alias || !alias->is(Kind::string) || alias->string().empty()) return "alias is missing";
  for (const auto& [key, _] : webhook.members())
    if (const auto name = key.string(); webhook::is_server_owned(name) && name != "id")
      return name + " belongs to the server";
  if (const auto id = webhook.find("id"); id && !id->integer()) return "id is not a number";

  const auto type = webhook.find("integration_type_id");
  const auto* kind = type && type->integer() ? webhook::find_kind(*type->integer()) : nullptr;
  if (kind == nullptr || !kind->in_v1()) return "integration_type_id is none of Table A";
  const auto block = webhook.find("integration_type");
  if (!block || !block->is(Kind::object)) return "integration_type is not an object";
  const auto block_id = block->find("id");
  if (!block_id || block_id->integer() != kind->id)
    return "integration_type.id differs from integration_type_id";
  const auto label = block->find("label") ? block->find("label") : block->find("name");
  if (!label || !label->is(Kind::string) || !webhook::label_fits(*kind, label->string()))
    return "integration_type has no label of that type";

  const auto url = webhook.find("url");
  if (!url || !url->is(Kind::string)) return "url is not a string";
  const auto fields = webhook.find("integration_type_fields");
  if (fields && !fields->is(Kind::string)) return "integration_type_fields is not a string";
  const auto breaches = webhook::table_b_breaches(kind->id, fields ? fields->string() : "[]");
  if (!breaches.empty()) return "integration_type_fields: " + breaches.front();
  return std::nullopt;
}

RequestHandler::RequestHandler(Store& store, FaultProgram& faults, const Request& request, Schedule schedule)
    : store_(store),
      faults_(faults),
      schedule_(std::move(schedule)),
      method_(request.method),
      account_(store.find_by_key(bearer_key(request.authorization))) {
  auto path = request.path;
  if (path.ends_with('/')) path.pop_back();
  if (path == all_path) path_ = Path::all;
  if (path == bulk_path) path_ = Path::bulk;
  if (const auto prefix = fmt::format("{}/", all_path); path.starts_with(prefix)) {
    const auto* end = path.data() + path.size();
    const auto result = std::from_chars(path.data() + prefix.size(), end, id_);
    if (result.ec == std::errc() && result.ptr == end) path_ = Path::one;
  }

  const bool bulk = path_ == Path::bulk;
  const auto body = method_ == "POST" ? json::Document::try_parse(request.body) : std::nullopt;
  readable_ = body && (!bulk || body->root().is(Kind::array));
  if (readable_ && !bulk) elements_.emplace_back(std::string(body->root().text()));
  if (readable_ && bulk)
    body->root().each_element(
        [&](const json::Value& element) { elements_.emplace_back(std::string(element.text())); });

  refusal_ = request_refusal(request);
  fault_.rules = request.fault_exempt && !refusal_ ? "off" : "-";
  if (refusal_ || request.fault_exempt) return;

  FaultFacts facts{method_, {}, account_->name(), std::chrono::steady_clock::now()};
  for (const auto& element : elements_) facts.aliases.push_back(element.alias);
  if (path_ == Path::one) {
    if (method_ == "GET") facts.method = "GETONE";
    if (const auto* webhook = find_id(account_->webhooks(), id_)) facts.aliases = {webhook->alias};
  }
  fault_ = faults_.decide(facts);
  for (const auto& edit : fault_.edits)
    if (!edit.after) apply_edit(edit, store_, *account_, fault_.reuse_ids);
}

/// Path, key, method and media type are checked before any fault is met.
std::optional<Response> RequestHandler::request_refusal(const Request& request) const {
  if (path_ == Path::unknown) return error_response(404, "no such path");
  if (account_ == nullptr) return error_response(401, "the key is not known");
  const bool fits = method_ == "GET"    ? path_ != Path::bulk
                    : method_ == "POST" ? path_ != Path::one
                                        : method_ == "DELETE" && path_ == Path::one;
  if (!fits) return error_response(405, "no such method here");
  // RFC 9110, 8.3.1: letter case does not count, and parameters may follow.
  const auto type = trimmed(std::string_view(request.content_type).substr(0, request.content_type.find(';')));
  if (method_ == "POST" && !same_letters(type, "application/json"))
    return error_response(415, "Content-Type must be application/json");
  return std::nullopt;
}

/// Refuses the whole body if the guide forbids one of its elements.
std::optional<Response> RequestHandler::body_refusal() const {
  if (!readable_) return error_response(400, "the body is not JSON of the form that this path takes");
  for (std::size_t i = 0; i < elements_.size(); ++i) {
    const auto document = json::Document::over(elements_[i].text);
    const auto where = path_ == Path::bulk ? fmt::format("element {}: ", i) : std::string();
    if (const auto objection = guide_objection(document.root()))
      return error_response(400, where + *objection);
    if (const auto id = elements_[i].id; id && find_id(account_->webhooks(), *id) == nullptr)
      return error_response(404, where + "no such webhook");
  }
  return std::nullopt;
}

Response RequestHandler::handle() {
  auto out = refusal_ ? *refusal_ : respond();
  out.slow = fault_.slow;
  out.chunked = fault_.chunked;
  out.leftover = fault_.leftover;
  out.header = fault_.header;
  out.date = fault_.date;
  if (out.status == 200) out.status = fault_.success;
  for (const auto& edit : fault_.edits)
    if (edit.after)
      do_after(*edit.after, [&store = store_, &account = *account_, edit, reuse_ids = fault_.reuse_ids] {
        apply_edit(edit, store, account, reuse_ids);
      });
  const bool silent = out.delivery == Delivery::close || out.delivery == Delivery::never;
  out.log = log_line(silent ? "-" : std::to_string(out.status));
  return out;
}

std::string RequestHandler::log_line(std::string_view status) const {
  return fmt::format("{} {} elements={} applied={} fault={}", status,
                     account_ != nullptr ? account_->name() : "-", elements_.size(), applied_, fault_.rules);
}

Response RequestHandler::respond() {
  // No fault makes the server take what the guide forbids.
  if (method_ == "POST")
    if (const auto refused = body_refusal()) return *refused;

  Response out;
  const bool applies = fault_.applied == Applied::yes;
  switch (fault_.action) {
    case FaultAction::none:
    case FaultAction::missing_element:
      break;
    case FaultAction::close:
    case FaultAction::stall:
      if (applies) carry_out();
      out.delivery = fault_.action == FaultAction::stall ? Delivery::never : Delivery::close;
      return out;
    case FaultAction::partial:
      apply({elements_.begin(),
             elements_.begin() + static_cast<std::ptrdiff_t>(std::min(fault_.count, elements_.size()))});
      return fault_response();
    case FaultAction::subset:
      // At least one element and not all of them, where there are two or more.
      if (elements_.size() > 1) {
        auto part = elements_;
        std::shuffle(part.begin(), part.end(), faults_.random());
        std::uniform_int_distribution<std::size_t> count(1, part.size() - 1);
        apply({part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count(faults_.random()))});
      }
      return fault_response();
    case FaultAction::truncate:
      out = carry_out();
      out.delivery = Delivery::cut;
      return out;
    case FaultAction::garbage:
      if (applies) carry_out();
      out.body = "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>\n";
      out.content_type = "text/html";
      return out;
    case FaultAction::apply_late: {
      out = fault_response();
      const bool as_if_done = fault_.status >= 200 && fault_.status < 300;
      if (method_ == "POST") {
        Write write(store_, *account_, elements_, fault_);
        if (as_if_done) out = post_response(write.preview());
        do_after(fault_.after, [write]() mutable { write.apply(); });
      } else if (method_ == "DELETE") {
        if (as_if_done) out.body = "{}";
        do_after(fault_.after, [&account = *account_, id = id_] { account.remove(id); });
      }
      return out;
    }
    case FaultAction::status:
    case FaultAction::redirect:
      if (applies) carry_out();
      if (fault_.applied == Applied::prefix) {
        const auto matches = [&](const auto& element) { return glob_matches(fault_.alias, element.alias); };
        apply({elements_.begin(), std::ranges::find_if(elements_, matches)});
      }
      return fault_response();
  }
  return carry_out();
}

/// The response with the status that the fault asks for.
Response RequestHandler::fault_response() const {
  auto out = error_response(fault_.status, "a fault that was asked for");
  if (fault_.status == 0) out.delivery = Delivery::close;
  out.retry_after = fault_.retry_after;
  out.location = fault_.location;
  return out;
}

/// Does what the request asks for.
Response RequestHandler::carry_out() {
  if (method_ == "POST") return post_response(apply(elements_));
  if (method_ == "DELETE") {
    if (!account_->remove(id_)) return error_response(404, "no such webhook");
    applied_ = 1;
    return body_response("{}");
  }

  const auto& webhooks = account_->webhooks_before(fault_.late);
  if (path_ == Path::one) {
    const auto* webhook = find_id(webhooks, id_);
    if (webhook == nullptr) return error_response(404, "no such webhook");
    return body_response(shown_webhook(*webhook, fault_.ids));
  }
  std::vector<std::string> shown, repeated;
  std::size_t seen = 0;
  for (const auto& webhook : webhooks) {
    const auto matches = [&](const std::string& glob) { return glob_matches(glob, webhook.alias); };
    if (std::ranges::any_of(fault_.hidden, matches) || (fault_.half && seen++ % 2 == 1)) continue;
    if (shown.size() == fault_.most_shown) break;
    shown.push_back(shown_webhook(webhook, fault_.ids));
    if (std::ranges::any_of(fault_.repeated, matches)) repeated.push_back(shown.back());
  }
  shown.insert(shown.end(), repeated.begin(), repeated.end());
  return body_response(fmt::format("[{}]", fmt::join(shown, ",")));
}

Response RequestHandler::post_response(Webhooks stored) {
  if (fault_.shuffle) std::shuffle(stored.begin(), stored.end(), faults_.random());
  if (fault_.action == FaultAction::missing_element && !stored.empty()) stored.pop_back();
  if (fault_.ids == ResponseIds::swapped)  // each id moves into the next one's element
    for (std::size_t i = 1; i < stored.size(); ++i) std::swap(stored[0].id, stored[i].id);
  std::vector<std::string> shown;
  for (const auto& webhook : stored) shown.push_back(posted_webhook(*account_, webhook, fault_));
  const auto texts = fmt::format("{}", fmt::join(shown, ","));
  return body_response(path_ == Path::bulk ? fmt::format("[{}]", texts) : texts);
}

Webhooks RequestHandler::apply(const Webhooks& elements) {
  Write write(store_, *account_, elements, fault_);
  auto stored = write.apply();
  applied_ = write.applied();
  return stored;
}

/// Without a delay it is done at once, so that no other request can come between.
void RequestHandler::do_after(std::chrono::milliseconds delay, std::function<void()> what) const {
  if (delay.count() == 0) {
    what();
  } else {
    schedule_(delay, std::move(what));
  }
}

}  // namespace hookferry::sandbox
