#include "world.hpp"

#include <algorithm>
#include <set>

#include "core/text.hpp"
#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "transform/transformer.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::test {
namespace {

std::string member(const std::string& webhook, const char* name) {
  const auto document = json::Document::parse(webhook);
  return document.root().find(name)->string();
}

std::string without_marks(std::string text) {
  for (std::size_t at = 0; (at = text.find("#n\"", at)) != std::string::npos;) text.erase(at, 2);
  return text;
}

}  // namespace

World random_world(Random& random) {
  World out;
  out.odd_aliases = random.jitter(25);
  const auto aliases = random.between(1, 12);
  const auto count = random.between(1, 30);
  int id = 1;
  std::map<std::string, std::size_t> there;
  for (std::size_t i = 0; i < count; ++i) {
    const auto alias = (out.odd_aliases ? " Hook-" : "hook-") + std::to_string(random.upto(aliases));
    const auto url = "https://hooks.test/" + std::to_string(random.upto(2));
    out.source.push_back(slack(alias, url, id++));
    if (random.jitter(20))
      out.destination.push_back(slack(alias, random.jitter(60) ? url : "https://old.test/", 1000 + id));
  }
  for (std::size_t i = random.upto(4); i > 0; --i)
    out.destination.push_back(
        slack("foreign-" + std::to_string(i), "https://foreign.test/", 2000 + static_cast<int>(i)));
  return out;
}

Sky sky_over(const World& world, const std::vector<std::string>& usual, bool altering, bool kills,
             bool updates) {
  Sky out;
  out.usual = usual;
  out.altering = altering;
  out.kills = kills;
  out.updates = updates;
  out.destination_empty = world.destination.empty();
  out.odd_aliases = world.odd_aliases;
  std::set<std::string> there;
  for (const auto& text : world.destination) there.insert(member(text, "alias"));
  std::map<std::string, std::set<std::string>> contents;
  for (const auto& text : world.source) contents[member(text, "alias")].insert(member(text, "url"));
  for (const auto& [alias, urls] : contents) {
    out.namesakes |= urls.size() > 1;
    if (!there.contains(alias)) out.news.push_back(alias);
  }
  return out;
}

std::vector<Held> held(const std::string& file) {
  const auto document = json::Document::parse(without_marks(slurp(file)));
  std::vector<Held> out;
  for (const auto& value : document.root().find("webhooks")->elements()) {
    const auto webhook = read_webhook(value);
    const auto alias = lower_ascii(trimmed(webhook.identity.alias));
    // In one form, whichever API wrote it; v5's has no label of a type.
    const bool v5 = webhook.form == Form::v5;
    out.push_back({webhook.id.value_or(0), alias, content(v5 ? webhook : cross(webhook, Form::v5).webhook)});
  }
  std::sort(out.begin(), out.end(), [](const Held& a, const Held& b) { return a.id < b.id; });
  return out;
}

std::map<std::string, std::size_t> counted(const std::vector<Held>& webhooks, std::string Held::*by) {
  std::map<std::string, std::size_t> out;
  for (const auto& webhook : webhooks) ++out[webhook.*by];
  return out;
}

}  // namespace hookferry::test
