#include <optional>

#include "secrets/secrets.hpp"

namespace hookferry::secrets {
namespace {

using json::Kind;

/// Secret anywhere in a name, in common languages.
constexpr WordList fragments(
    "pass sign session auth token secret cookie credential code jwt connection apikey accesskey "
    "privatekey servicekey routingkey integrationkey keyval bearer kennwort geheim schlüssel schluessel "
    "zugangsdat contrase clave llave senha chave segredo chiave segreto parola wachtwoord sleutel hasło "
    "heslo jelsz lösenord nyckel salasana şifre anahtar matkhau парол ключ токен секрет κωδικ κλειδ 密码 "
    "密碼 "
    "口令 密钥 密鑰 令牌 验证码 パスワード トークン 暗証 秘密 鍵 비밀번호 암호 토큰 كلمةالسر كلمةالمرور סיסמ "
    "पासवर्ड รหัสผ่าน");
/// Secret as a word of a name.
constexpr WordList secret_words(
    "sig pwd pw psk otp totp pin dsn hmac sas pem csrf xsrf passwd cred creds mdp jeton klucz klic kulcs "
    "sandi kunci");
/// Not secret as a word of a name, though a fragment stands in them.
constexpr WordList harmless_words(
    "author authors authored authority assign assigns assigned assignee assignees assignment assignments "
    "design designs designed designer designation signal signals signup passed passes passing passive "
    "passenger passengers compass bypass encode encoded encoder decode decoded decoder codec codecs "
    "unicode significant unauthorized signage significance signed passthrough compassion surpass overpass "
    "obsession possession secretary tokenizer tokenize codeowners unauthenticated");
/// Whole names, folded: the vendor's guide shows the first in the open, the others say how something ended.
constexpr WordList shown_names("projectkey statuscode errorcode exitcode responsecode httpcode");
/// Before "key" or "code" at the end of a name they say that it is no secret: `issueKey`, `country_code`.
constexpr WordList harmless_stems(
    "mon public incident alert idempotency storage airport don tur hoc joc whis issue project epic parent "
    "dedup duplication primary foreign sort partition cache group object component translation lookup map "
    "unique metric label column row feature correlation message country currency zip postal post area "
    "error status exit response http language lang locale region color reason result return source bar qr "
    "event state city dial product unit priority severity site cost");
/// A name that ends in one of them is about a secret, not its name: `session_timeout`, `source_code_url`.
constexpr WordList describing_words(
    "timeout url uri link count counts type kind status state enabled disabled required policy method "
    "mode length size limit ttl expiry expires at date time age version algorithm format owner owners "
    "provider region scheme level rotation duration interval max min total usage scope scopes path file "
    "host port issuer audience review reviewer repository coverage quality style label title description "
    "message error attempts retries failures strength page banner used rate snippet by off minute second "
    "hour day days manager name names");
/// A name that begins with one of them tells how many, or whether there is any: `max_tokens`.
constexpr WordList counting_words("max min num total is has");
/// Values that tell how something is protected, not by what.
constexpr WordList plain_values(
    "none disabled enabled yes no on off required optional basic bearer token splunk geniekey digest "
    "oauth oauth2 saml ldap sso anonymous unknown keep-alive");
/// Headers whose values are shown. All others are secret.
constexpr WordList shown_headers(
    "accept acceptcharset acceptencoding acceptlanguage cachecontrol connection contentencoding "
    "contentlanguage contentlength contenttype date host keepalive retryafter server transferencoding "
    "useragent vary");

/// Letters that look like a Latin one, or are one with a mark: they are read as it.
struct LookAlikes {
  char letter;
  std::string_view others;
};
constexpr auto look_alikes = std::to_array<LookAlikes>({
    {'a', "àáâãäåāăąаα"}, {'b', "в"},         {'c', "çćčс"}, {'d', "ďđ"},  {'e', "èéêëēęěеёε"}, {'g', "ğ"},
    {'h', "н"},           {'i', "ìíîïīıіїι"}, {'j', "ј"},    {'k', "ķкκ"}, {'l', "łľ"},         {'m', "м"},
    {'n', "ñńňη"},        {'o', "òóôõöøőоο"}, {'p', "рρ"},   {'r', "řŕ"},  {'s', "śşšѕ"},       {'t', "ťţтτ"},
    {'u', "ùúûüůűυ"},     {'v', "ѵν"},        {'w', "ѡω"},   {'x', "хχ"},  {'y', "ýÿуγ"},       {'z', "źżž"},
});

constexpr WordList naming_members(
    "title type kind name key header headername field fieldname param paramname parameter property "
    "attribute variable k n id label keyname");
constexpr WordList value_members("value values val v content contents data text string default defaultvalue");
/// Members that may stand in a pair without being its value.
constexpr WordList describing_members(
    "note description comment enabled required help hint in display displayname format");

/// The words of a name in small letters: they end at signs and where a capital begins the next word.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> out;
  bool open = false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_letter(c) && !is_digit(c) && !is_beyond_ascii(c)) {
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

std::uint32_t small_letter(std::uint32_t c) {
  constexpr std::uint32_t full_width = 0xFF01 - '!';
  if (c >= 0xFF01 && c <= 0xFF5E) return c - full_width;
  if ((c >= 0xC0 && c <= 0xDE) || (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) return c + 0x20;
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  const bool small_follows = (c >= 0x100 && c <= 0x137) || (c >= 0x14A && c <= 0x177);
  return small_follows ? c | 1U : c;
}

/// A name as a person reads it.
struct ReadName {
  std::string text;
  bool has_latin = false, has_look_alikes = false;  ///< of other scripts
};

ReadName read_name(std::string_view name) {
  static const auto letters = [] {
    std::unordered_map<std::uint32_t, char> out;
    for (auto [letter, others] : look_alikes)
      for (; !others.empty(); others.remove_prefix(first_character(others).length))
        out.emplace(first_character(others).code_point, letter);
    return out;
  }();
  ReadName out;
  while (!name.empty()) {
    if (const char c = name[0]; !is_beyond_ascii(c)) {
      out.has_latin = out.has_latin || is_letter(c);
      out.text.push_back(c);
      name.remove_prefix(1);
      continue;
    }
    const auto [code_point, length] = first_character(name);
    name.remove_prefix(std::max<std::size_t>(length, 1));
    const bool invisible = (code_point >= 0x200B && code_point <= 0x200D) || code_point == 0xAD;
    if (length == 0 || invisible) continue;
    const auto letter = small_letter(code_point);
    const auto known = letters.find(letter);
    constexpr std::uint32_t first_greek = 0x370;
    if (known != letters.end() && letter >= first_greek) out.has_look_alikes = true;
    append_utf8(out.text, known != letters.end() ? static_cast<std::uint32_t>(known->second) : letter);
  }
  return out;
}

/// The name in small letters, without signs.
std::string folded(std::string_view name) {
  std::string out;
  for (const char c : read_name(name).text)
    if (is_letter(c) || is_digit(c) || is_beyond_ascii(c)) out.push_back(lower_ascii(c));
  return out;
}

bool holds_fragment(std::string_view text) {
  static const auto by_first_byte = [] {
    std::array<std::vector<std::string>, 256> out;
    for (const auto fragment : fragments.words()) {
      auto read = read_name(fragment).text;
      out.at(static_cast<unsigned char>(read[0])).push_back(std::move(read));
    }
    return out;
  }();
  for (; !text.empty(); text.remove_prefix(1))
    for (const auto& fragment : by_first_byte[static_cast<unsigned char>(text[0])])
      if (text.starts_with(fragment)) return true;
  return false;
}

/// Whether the value is a string with a name of a secret. A sentence, an address or a path is no name.
bool names_a_secret(const json::Value& value) {
  if (!value.is(Kind::string)) return false;
  const auto text = value.string();
  return text.size() <= 64 && text.find_first_of("@/\\\n<>\"") == std::string::npos &&
         std::ranges::count(text, ' ') <= 2 && is_secret_name(text);
}

/// What a header goes by: empty where its value is shown.
std::string name_of_header(std::string_view header) {
  return std::string(shown_headers.holds(folded(header)) ? "" : always_secret);
}

std::vector<std::string> names_of_members(const std::vector<json::Member>& members, bool in_headers) {
  std::optional<std::size_t> naming;  // the member that names what the others hold
  bool has_value = false;
  std::vector<std::string> out;
  for (std::size_t i = 0; i < members.size(); ++i) {
    out.push_back(members[i].key.string());
    const auto& value = members[i].value;
    // Values of the name "uuid" or of headers are judged by it even in a pair, though it tells of no secret.
    const bool names = is_naming(out[i]) && value.is(Kind::string);
    if (!naming && names &&
        (in_headers || names_a_secret(value) || value.string() == "uuid" || is_headers(value.string())))
      naming = i;
    has_value = has_value || is_naming_value(out[i]);
  }
  if (in_headers && !(naming && has_value)) {
    for (auto& name : out) name = name_of_header(name);
    return out;
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    // {"key": "Content-Type", "value": …}: here the key is a name.
    const auto text = members[i].value.string();
    if (naming == i || (is_naming(out[i]) && has_value && !text.empty() && reads_as_words(text)))
      out[i].clear();
    else if (naming && !describing_members.holds(folded(out[i])) && !is_naming(out[i]) &&
             !is_secret_name(out[i]))
      out[i] = name_below(in_headers ? "headers" : "", members[*naming].value.string());
  }
  return out;
}

}  // namespace

bool is_secret_name(std::string_view name, Strictness strictness) {
  const auto [text, has_latin, has_look_alikes] = read_name(name);
  if ((has_latin && has_look_alikes) || text.starts_with("X-") || text.starts_with("x-")) return true;
  const auto words = words_of(text);
  std::string whole, telling;
  for (const auto& word : words) {
    whole += word;
    telling += harmless_words.holds(word) ? "|" : word;
  }
  for (auto* joined_words : {&whole, &telling})
    while (!joined_words->empty() && is_digit(joined_words->back())) joined_words->pop_back();
  if (whole.empty() || shown_names.holds(whole)) return false;
  const bool strict = strictness == Strictness::strict;
  if (!strict && words.size() > 1 &&
      (describing_words.holds(words.back()) || counting_words.holds(words.front())))
    return false;
  for (const std::string_view end : {"key", "keys", "code", "codes"}) {
    if (!telling.ends_with(end)) continue;
    telling.erase(telling.rfind(end));
    const auto ends_it = [&](std::string_view stem) { return telling.ends_with(stem); };
    if (strict || std::ranges::none_of(harmless_stems.words(), ends_it)) return true;
  }
  return holds_fragment(telling) ||
         std::ranges::any_of(words, [](const std::string& word) { return secret_words.holds(word); });
}

bool is_no_secret(std::string_view value, std::string_view name, Strictness strictness) {
  if (value.empty() || value == "null" || value == "true" || value == "false" || is_placeholder(value))
    return true;
  if (strictness == Strictness::strict || name == always_secret) return false;
  constexpr std::size_t shortest_number = 4;
  const bool small = value.size() < shortest_number && std::ranges::all_of(value, is_digit);
  const bool project = lower_ascii(name).ends_with("key") && is_issue_key(value);
  return small || project || plain_values.holds(lower_ascii(value));
}

bool is_naming(std::string_view member) { return naming_members.holds(folded(member)); }
bool is_naming_value(std::string_view member) { return value_members.holds(folded(member)); }
bool is_headers(std::string_view name) { return folded(name).ends_with("headers"); }

std::string name_below(std::string_view parent, std::string_view name) {
  if (is_secret_name(parent)) return std::string(parent);
  return is_headers(parent) ? name_of_header(name) : std::string(name);
}

std::vector<std::string> masking_names(const json::Value& parent, std::string_view name) {
  const auto members = parent.members();
  const auto elements = parent.elements();
  if (is_secret_name(name))
    return std::vector<std::string>(members.size() + elements.size(), std::string(name));
  if (!parent.is(Kind::array)) return names_of_members(members, is_headers(name));
  if (is_headers(name)) return std::vector<std::string>(elements.size(), std::string(name));
  std::vector<std::string> out(elements.size());
  for (std::size_t i = 1; i < elements.size(); ++i)
    if (names_a_secret(elements[i - 1])) out[i] = elements[i - 1].string();
  return out;
}

}  // namespace hookferry::secrets
