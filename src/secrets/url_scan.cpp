#include <charconv>
#include <iterator>

#include "secrets/secrets.hpp"

namespace hookferry::secrets {
namespace {

constexpr auto nowhere = std::string_view::npos;

/// A URL may have another one in its path, and that one another. Behind so many, everything is secret.
constexpr int most_nested_urls = 4;
constexpr std::size_t most_single_values = 2;
/// A name without a dot where a host should be may be anything.
constexpr std::size_t shortest_odd_host = 16;

constexpr std::string_view separators = "/\\";
constexpr std::string_view ends_of_authority = "/\\?#";

/// A service whose addresses are secrets: everything (or one segment) behind the marker is, or the whole path
/// where there is no marker, even if it reads as words.
struct SecretAddress {
  std::string_view host;  ///< with a dot in front: all hosts below it
  std::string_view marker;
  bool one_segment;
};
constexpr std::array<SecretAddress, 25> secret_addresses = {{
    {"hooks.slack.com", "services", false},
    {"hooks.slack.com", "workflows", false},
    {"hooks.slack.com", "triggers", false},
    {"hooks.slack-gov.com", "services", false},
    {"hooks.slack-gov.com", "workflows", false},
    {"hooks.slack-gov.com", "triggers", false},
    {".webhook.office.com", "webhookb2", false},
    {"outlook.office.com", "webhook", false},
    {"outlook.office365.com", "webhook", false},
    {"discord.com", "webhooks", false},
    {".discord.com", "webhooks", false},
    {"discordapp.com", "webhooks", false},
    {"hooks.zapier.com", "catch", false},
    {"maker.ifttt.com", "key", false},
    {"webexapis.com", "incoming", false},
    {"api.ciscospark.com", "incoming", false},
    {"events.pagerduty.com", "integration", true},
    {"alert.victorops.com", "alert", false},
    {"open.feishu.cn", "hook", false},
    {"open.larksuite.com", "hook", false},
    {"api.flock.com", "sendmessage", false},
    {".make.com", "", false},
    {"hook.integromat.com", "", false},
    {"ntfy.sh", "", false},
    {"hc-ping.com", "", false},
}};

std::string plain_host(std::string_view authority) {
  auto out = lower_ascii(percent_decoded(authority.substr(0, authority.find(':'))));
  if (out.ends_with('.')) out.pop_back();
  return out;
}

std::vector<SecretAddress> secret_addresses_of(const std::string& host) {
  std::vector<SecretAddress> out;
  if (host.find('.') == nowhere) return out;  // most words that are asked about
  std::ranges::copy_if(secret_addresses, std::back_inserter(out), [&](const SecretAddress& address) {
    return address.host.starts_with('.') ? host.ends_with(address.host) : host == address.host;
  });
  return out;
}

/// The uid of a dashboard, before its name: https://grafana.test/d/cIBgcSjkk/overview
bool is_dashboard(std::string_view before, std::string_view uid, std::string_view behind) {
  constexpr std::size_t longest_uid = 14;
  return before == "d" && uid.size() <= longest_uid && !behind.empty() &&
         reads_as_words(behind.substr(0, behind.find_first_of(separators)));
}

bool is_number(std::string_view text) { return std::ranges::all_of(text, is_digit); }

/// What stands before the '@' of an authority. Passwords are also written with signs that end an authority:
/// where no host with a port stands before the first of these signs, a later '@' ends the userinfo.
std::string_view userinfo_of(std::string_view url) {
  const auto authority = url.substr(0, find_one_of(ends_of_authority, url));
  const auto colon = authority.rfind(':');
  auto at = authority.rfind('@');
  if (at == nowhere && colon != nowhere && authority[0] != '[' && !is_number(authority.substr(colon + 1)))
    at = url.rfind('@');
  return url.substr(0, at == nowhere ? 0 : at);
}

/// A host and its port are shown, unless they have signs that no host has, or may be a token.
void scan_authority(std::string_view authority, const std::string& host, Parts& out) {
  const auto in_host = [](char c) {
    return is_lower(c) || is_digit(c) || is_beyond_ascii(c) || c == '-' || c == '.' || c == '_';
  };
  const auto in_ipv6 = [](char c) { return is_hex_digit(c) || c == ':' || c == '.'; };
  const auto bracket = authority.starts_with('[') ? authority.find(']') : nowhere;
  const bool ipv6 = bracket != nowhere && std::ranges::all_of(authority.substr(1, bracket - 1), in_ipv6);
  const bool token = host.size() >= shortest_odd_host && host.find('.') == nowhere;
  const bool odd = token || !std::ranges::all_of(host, in_host);
  if (!ipv6 && odd && !reads_as_words(host)) return out.push_back(authority);
  auto port = authority.substr(ipv6 ? bracket : 0);
  next_part(port, ":");
  if (!is_number(port) && !reads_as_words(port)) out.push_back(port);
}

/// `#/settings/webhooks`
bool is_path_of_words(std::string_view text) {
  while (!text.empty())
    if (!reads_as_words(next_part(text, "/"))) return false;
  return true;
}

/// `a=1&b=2`: every value is secret. A part without '=' is shown where it reads as words.
void scan_values(std::string_view text, Parts& out) {
  Parts values;
  for (auto rest = text; !rest.empty();) {
    const auto pair = next_part(rest, "&;");
    auto value = pair;
    const auto name = next_part(value, "=");
    const bool bare = name.size() == pair.size();
    if (bare || !reads_as_words(percent_decoded(name))) value = pair;
    const auto plain = percent_decoded(value);
    const bool shown = plain.empty() || is_placeholder(plain) || (bare && is_path_of_words(plain));
    if (!shown) values.push_back(value);
  }
  if (values.size() > most_single_values) values = {text};
  out.insert(out.end(), values.begin(), values.end());
}

void scan_url(std::string_view url, int depth, Strictness strictness, Parts& out) {
  if (depth > most_nested_urls) return out.push_back(url);
  if (const auto userinfo = userinfo_of(url); !userinfo.empty()) {
    out.push_back(userinfo);
    url.remove_prefix(userinfo.size() + 1);
  }
  const auto authority = url.substr(0, find_one_of(ends_of_authority, url));
  const auto host = plain_host(authority);
  scan_authority(authority, host, out);

  auto fragment = url.substr(authority.size());
  auto query = next_part(fragment, "#");
  auto path = next_part(query, "?");
  const auto addresses = secret_addresses_of(host);
  bool all_secret = std::ranges::find(addresses, "", &SecretAddress::marker) != addresses.end();
  bool next_secret = false;
  std::string before;
  std::string_view secret;  // the last segments, as long as they are secret
  while (!path.empty()) {
    const auto segment = next_part(path, separators);
    if (segment.empty() || segment == ".") continue;

    // Another URL begins with its scheme, or with a host whose addresses are secret. It has the query, too.
    const bool scheme = segment.ends_with(':');
    const auto is_other_address = [&] {
      if (find_one_of(".%", segment) == nowhere) return false;  // each of these hosts has a dot
      const auto inner_host = plain_host(segment);
      return inner_host != host && !secret_addresses_of(inner_host).empty();
    };
    if (!all_secret && (scheme ? find_one_of(separators, path.substr(0, 1)) == 0 : is_other_address())) {
      out.push_back(secret);
      if (scheme && !reads_as_words(segment)) out.push_back(segment);
      auto inner = url.substr(static_cast<std::size_t>(segment.data() - url.data()));
      if (scheme)
        inner.remove_prefix(std::min(inner.find_first_not_of(separators, segment.size()), inner.size()));
      return scan_url(inner, depth + 1, strictness, out);
    }

    const auto plain = percent_decoded(segment);
    const auto is_plain_id = [&] {
      return strictness == Strictness::lenient &&
             (reads_plainly(plain, strictness) || is_dashboard(before, plain, path));
    };
    const auto is_shown = [&] { return (is_plain_id() || reads_as_words(plain)) && !is_redaction(plain); };
    if (all_secret || next_secret || !is_shown()) {
      secret = reaching(secret, segment);
    } else {
      out.push_back(std::exchange(secret, {}));
    }
    next_secret = false;
    for (const auto& address : addresses)
      if (lower_ascii(plain) == address.marker) (address.one_segment ? next_secret : all_secret) = true;
    next_secret = next_secret || (!all_secret && !path.empty() && is_secret_name(plain));
    before = plain;
  }
  out.push_back(secret);
  scan_values(query, out);
  scan_values(fragment, out);
}

}  // namespace

std::string percent_decoded(std::string_view text) {
  auto out = std::string(text.substr(0, text.find('%')));
  for (std::size_t i = out.size(); i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '%' && i + 2 < text.size() && is_hex_digit(text[i + 1]) && is_hex_digit(text[i + 2])) {
      std::from_chars(&text[i + 1], &text[i + 2] + 1, byte, 16);
      i += 2;
    }
    out.push_back(static_cast<char>(byte));
  }
  return out;
}

void add_url_secrets(std::string_view url, Strictness strictness, Parts& out) {
  scan_url(url, 0, strictness, out);
}

bool has_secret_addresses(std::string_view host) {
  return host.find_first_of(".%") != nowhere && !secret_addresses_of(plain_host(host)).empty();
}

}  // namespace hookferry::secrets
