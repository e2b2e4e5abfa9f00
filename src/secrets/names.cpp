#include <algorithm>
#include <array>
#include <optional>

#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::secrets {
namespace {

constexpr std::size_t shortest_token = 20;
/// Of what a service's own prefix is followed by.
constexpr std::size_t shortest_rest = 8;

constexpr std::array<std::string_view, 29> prefixes = {
    "eyJ",   "xoxa-", "xoxb-", "xoxp-",    "xoxr-",       "xoxs-",    "xapp-", "ghp_",
    "gho_",  "ghu_",  "ghs_",  "ghr_",     "github_pat_", "glpat-",   "AKIA",  "ASIA",
    "AIza",  "ya29.", "SG.",   "sk_live_", "sk_test_",    "rk_live_", "sk-",   "whsec_",
    "cxtp_", "cxup_", "npm_",  "dop_v1_",  "shpat_"};

/// Words, numbers that are too short to be a secret, UUIDs, nothing.
bool is_plain(std::string_view segment) {
  const bool number = std::all_of(segment.begin(), segment.end(), is_digit);
  return (number && segment.size() < shortest_token) || is_uuid(segment) || reads_as_words(segment);
}

}  // namespace

bool has_token_prefix(std::string_view run) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view prefix) {
    return run.starts_with(prefix) && run.size() >= prefix.size() + shortest_rest &&
           !reads_as_words(run.substr(prefix.size()));
  });
}

std::size_t token_end(std::string_view text, std::size_t begin) {
  auto end = begin;
  while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]) ||
                               std::string_view("_-+/=.~").find(text[end]) != std::string_view::npos))
    ++end;
  while (end > begin && text[end - 1] == '.') --end;
  return end;
}

Span token_in(std::string_view text, std::size_t begin, std::size_t end) {
  const auto run = text.substr(begin, end - begin);
  if (has_token_prefix(run)) return {begin, end};
  if (run.size() < shortest_token || is_uuid(run)) return {begin, begin};
  Span out{end, begin};
  std::size_t secret = 0;
  for (std::size_t at = 0; at < run.size();) {
    const auto stop = std::min(run.find_first_of("/.", at), run.size());
    if (!is_plain(run.substr(at, stop - at))) {
      out.begin = std::min(out.begin, begin + at);
      out.end = begin + stop;
      secret += stop - at;
    }
    at = stop + 1;
  }
  return secret >= shortest_token ? out : Span{begin, begin};
}

namespace {

using json::Kind;

/// Anywhere in a name.
constexpr std::array<std::string_view, 18> fragments = {
    "pass",      "sign",       "session",    "auth",       "token",          "secret",
    "cookie",    "credential", "code",       "jwt",        "connection",     "apikey",
    "accesskey", "privatekey", "servicekey", "routingkey", "integrationkey", "bearer"};
/// As a word of a name.
constexpr std::array<std::string_view, 14> secret_words = {
    "sig", "pwd", "pw", "psk", "otp", "totp", "pin", "dsn", "hmac", "sas", "pem", "csrf", "xsrf", "passwd"};
/// As a word they count for nothing, though they hold a fragment.
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
/// What else may stand in a pair without being its value.
constexpr std::array<std::string_view, 14> describing_members = {
    "note", "description", "comment", "type", "kind",    "enabled",     "required",
    "help", "hint",        "title",   "in",   "display", "displayname", "format"};

template <class Table>
bool holds(const Table& table, std::string_view text) {
  return std::find(table.begin(), table.end(), text) != table.end();
}

/// In small letters, parted at signs and where a capital begins a word.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> out;
  bool open = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_upper(c) && !is_lower(c) && !is_digit(c)) {
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

std::string folded(std::string_view name) {
  std::string out;
  for (const auto& word : words_of(name)) out += word;
  return out;
}

/// A name in a pair: not a sentence, an address or a path, which would make its neighbour secret by chance.
bool could_be_a_name(std::string_view text) {
  return text.size() <= 64 && text.find_first_of("@/\\\n<>\"") == std::string_view::npos &&
         std::count(text.begin(), text.end(), ' ') <= 2;
}

bool names_a_secret(const json::Value& value) {
  if (!value.is(Kind::string)) return false;
  const auto text = value.string();
  return could_be_a_name(text) && is_secret_name(text);
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
  const auto secret = naming ? members[*naming].value.string() : std::string();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const auto own = folded(out[i]);
    // {"key": "Content-Type", "value": …}: here the key is a name.
    const auto text = members[i].value.string();
    if (naming == i || (is_naming(out[i]) && has_value && !text.empty() && reads_as_words(text)))
      out[i].clear();
    else if (naming && !holds(describing_members, own) && !is_naming(out[i]) && !is_secret_name(out[i]))
      out[i] = secret;
  }
  return out;
}

std::vector<std::string> names_of_elements(const std::vector<json::Value>& elements) {
  std::vector<std::string> out(elements.size());
  for (std::size_t i = 1; i < elements.size(); ++i)
    if (names_a_secret(elements[i - 1])) out[i] = elements[i - 1].string();
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
  return std::any_of(fragments.begin(), fragments.end(),
                     [&](std::string_view part) { return telling.find(part) != std::string::npos; }) ||
         std::any_of(words.begin(), words.end(),
                     [](const std::string& word) { return holds(secret_words, word); });
}

bool is_naming(std::string_view member) { return holds(naming_members, folded(member)); }
bool is_naming_value(std::string_view member) { return holds(value_members, folded(member)); }

std::vector<std::string> masking_names(const json::Value& parent, std::string_view name) {
  const auto members = parent.members();
  const auto elements = parent.elements();
  if (is_secret_name(name))
    return std::vector<std::string>(members.size() + elements.size(), std::string(name));
  return parent.is(Kind::array) ? names_of_elements(elements) : names_of_members(members);
}

}  // namespace hookferry::secrets
