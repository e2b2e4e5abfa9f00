#include <algorithm>
#include <array>
#include <string>

#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::secrets {
namespace {

/// A URL may carry another one in its path, and that one another: so many are looked into, what is behind
/// them is secret as a whole.
constexpr int most_nested_urls = 4;
constexpr std::size_t most_single_values = 2;
/// A name without a dot where a host should be may be anything.
constexpr std::size_t shortest_odd_host = 16;

constexpr std::string_view separators = "/\\";

/// A service whose addresses are secrets: all (or the one segment) behind the marker, or from the first
/// segment on where there is none. Tokens that read as words are masked here, too.
struct SecretAddress {
  std::string_view host;  ///< with a dot in front: and all below it
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

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string plain_host(std::string_view authority) {
  auto out = lower_ascii(percent_decoded(authority.substr(0, authority.find(':'))));
  if (out.ends_with('.')) out.pop_back();
  return out;
}

bool host_fits(const std::string& host, std::string_view wanted) {
  return wanted.starts_with('.') ? host.ends_with(wanted) : host == wanted;
}

bool is_secret_host(const std::string& host) {
  return std::any_of(secret_addresses.begin(), secret_addresses.end(),
                     [&](const SecretAddress& row) { return host_fits(host, row.host); });
}

/// Told the segments of a path one by one, says which are secret.
class PathJudge {
 public:
  explicit PathJudge(const std::string& host) : host_(host) {
    all_ = std::any_of(secret_addresses.begin(), secret_addresses.end(),
                       [&](const auto& row) { return row.marker.empty() && host_fits(host, row.host); });
  }

  bool all_from_here() const { return all_; }
  bool is_secret(std::string_view segment) {
    const auto plain = percent_decoded(segment);
    const bool out = all_ || next_ || !reads_as_words(plain) || is_redaction(plain);
    next_ = is_secret_name(plain);
    for (const auto& row : secret_addresses)
      if (!row.marker.empty() && host_fits(host_, row.host) && lower_ascii(plain) == row.marker)
        (row.one_segment ? next_ : all_) = true;
    return out;
  }

 private:
  const std::string& host_;
  bool all_ = false;   ///< it and all behind it
  bool next_ = false;  ///< it alone
};

class UrlScan {
 public:
  UrlScan(std::string_view text, std::vector<Span>& out) : text_(text), out_(out) {}

  void scan(std::size_t begin, std::size_t end, int depth) {
    if (depth > most_nested_urls) return add(begin, end);
    auto authority_end = find("/\\?#", begin, end);
    const auto userinfo_end = end_of_userinfo(begin, authority_end, end);
    if (userinfo_end > begin) {
      add(begin, userinfo_end);
      begin = userinfo_end + 1;
      authority_end = find("/\\?#", begin, end);
    }
    const auto host = plain_host(part(begin, authority_end));
    scan_authority(begin, authority_end, host);
    const auto fragment = find("#", authority_end, end);
    const auto query = find("?", authority_end, fragment);
    if (!scan_path(host, authority_end, query, end, depth)) return;
    scan_values(query + 1, fragment);
    scan_values(fragment + 1, end);
  }

 private:
  std::string_view part(std::size_t begin, std::size_t end) const { return text_.substr(begin, end - begin); }
  std::size_t find(std::string_view any, std::size_t begin, std::size_t end) const {
    return begin >= end ? end : begin + std::min(part(begin, end).find_first_of(any), end - begin);
  }
  std::size_t behind_separators(std::size_t begin, std::size_t end) const {
    return begin >= end ? end : begin + std::min(part(begin, end).find_first_not_of(separators), end - begin);
  }
  void add(std::size_t begin, std::size_t end) {
    if (begin < end) out_.push_back({begin, end});
  }

  /// A host and its port are shown; what has signs that no host has, or may be a token alone, is neither.
  void scan_authority(std::size_t begin, std::size_t end, const std::string& host) {
    const auto bracket = part(begin, end).starts_with('[') ? find("]", begin, end) : begin;
    const bool address = bracket > begin && bracket < end && is_address(part(begin + 1, bracket));
    const bool token = host.size() >= shortest_odd_host && host.find('.') == std::string::npos;
    const bool odd = token || !std::all_of(host.begin(), host.end(), in_host);
    if (!address && odd && !reads_as_words(host)) return add(begin, end);
    const auto colon = find(":", address ? bracket : begin, end);
    const auto port = colon < end ? part(colon + 1, end) : std::string_view();
    const bool number = std::all_of(port.begin(), port.end(), is_digit);
    if (!number && !reads_as_words(port)) add(colon + 1, end);
  }
  static bool in_host(char c) {
    return is_lower(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view("-._").find(c) != std::string_view::npos;
  }
  /// Of IPv6, between its brackets.
  static bool is_address(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return is_hex_digit(c) || c == ':' || c == '.'; });
  }

  /// Passwords are written down with signs that end an authority, too: where what stands before the first of
  /// them is no host with a port, a later '@' ends the userinfo. `begin` where there is none.
  std::size_t end_of_userinfo(std::size_t begin, std::size_t authority_end, std::size_t end) const {
    const auto at = part(begin, authority_end).rfind('@');
    if (at != std::string_view::npos) return begin + at;
    const auto colon = part(begin, authority_end).rfind(':');
    if (colon == std::string_view::npos || text_[begin] == '[') return begin;
    const auto port = part(begin + colon + 1, authority_end);
    if (std::all_of(port.begin(), port.end(), is_digit)) return begin;
    const auto later = part(begin, end).rfind('@');
    return later == std::string_view::npos ? begin : begin + later;
  }

  /// False where the path holds another URL, which then has the query.
  bool scan_path(const std::string& host, std::size_t begin, std::size_t query, std::size_t end, int depth) {
    PathJudge judge(host);
    Span open{0, 0};
    const auto close = [&] {
      add(open.begin, open.end);
      open = {0, 0};
    };
    for (auto at = begin; at < query;) {
      const auto from = behind_separators(at, query);
      if (from == query) break;
      at = find(separators, from, query);
      const auto segment = part(from, at);
      if (!judge.all_from_here() && leads_to_url(host, segment, at, query)) {
        close();
        scan_inner(segment, from, end, depth);
        return false;
      }
      if (segment == ".") continue;
      const bool secret = judge.is_secret(segment);
      if (secret && open.end == 0) open.begin = from;
      if (secret) open.end = at;
      if (!secret) close();
    }
    close();
    return true;
  }

  /// The segment is its scheme, or its host.
  void scan_inner(std::string_view segment, std::size_t from, std::size_t end, int depth) {
    if (!segment.ends_with(':')) return scan(from, end, depth + 1);
    const auto behind = from + segment.size();
    if (!reads_as_words(segment)) add(from, behind);
    scan(behind_separators(behind, end), end, depth + 1);
  }

  /// "https:" before two slashes, or the host of a service whose addresses are secret.
  bool leads_to_url(const std::string& host, std::string_view segment, std::size_t to,
                    std::size_t query) const {
    if (segment.ends_with(':'))
      return to + 1 < query && separators.find(text_[to + 1]) != std::string_view::npos;
    const auto inner = plain_host(segment);
    return inner != host && is_secret_host(inner);
  }

  /// `a=1&b=2`: every value. What has no '=' is shown where it reads as words.
  void scan_values(std::size_t begin, std::size_t end) {
    std::vector<Span> values;
    for (auto at = begin; at < end;) {
      const auto stop = find("&;", at, end);
      const auto equals = find("=", at, stop);
      const bool named = equals < stop && reads_as_words(percent_decoded(part(at, equals)));
      const Span value{named ? equals + 1 : at, stop};
      const auto plain = percent_decoded(part(value.begin, value.end));
      const bool shown = plain.empty() || is_placeholder(plain) || (equals == stop && shown_bare(plain));
      if (!shown) values.push_back(value);
      at = stop + 1;
    }
    if (values.size() > most_single_values) values = {{begin, end}};
    out_.insert(out_.end(), values.begin(), values.end());
  }

  /// `#/settings/webhooks`
  static bool shown_bare(std::string_view text) {
    return std::ranges::all_of(split(text, '/'), reads_as_words);
  }

  std::string_view text_;
  std::vector<Span>& out_;
};

}  // namespace

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    out.push_back(escape ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i]);
    if (escape) i += 2;
  }
  return out;
}

std::size_t url_end(std::string_view text, std::size_t begin) {
  auto end = begin;
  while (end < text.size() && static_cast<unsigned char>(text[end]) > 0x20 &&
         std::string_view("\"'<>`|^").find(text[end]) == std::string_view::npos)
    ++end;
  while (end > begin && std::string_view(".,:;!?)]}").find(text[end - 1]) != std::string_view::npos) --end;
  return end;
}

void add_url_secrets(std::string_view text, std::size_t begin, std::size_t end, std::vector<Span>& out) {
  UrlScan(text, out).scan(begin, end, 0);
}

}  // namespace hookferry::secrets
