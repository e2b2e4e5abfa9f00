#include <algorithm>
#include <array>
#include <optional>

#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::secrets {
namespace {

using json::Kind;

/// Secret anywhere in a name.
constexpr std::array<std::string_view, 18> fragments = {
    "pass",      "sign",       "session",    "auth",       "token",          "secret",
    "cookie",    "credential", "code",       "jwt",        "connection",     "apikey",
    "accesskey", "privatekey", "servicekey", "routingkey", "integrationkey", "bearer"};
/// Secret as a word of a name.
constexpr std::array<std::string_view, 14> secret_words = {
    "sig", "pwd", "pw", "psk", "otp", "totp", "pin", "dsn", "hmac", "sas", "pem", "csrf", "xsrf", "passwd"};
/// Not secret as a word of a name, though a fragment stands in them.
constexpr std::array<std::string_view, 38> harmless_words = {
    "author",      "authors",      "authored",       "authority",   "assign", "assigns", "assigned",
    "assignee",    "assignees",    "assignment",     "assignments", "design", "designs", "designed",
    "designer",    "designation",  "signal",         "signals",     "passed", "passes",  "passing",
    "passive",     "passenger",    "passengers",     "compass",     "bypass", "encode",  "encoded",
    "encoder",     "decode",       "decoded",        "decoder",     "codec",  "codecs",  "unicode",
    "significant", "unauthorized", "unauthenticated"};
/// Whole names, folded: the vendor's guide shows the first in the open, the others say how something ended.
constexpr std::array<std::string_view, 6> shown_names = {"projectkey", "statuscode",   "errorcode",
                                                         "exitcode",   "responsecode", "httpcode"};

constexpr std::array<std::string_view, 17> naming_members = {
    "name",  "key",       "header",    "headername", "field",     "fieldname",
    "param", "paramname", "parameter", "property",   "attribute", "variable",
    "k",     "n",         "id",        "label",      "keyname"};
constexpr std::array<std::string_view, 11> value_members = {"value",   "values",   "val",         "v",
                                                            "content", "contents", "data",        "text",
                                                            "string",  "default",  "defaultvalue"};
/// Members that may stand in a pair without being its value.
constexpr std::array<std::string_view, 14> describing_members = {
    "note", "description", "comment", "type", "kind",    "enabled",     "required",
    "help", "hint",        "title",   "in",   "display", "displayname", "format"};

/// The words of a name in small letters: they end at signs and where a capital begins the next word.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> out;
  bool open = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_letter(c) && !is_digit(c)) {
      open = false;
      continue;
    }
    const bool begins =
        is_upper(c) && i > 0 && (is_lower(name[i - 1]) || (i + 1 < name.size() && is_lower(name[i + 1])));
    if (!open || begins) out.emplace_back();
    open = true;
    out.back().push_back(lower_ascii(c));
  }
  return out;
}

/// The name in small letters, without signs.
std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (is_letter(c) || is_digit(c)) out.push_back(lower_ascii(c));
  return out;
}

/// Whether the value is a string with a name of a secret. A sentence, an address or a path is no name: it
/// would make its neighbour secret by chance.
bool names_a_secret(const json::Value& value) {
  if (!value.is(Kind::string)) return false;
  const auto text = value.string();
  return text.size() <= 64 && text.find_first_of("@/\\\n<>\"") == std::string::npos &&
         std::ranges::count(text, ' ') <= 2 && is_secret_name(text);
}

std::vector<std::string> names_of_members(const std::vector<json::Member>& members) {
  std::optional<std::size_t> naming;  // the member that names a secret
  bool has_value = false;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < members.size(); ++i) {
    out.push_back(members[i].key.string());
    if (!naming && is_naming(out[i]) && names_a_secret(members[i].value)) naming = i;
    has_value = has_value || is_naming_value(out[i]);
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    // {"key": "Content-Type", "value": …}: here the key is a name.
    const auto text = members[i].value.string();
    if (naming == i || (is_naming(out[i]) && has_value && !text.empty() && reads_as_words(text)))
      out[i].clear();
    else if (naming && !holds(describing_members, folded(out[i])) && !is_naming(out[i]) &&
             !is_secret_name(out[i]))
      out[i] = members[*naming].value.string();
  }
  return out;
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const auto words = words_of(name);
  std::string whole, telling;
  for (const auto& word : words) {
    whole += word;
    telling += holds(harmless_words, word) ? "|" : word;
  }
  while (!whole.empty() && is_digit(whole.back())) whole.pop_back();
  if (whole.empty() || holds(shown_names, whole)) return false;
  if (whole.ends_with("key") || whole.ends_with("keys")) return true;
  return std::ranges::any_of(
             fragments, [&](std::string_view part) { return telling.find(part) != std::string::npos; }) ||
         std::ranges::any_of(words, [](const std::string& word) { return holds(secret_words, word); });
}

bool is_naming(std::string_view member) { return holds(naming_members, folded(member)); }
bool is_naming_value(std::string_view member) { return holds(value_members, folded(member)); }

std::vector<std::string> masking_names(const json::Value& parent, std::string_view name) {
  const auto members = parent.members();
  const auto elements = parent.elements();
  if (is_secret_name(name))
    return std::vector<std::string>(members.size() + elements.size(), std::string(name));
  if (!parent.is(Kind::array)) return names_of_members(members);
  std::vector<std::string> out(elements.size());
  for (std::size_t i = 1; i < elements.size(); ++i)
    if (names_a_secret(elements[i - 1])) out[i] = elements[i - 1].string();
  return out;
}

}  // namespace hookferry::secrets
