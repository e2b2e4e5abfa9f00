#include "webhook/secrets.hpp"

#include <algorithm>
#include <array>

#include "core/digest.hpp"
#include "json/text.hpp"

namespace hookferry {
namespace {

using json::Kind;

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name)
    if (c != '-' && c != '_' && c != ' ') out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  return out;
}

/// In folded spelling. Any name that contains one of the first table counts, of the second only the whole
/// name.
constexpr std::array<std::string_view, 16> secret_fragments = {
    "privatekey", "servicekey",     "apikey",  "accesskey", "routingkey", "integrationkey",
    "token",      "authentication", "authkey", "xauth",     "password",   "authorization",
    "passwd",     "secret",         "cookie",  "credential"};
constexpr std::array<std::string_view, 5> secret_names = {"auth", "sig", "signature", "key", "pwd"};

/// A URL of a chat service whose path is a secret: what host it is on and where the secret begins.
struct SecretPath {
  std::string_view host;
  std::string_view before;  ///< path up to the secret
};
constexpr std::array<SecretPath, 12> secret_paths = {{
    {"hooks.slack.com", "/services/"},
    {"hooks.slack.com", "/workflows/"},
    {"hooks.slack.com", "/triggers/"},
    {"hooks.slack-gov.com", "/services/"},
    {"hooks.slack-gov.com", "/workflows/"},
    {"api.telegram.org", "/bot"},
    {".webhook.office.com", "/webhookb2/"},
    {"outlook.office.com", "/webhook/"},
    {"outlook.office365.com", "/webhook/"},
    {"discord.com", "/api/webhooks/"},
    {"discordapp.com", "/api/webhooks/"},
    {"events.pagerduty.com", "/integration/"},
}};

bool host_fits(std::string_view host, std::string_view wanted) {
  auto name = folded(host.substr(0, host.find(':')));
  if (name.ends_with('.')) name.pop_back();
  const auto want = folded(wanted);
  return wanted.starts_with('.') ? name.ends_with(want) : name == want;
}

/// A URL may carry another one in its path or query, and that one another: so many are looked into, what is
/// behind them is masked as a whole.
constexpr int most_nested_urls = 4;
std::string mask_urls(std::string_view text, int depth);

std::string percent_decoded(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0;
    out.push_back(escape ? static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2])) : text[i]);
    if (escape) i += 2;
  }
  return out;
}

/// A whole URL in a query stands there percent-encoded: told apart by what is in it, masked as a whole.
bool hides_a_secret(std::string_view value, int depth) {
  if (value.find('%') == std::string_view::npos) return false;
  const auto plain = percent_decoded(value);
  return mask_urls(plain, depth + 1) != plain;
}

std::string mask_query(std::string_view query, int depth) {
  std::string out;
  while (true) {
    const auto end = query.find_first_of("&;");
    const auto pair = query.substr(0, end);
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && equals + 1 < pair.size() &&
        (is_secret_name(percent_decoded(pair.substr(0, equals))) ||
         hides_a_secret(pair.substr(equals + 1), depth))) {
      out += std::string(pair.substr(0, equals + 1)) + mask_secret(pair.substr(equals + 1));
    } else {
      out += mask_urls(pair, depth + 1);
    }
    if (end == std::string_view::npos) return out;
    out += query[end];
    query.remove_prefix(end + 1);
  }
}

std::string mask_path(std::string_view host, std::string_view path, int depth) {
  for (const auto& secret : secret_paths)
    if (host_fits(host, secret.host) && path.starts_with(secret.before) && path.size() > secret.before.size())
      return std::string(secret.before) + mask_secret(path.substr(secret.before.size()));
  return mask_urls(path, depth + 1);
}

/// `url` is what stands behind "://".
std::string mask_url(std::string_view url, int depth) {
  const auto authority_end = std::min(url.find_first_of("/?#"), url.size());
  auto host = url.substr(0, authority_end);
  std::string out;
  if (const auto at = host.rfind('@'); at != std::string_view::npos) {
    out += mask_secret(host.substr(0, at)) + "@";
    host.remove_prefix(at + 1);
  }
  out += host;
  auto rest = url.substr(authority_end);
  const auto fragment_at = std::min(rest.find('#'), rest.size());
  const auto query_at = std::min(rest.find('?'), fragment_at);
  out += mask_path(host, rest.substr(0, query_at), depth);
  if (query_at < fragment_at)
    out += "?" + mask_query(rest.substr(query_at + 1, fragment_at - query_at - 1), depth);
  if (fragment_at < rest.size()) out += "#" + mask_query(rest.substr(fragment_at + 1), depth);
  return out;
}

std::string mask_urls(std::string_view text, int depth) {
  std::string out;
  while (true) {
    const auto at = text.find("://");
    if (at == std::string_view::npos) return out + std::string(text);
    if (depth > most_nested_urls) return out + mask_secret(text);
    const auto begin = at + 3;
    const auto end = std::min(text.find_first_of(" \t\r\n\"'<>`", begin), text.size());
    out += text.substr(0, begin);
    out += mask_url(text.substr(begin, end - begin), depth);
    text.remove_prefix(end);
  }
}

/// What follows "Bearer " anywhere; what follows the colon where the text is a header line of a secret name.
std::string mask_headers(std::string_view text) {
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && text.find_first_of(" \t/") > colon &&
      is_secret_name(text.substr(0, colon))) {
    const auto value = text.find_first_not_of(" \t", colon + 1);
    if (value == std::string_view::npos) return std::string(text);
    return std::string(text.substr(0, value)) + mask_secret(text.substr(value));
  }
  constexpr std::string_view scheme = "bearer ";
  std::string out;
  while (true) {
    const auto found = std::search(
        text.begin(), text.end(), scheme.begin(), scheme.end(),
        [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b; });
    if (found == text.end()) return out + std::string(text);
    const auto begin = static_cast<std::size_t>(found - text.begin()) + scheme.size();
    const auto end = std::min(text.find_first_of(" \t\r\n\"'<>`,;", begin), text.size());
    out += text.substr(0, begin);
    if (end > begin) out += mask_secret(text.substr(begin, end - begin));
    text.remove_prefix(end);
  }
}

std::string mask_string(const json::Value& value) {
  const auto text = value.string();
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start != std::string::npos && (text[start] == '{' || text[start] == '[' || text[start] == '"'))
    if (const auto inner = json::Document::try_parse(text)) return json::encode(mask_json(inner->root(), ""));
  return json::encode(mask_text(text));
}

/// An array element of the form {"name": N, "value": V} is the member N.
std::string mask_element(const json::Value& element) {
  const auto name = element.find("name");
  const auto value = element.find("value");
  if (!name || !value || !name->is(Kind::string) || !is_secret_name(name->string()))
    return mask_json(element, "");
  std::string out = "{";
  for (const auto& [key, member] : element.members()) {
    const auto member_name = key.string() == "value" ? name->string() : key.string();
    out += (out.size() > 1 ? "," : "") + std::string(key.text()) + ":" + mask_json(member, member_name);
  }
  return out + "}";
}

}  // namespace

bool is_secret_name(std::string_view name) {
  const auto plain = folded(name);
  const auto inside = [&](std::string_view fragment) { return plain.find(fragment) != std::string::npos; };
  return std::any_of(secret_fragments.begin(), secret_fragments.end(), inside) ||
         (plain.starts_with('x') && plain.ends_with("key")) ||
         std::find(secret_names.begin(), secret_names.end(), plain) != secret_names.end();
}

std::string mask_secret(std::string_view secret) { return "***" + sha256_hex(secret).substr(0, 6); }

std::string mask_text(std::string_view text) { return mask_urls(mask_headers(text), 0); }

std::string mask_json(const json::Value& value, std::string_view name) {
  const bool secret = is_secret_name(name);
  switch (value.kind()) {
    case Kind::string:
      if (secret && !value.string().empty()) return json::encode(mask_secret(value.string()));
      return mask_string(value);
    case Kind::number:
      return secret ? json::encode(mask_secret(value.text())) : std::string(value.text());
    case Kind::array: {
      std::string out = "[";
      for (const auto& element : value.elements())
        out += (out.size() > 1 ? "," : "") + (secret ? mask_json(element, name) : mask_element(element));
      return out + "]";
    }
    case Kind::object: {
      std::string out = "{";
      for (const auto& [key, member] : value.members()) {
        const auto member_name = secret ? std::string(name) : key.string();
        out += (out.size() > 1 ? "," : "") + std::string(key.text()) + ":" + mask_json(member, member_name);
      }
      return out + "}";
    }
    default:
      return std::string(value.text());
  }
}

}  // namespace hookferry
