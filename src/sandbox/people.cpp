#include "sandbox/people.hpp"

#include <fnmatch.h>

#include "json/build.hpp"
#include "json/document.hpp"
#include "json/edit.hpp"
#include "sandbox/writes.hpp"

namespace hookferry {
namespace {

using Kind = PersonsAct::Kind;

void add(const PersonsAct& act, SandboxState& state, SandboxAccount& account) {
  const auto url = act.url.empty() ? "https://foreign.test/" + std::to_string(state.upcoming_id()) : act.url;
  const auto webhook = "{\"alias\":" + json::encode(act.alias) + ",\"url\":" + json::encode(url) +
                       R"(,"integration_type_fields":"[]","integration_type_id":0,"integration_type":)"
                       R"({"id":0,"label":"Slack","icon":"/assets/settings/slack-48.png"}})";
  Writes(state, account, {webhook}, Fault()).apply();
}

std::string edited(const std::string& webhook, const PersonsAct& act, SandboxState& state) {
  const auto now = state.time_of_change();
  // The time makes it a URL that the webhook has not had before.
  const auto url = act.url.empty() ? "https://touched.test/" + json::decode(now) : act.url;
  const auto document = json::Document::parse(webhook);
  std::vector<json::Edit> edits;
  for (const auto& [key, value] : document.root().members()) {
    const auto name = key.string();
    if (name == "url") edits.push_back({value.begin(), value.end(), json::encode(url)});
    if (name == "alias" && !act.to.empty())
      edits.push_back({value.begin(), value.end(), json::encode(act.to)});
    if (name == "updated_at") edits.push_back({value.begin(), value.end(), now});
  }
  auto out = json::apply(webhook, edits);
  if (document.root().find("updated_at")) return out;
  out.pop_back();
  return out + ",\"updated_at\":" + now + "}";
}

}  // namespace

void carry_out(const PersonsAct& act, SandboxState& state, SandboxAccount& account) {
  if (act.kind == Kind::add) return add(act, state, account);
  auto webhooks = account.webhooks();
  std::size_t left = act.count;
  for (auto i = webhooks.size(); i-- > 0 && left > 0;) {
    if (::fnmatch(act.alias.c_str(), alias_of(webhooks[i]).c_str(), 0) != 0) continue;
    --left;
    if (act.kind == Kind::edit) {
      webhooks[i] = edited(webhooks[i], act, state);
    } else {
      webhooks.erase(webhooks.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  if (left != act.count) account.replace(std::move(webhooks));
}

}  // namespace hookferry
