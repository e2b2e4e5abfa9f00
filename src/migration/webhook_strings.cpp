#include "migration/webhook_strings.hpp"

#include "json/document.hpp"
#include "json/edit.hpp"

namespace hookferry {

void visit_strings(const json::Value& webhook, const std::function<void(std::string_view)>& visit,
                   const json::StringFilter& filter) {
  const auto passes = [&](const json::Value& value) { return !filter || filter(value.text()); };
  const auto look = [&](std::string_view text) {
    visit(text);
    return std::vector<json::Edit>();
  };
  if (const auto url = webhook.find("url"); url && passes(*url)) look(url->string());
  if (const auto fields = webhook.find("integration_type_fields"); fields && passes(*fields))
    json::edit_strings(fields->is(json::Kind::string) ? fields->string() : std::string(fields->text()), look,
                       filter);
}

std::vector<std::string> strings_of(std::string_view webhook_text) {
  std::vector<std::string> out;
  const auto document = json::Document::over(webhook_text);
  visit_strings(document.root(), [&](std::string_view text) { out.emplace_back(text); });
  return out;
}

}  // namespace hookferry
