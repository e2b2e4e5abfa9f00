#include "sandbox/exchange.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <numeric>
#include <optional>

#include "json/build.hpp"
#include "sandbox/answer_ids.hpp"
#include "sandbox/guide_rules.hpp"
#include "sandbox/people.hpp"
#include "sandbox/reading.hpp"
#include "sandbox/writes.hpp"

namespace hookferry {
namespace {

using Delivery = SandboxAnswer::Delivery;
using Path = ApiRequest::Path;

SandboxAnswer undelivered(Delivery delivery) {
  SandboxAnswer out;
  out.delivery = delivery;
  return out;
}

/// One request of one account, with the fault that it meets.
class Exchange {
 public:
  Exchange(SandboxState& state, FaultProgram& faults, SandboxAccount& account, const ApiRequest& request,
           const Fault& fault)
      : state_(state), faults_(faults), account_(account), request_(request), fault_(fault) {}

  std::size_t applied = 0;

  SandboxAnswer answer() {
    auto out = respond();
    out.slow = fault_.slow;
    out.chunked = fault_.chunked;
    out.informational = fault_.informational;
    out.leftover = fault_.leftover;
    for (const auto& act : fault_.acts)
      if (act.after)
        do_later(out, *act.after,
                 [&state = state_, &account = account_, act] { hookferry::carry_out(act, state, account); });
    return out;
  }

 private:
  SandboxAnswer respond() {
    if (request_.method == "POST")  // no fault makes the server take what the guide forbids
      if (auto objection = object_to_body()) return *objection;
    switch (fault_.action) {
      case FaultAction::none:
      case FaultAction::missing_element:
        break;
      case FaultAction::close_before:
        return undelivered(Delivery::close);
      case FaultAction::close_after:
        carry_out();
        return undelivered(Delivery::close);
      case FaultAction::partial:
        apply_first(fault_.count);
        return broken();
      case FaultAction::subset:
        apply_some();
        return broken();
      case FaultAction::truncate:
        return truncated();
      case FaultAction::garbage:
        return garbage();
      case FaultAction::stall:
        return stalled();
      case FaultAction::apply_late:
        return applied_later();
      case FaultAction::status:
        return refused();
      case FaultAction::redirect:
        return redirected();
    }
    return carry_out();
  }

  /// All or nothing: one element that the guide forbids, and none is applied.
  std::optional<SandboxAnswer> object_to_body() const {
    if (!request_.readable) return refusal(400, "the body is no JSON of the form that this path takes");
    for (std::size_t i = 0; i < request_.elements.size(); ++i) {
      const auto document = json::Document::parse(request_.elements[i]);
      const auto where = request_.path == Path::bulk ? "element " + std::to_string(i) + ": " : std::string();
      if (const auto objection = guide_objection(document.root())) return refusal(400, where + *objection);
      const auto id = document.root().find("id");
      if (id && !account_.place_of(*id->integer())) return refusal(404, where + "no such webhook");
    }
    return std::nullopt;
  }

  SandboxAnswer broken() const {
    if (fault_.status == 0) return undelivered(Delivery::close);
    auto out = refusal(fault_.status, "a fault that was asked for");
    out.retry_after = fault_.retry_after;
    return out;
  }

  SandboxAnswer truncated() {
    auto out = carry_out();
    out.delivery = Delivery::cut;
    return out;
  }

  SandboxAnswer garbage() {
    if (fault_.applied == Applied::yes) carry_out();
    SandboxAnswer out;
    out.body = "<!DOCTYPE html><html><body><h1>Welcome</h1></body></html>\n";
    out.content_type = "text/html";
    return out;
  }

  SandboxAnswer stalled() {
    if (fault_.applied == Applied::yes) carry_out();
    return undelivered(Delivery::never);
  }

  SandboxAnswer refused() {
    if (fault_.applied == Applied::yes) carry_out();
    if (fault_.applied == Applied::prefix) {
      const auto fits = [&](const std::string& alias) {
        return ::fnmatch(fault_.alias.c_str(), alias.c_str(), 0) == 0;
      };
      const auto first = std::find_if(request_.aliases.begin(), request_.aliases.end(), fits);
      apply_first(static_cast<std::size_t>(first - request_.aliases.begin()));
    }
    return broken();
  }

  SandboxAnswer redirected() {
    if (fault_.applied == Applied::yes) carry_out();
    auto out = broken();
    out.location = fault_.location;
    return out;
  }

  SandboxAnswer applied_later() {
    auto out = broken();
    const bool as_if_done = fault_.status >= 200 && fault_.status < 300;
    if (request_.method == "POST") {
      auto writes = writes_of(request_.elements);
      if (as_if_done) out = answer_of(writes.preview());
      do_later(out, fault_.after, [writes]() mutable { writes.apply(); });
    } else if (request_.method == "DELETE") {
      if (as_if_done) out.body = "{}";
      do_later(out, fault_.after, [&account = account_, id = request_.id] { account.remove(id); });
    }
    return out;
  }

  /// Not in zero milliseconds, but now: so that no request can come between.
  static void do_later(SandboxAnswer& answer, std::chrono::milliseconds in, std::function<void()> what) {
    if (in.count() == 0) {
      what();
    } else {
      answer.later.push_back({in, std::move(what)});
    }
  }

  Writes writes_of(const std::vector<std::string>& elements) const {
    return {state_, account_, elements, fault_};
  }

  std::vector<Stored> apply(const std::vector<std::string>& elements) {
    auto writes = writes_of(elements);
    auto stored = writes.apply();
    applied = writes.applied();
    return stored;
  }

  void apply_first(std::size_t count) {
    auto first = request_.elements;
    first.resize(std::min(count, first.size()));
    apply(first);
  }

  /// At least one element and not all of them, where there are two or more.
  void apply_some() {
    const auto& all = request_.elements;
    if (all.size() < 2) return;
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), faults_.random());
    order.resize(std::uniform_int_distribution<std::size_t>(1, all.size() - 1)(faults_.random()));
    std::vector<std::string> some;
    for (const auto i : order) some.push_back(all[i]);
    apply(some);
  }

  SandboxAnswer carry_out() {
    if (request_.method == "GET") return request_.path == Path::all ? get_all() : get_one();
    return request_.method == "DELETE" ? remove() : post();
  }

  SandboxAnswer get_all() const {
    SandboxAnswer out;
    out.body = reading(account_, fault_);
    return out;
  }

  SandboxAnswer get_one() const {
    const auto& webhooks = account_.webhooks_before(fault_.late);
    const auto place = place_of(webhooks, request_.id);
    if (!place) return refusal(404, "no such webhook");
    SandboxAnswer out;
    out.body = with_answer_id(webhooks[*place], fault_.ids);
    return out;
  }

  SandboxAnswer remove() {
    if (!account_.remove(request_.id)) return refusal(404, "no such webhook");
    applied = 1;
    SandboxAnswer out;
    out.body = "{}";
    return out;
  }

  SandboxAnswer post() { return answer_of(apply(request_.elements)); }

  SandboxAnswer answer_of(std::vector<Stored> stored) {
    if (fault_.shuffle) std::shuffle(stored.begin(), stored.end(), faults_.random());
    if (fault_.action == FaultAction::missing_element && !stored.empty()) stored.pop_back();
    SandboxAnswer out;
    out.body = answer_body(account_, stored, fault_, request_.path == Path::bulk);
    return out;
  }

  SandboxState& state_;
  FaultProgram& faults_;
  SandboxAccount& account_;
  const ApiRequest& request_;
  const Fault& fault_;
};

}  // namespace

SandboxAnswer refusal(int status, const std::string& text) {
  SandboxAnswer out;
  out.status = status;
  out.body = json::compact({{"error", text}});
  return out;
}

std::string log_line(const std::string& status, const SandboxAccount* account, std::size_t elements,
                     std::size_t applied, const std::string& fault) {
  return status + " " + (account != nullptr ? account->name() : "-") +
         " elements=" + std::to_string(elements) + " applied=" + std::to_string(applied) + " fault=" + fault;
}

std::string status_text(const SandboxAnswer& answer) {
  const bool silent = answer.delivery == Delivery::close || answer.delivery == Delivery::never;
  return silent ? "-" : std::to_string(answer.status);
}

SandboxAnswer exchange(SandboxState& state, FaultProgram& faults, SandboxAccount& account,
                       const ApiRequest& request, const Fault& fault) {
  Exchange exchange(state, faults, account, request, fault);
  auto out = exchange.answer();
  out.log = log_line(status_text(out), &account, request.elements.size(), exchange.applied, fault.rules);
  return out;
}

}  // namespace hookferry
