#include "sandbox/api.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>
#include <boost/json/value.hpp>

#include "core/text.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::sandbox {
namespace {

using json::Kind;
using webhook::Form;
using Delivery = Response::Delivery;

/// The key of `Authorization: Bearer KEY`, the scheme in any letter case; empty for anything else.
std::string bearer_key(const std::string& authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (!same_letters(std::string_view(authorization).substr(0, scheme.size()), scheme)) return {};
  return authorization.substr(scheme.size());
}

Response body_response(std::string body) {
  Response out;
  out.body = std::move(body);
  return out;
}

enum class Operation { list, one, write, remove, test, types };

/// The text that stands for the `*` of the pattern, empty if it has none; nothing for another path.
std::optional<std::string> match(std::string_view pattern, std::string_view path) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return path == pattern ? std::optional(std::string()) : std::nullopt;
  const auto before = pattern.substr(0, star), behind = pattern.substr(star + 1);
  if (path.size() <= before.size() + behind.size() || !path.starts_with(before) || !path.ends_with(behind))
    return std::nullopt;
  const auto text = path.substr(before.size(), path.size() - before.size() - behind.size());
  return text.find('/') == std::string_view::npos ? std::optional(std::string(text)) : std::nullopt;
}

/// Null if there is no such type.
const webhook::WebhookKind* find_v5_type(std::string_view type) {
  return webhook::find_kind(webhook::number_of_v5_type(type));
}

/// The type that v5 shows; null for UNKNOWN.
const webhook::WebhookKind* kind_in_v5(const Account& account, const StoredWebhook& webhook) {
  const auto document = json::Document::parse(text_in_form(account, webhook, Form::v5));
  return find_v5_type(document.root().find("type")->string());
}

constexpr std::string_view v5_base = "/mgmt/openapi/5/";
constexpr std::string_view number_above_v5 = "/mgmt/openapi/";

}  // namespace

std::string reason_of(int status) {
  if (status == 103) return "Early Hints";  // of RFC 8297, which Beast does not know
  return std::string(boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status)));
}

Response error_response(int status, const std::string& text) {
  auto out = body_response(json::compact({{"error", text}}));
  out.status = status;
  out.log = fmt::format("{} - elements=0 applied=0 fault=-", status);
  return out;
}

/// One thing that an API can do.
struct RequestHandler::Route {
  Form api;
  std::string_view method, path;  ///< a `*` of the path is an id or a type
  Operation operation;
  std::string_view word;          ///< what rules call the request
  std::string_view members = {};  ///< of a row of v5's lists
  bool has_body() const { return method == "POST" || method == "PUT"; }
  bool in_bulk() const { return path.ends_with("-bulk"); }
  bool by_type() const { return path.ends_with("by-types"); }
};

const RequestHandler::Route RequestHandler::routes[] = {
    {Form::v1, "GET", "/api/v1/external/integrations", Operation::list, "GET"},
    {Form::v1, "GET", "/api/v1/external/integrations/*", Operation::one, "GETONE"},
    {Form::v1, "POST", "/api/v1/external/integrations", Operation::write, "POST"},
    {Form::v1, "POST", "/api/v1/external/integrations-bulk", Operation::write, "POST"},
    {Form::v1, "DELETE", "/api/v1/external/integrations/*", Operation::remove, "DELETE"},
    {Form::v5, "GET", "integrations/webhooks/v1", Operation::list, "GET",
     "id type name url createdAt updatedAt externalId"},
    {Form::v5, "GET", "integrations/webhooks/v1/list/by-types", Operation::list, "GET",
     "id name url createdAt updatedAt externalId"},
    {Form::v5, "GET", "integrations/webhooks/v1/list/summaries", Operation::list, "NAMES",
     "id type name createdAt updatedAt externalId"},
    {Form::v5, "GET", "integrations/webhooks/v1/*", Operation::one, "GETONE"},
    {Form::v5, "POST", "integrations/webhooks/v1", Operation::write, "POST"},
    {Form::v5, "PUT", "integrations/webhooks/v1", Operation::write, "PUT"},
    {Form::v5, "DELETE", "integrations/webhooks/v1/*", Operation::remove, "DELETE"},
    {Form::v5, "GET", "integrations/webhooks/v1/*/test", Operation::test, "TEST"},
    {Form::v5, "POST", "integrations/webhooks-test/v1", Operation::test, "TEST"},
    {Form::v5, "GET", "integrations/webhook-types/v1", Operation::types, "GET"},
    {Form::v5, "GET", "integrations/webhook-types/v1/*", Operation::types, "GET"},
};

RequestHandler::RequestHandler(Store& store, FaultProgram& faults, const Request& request, Schedule schedule)
    : store_(store),
      faults_(faults),
      schedule_(std::move(schedule)),
      method_(request.method),
      account_(store.find_by_key(bearer_key(request.authorization))) {
  std::string_view path = request.path;
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.starts_with(number_above_v5)) api_ = Form::v5;
  if (path.starts_with(v5_base)) path.remove_prefix(v5_base.size());
  for (const auto& route : routes) {
    const auto target = route.api == api_ ? match(route.path, path) : std::nullopt;
    if (!target) continue;
    path_exists_ = true;
    if (route.method != method_) continue;
    route_ = &route;
    target_ = *target;
  }
  if (request.query.starts_with("type=")) wanted_type_ = request.query.substr(request.query.find('=') + 1);
  if (route_ != nullptr && route_->has_body()) read_body(request.body);

  refusal_ = request_refusal(request);
  fault_.rules = request.fault_exempt && !refusal_ ? "off" : "-";
  if (refusal_) return;
  if (request.fault_exempt) return;

  FaultFacts facts{std::string(route_->word), {}, account_->name(), std::chrono::steady_clock::now()};
  for (const auto& element : elements_) facts.aliases.push_back(element.alias);
  if (const auto* target = find_target(account_->webhooks()); target != nullptr && elements_.empty())
    facts.aliases = {target->alias};
  fault_ = faults_.decide(facts);
  for (const auto& edit : fault_.edits)
    if (!edit.after) apply_edit(edit, store_, *account_, fault_.reuse_ids);
}

void RequestHandler::read_body(const std::string& text) {
  const auto body = json::Document::try_parse(text);
  if (!body) return;
  const auto root = body->root();
  const auto add = [&](const json::Value& one) { elements_.emplace_back(std::string(one.text()), api_); };
  if (api_ == Form::v1) {
    readable_ = !route_->in_bulk() || root.is(Kind::array);
    if (route_->in_bulk()) root.each_element(add);
    if (!route_->in_bulk()) add(root);
    return;
  }
  const auto data = root.find("data");
  readable_ = data && data->is(Kind::object);
  if (!readable_) return;
  auto read = read_v5_body(*data);
  objection_ = std::move(read.objection);
  elements_.emplace_back(std::move(read.text), api_);
  if (const auto id = root.find("id"); id && method_ == "PUT") target_ = id->string();
}

/// An error of the API that the request is for.
Response RequestHandler::error(int status, const std::string& text) const {
  if (api_ == Form::v1) return error_response(status, text);
  const auto message = fmt::format("{}: {}", reason_of(status), text);
  auto out =
      body_response(fault_.plain_errors ? message : json::compact({{"code", status}, {"message", message}}));
  if (fault_.plain_errors) out.content_type = "text/plain";
  out.status = status;
  return out;
}

/// Path, key, method and media type are checked before any fault is met.
std::optional<Response> RequestHandler::request_refusal(const Request& request) const {
  if (account_ == nullptr && path_exists_) return error(401, "the key is not known");
  const bool in_gateway =
      request.path.starts_with(v5_base) && (account_ == nullptr || account_->serves(api_));
  if (!path_exists_ || !account_->serves(api_)) {
    if (api_ == Form::v1) return error(404, "no such path");
    auto out = error(404, "Not Found");
    // 5 is the number that gRPC has for it: the gateway itself does not know the path.
    if (!in_gateway) out.body = R"({"code":5,"message":"Not Found"})";
    return out;
  }
  if (route_ == nullptr) return error(405, "no such method here");
  // RFC 9110, 8.3.1: letter case does not count, and parameters may follow.
  const auto type = trimmed(std::string_view(request.content_type).substr(0, request.content_type.find(';')));
  if (route_->has_body() && !same_letters(type, "application/json"))
    return error(415, "Content-Type must be application/json");
  return std::nullopt;
}

/// Refuses the whole body if its API forbids one of its elements.
std::optional<Response> RequestHandler::body_refusal() const {
  if (!readable_) return error(400, "the body is not JSON of the form that this path takes");
  if (!objection_.empty()) return error(400, objection_);
  if (method_ == "PUT" && find_target(account_->webhooks()) == nullptr)
    return error(404, "webhook not found");
  if (api_ == Form::v5) return std::nullopt;
  for (std::size_t i = 0; i < elements_.size(); ++i) {
    const auto document = json::Document::over(elements_[i].text);
    const auto where = route_->in_bulk() ? fmt::format("element {}: ", i) : std::string();
    if (const auto objection = guide_objection(document.root())) return error(400, where + *objection);
    if (const auto id = elements_[i].id; id && find_id(account_->webhooks(), *id) == nullptr)
      return error(404, where + "no such webhook");
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
  if (route_->has_body())
    if (const auto refused = body_refusal()) return *refused;
  // An update of v5 names its webhook beside it.
  if (const auto* target = find_target(account_->webhooks()); target != nullptr && method_ == "PUT") {
    elements_.front().id = target->id;
    elements_.front().uuid = target->uuid;
  }

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
      if (route_->operation == Operation::write) {
        Write write(store_, *account_, elements_, fault_);
        if (as_if_done) out = write_response(write.preview());
        do_after(fault_.after, [write]() mutable { write.apply(); });
      } else if (method_ == "DELETE") {
        if (as_if_done) out.body = "{}";
        if (const auto* target = find_target(account_->webhooks()); target != nullptr && target->id)
          do_after(fault_.after, [&account = *account_, id = *target->id] { account.remove(id); });
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
  auto out = error(fault_.status, "a fault that was asked for");
  if (fault_.status == 0) out.delivery = Delivery::close;
  out.retry_after = fault_.retry_after;
  out.location = fault_.location;
  return out;
}

/// Does what the request asks for.
Response RequestHandler::carry_out() {
  const auto operation = route_->operation;
  if (operation == Operation::write) return write_response(apply(elements_));
  if (operation == Operation::list) return list();
  if (operation == Operation::types) return types();
  const bool lags = operation == Operation::one && fault_.late.count() > 0;
  const auto* target = find_target(lags ? account_->webhooks_before(fault_.late) : account_->webhooks());
  if (operation == Operation::test && !elements_.empty()) target = elements_.data();
  if (target == nullptr) return error(404, api_ == Form::v1 ? "no such webhook" : "webhook not found");
  if (operation == Operation::one)
    return body_response(wrapped("webhook", shown_text(*account_, *target, api_, fault_)));
  applied_ = 1;
  if (operation == Operation::test) return body_response(account_->test(target->alias, store_.time()));
  account_->remove(target->id.value_or(0));
  return body_response("{}");
}

/// What the path names; null if it names nothing that is there.
const StoredWebhook* RequestHandler::find_target(const Webhooks& webhooks) const {
  const auto found = std::ranges::find_if(webhooks, [&](const StoredWebhook& webhook) {
    return api_ == Form::v5 ? webhook.uuid == target_ : webhook.id && std::to_string(*webhook.id) == target_;
  });
  return found == webhooks.end() ? nullptr : &*found;
}

std::string RequestHandler::wrapped(std::string_view name, const std::string& text) const {
  return api_ == Form::v1 ? text : fmt::format("{{\"{}\":{}}}", name, text);
}

Response RequestHandler::list() const {
  const bool by_type = route_->by_type();
  const auto* kind = find_v5_type(wanted_type_);
  if (by_type && kind == nullptr) return error(400, "invalid value for enum field type");
  std::vector<std::string> shown, repeated;
  std::size_t seen = 0;
  for (const auto& webhook : account_->webhooks_before(fault_.late)) {
    const auto matches = [&](const std::string& glob) { return glob_matches(glob, webhook.alias); };
    if (by_type && kind != kind_in_v5(*account_, webhook)) continue;
    if (std::ranges::any_of(fault_.hidden, matches) || (fault_.half && seen++ % 2 == 1)) continue;
    if (shown.size() == fault_.most_shown) break;
    shown.push_back(shown_text(*account_, webhook, api_, fault_, route_->members));
    if (std::ranges::any_of(fault_.repeated, matches)) repeated.push_back(shown.back());
  }
  shown.insert(shown.end(), repeated.begin(), repeated.end());
  return body_response(wrapped(route_->word == "NAMES" ? "outboundWebhookSummaries" : "deployed",
                               fmt::format("[{}]", fmt::join(shown, ","))));
}

/// The types of v5, or the one that the path names.
Response RequestHandler::types() const {
  boost::json::array all;
  for (const auto& kind : webhook::webhook_kinds()) {
    const auto count = std::ranges::count_if(account_->webhooks(), [&](const StoredWebhook& webhook) {
      return kind_in_v5(*account_, webhook) == &kind;
    });
    all.push_back({{"type", kind.v5_type}, {"label", kind.label}, {"count", count}});
  }
  if (target_.empty()) return body_response(json::compact({{"webhooks", std::move(all)}}));
  const auto* kind = find_v5_type(target_);
  if (kind == nullptr) return error(400, "invalid value for enum field type");
  return body_response(json::compact({{"details", {{"type", target_}, {"label", kind->label}}}}));
}

Response RequestHandler::write_response(Webhooks stored) {
  if (method_ == "PUT") return body_response("{}");
  if (fault_.shuffle) std::shuffle(stored.begin(), stored.end(), faults_.random());
  if (fault_.action == FaultAction::missing_element && !stored.empty()) stored.pop_back();
  if (fault_.ids == ResponseIds::swapped)  // each id moves into the next one's element
    for (std::size_t i = 1; i < stored.size(); ++i) std::swap(stored[0].id, stored[i].id);
  std::vector<std::string> shown;
  for (const auto& webhook : stored) shown.push_back(written_text(*account_, webhook, api_, fault_));
  const auto texts = fmt::format("{}", fmt::join(shown, ","));
  if (route_->in_bulk()) return body_response(fmt::format("[{}]", texts));
  return body_response(texts.empty() && api_ == Form::v5 ? "{}" : texts);
}

Webhooks RequestHandler::apply(const Webhooks& elements) {
  if (route_->operation != Operation::write) return {};
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
