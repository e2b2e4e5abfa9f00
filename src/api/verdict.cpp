#include "api/verdict.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <tuple>

#include "core/text.hpp"
#include "json/document.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::api {

namespace {

constexpr std::array<FailureClassFacts, 9> table = {{
    {FailureClass::none, "answered", Cause::incomplete, ""},
    {FailureClass::not_sent, "not sent", Cause::unreachable,
     "check the network, then run the same command again"},
    {FailureClass::unknown, "outcome unknown", Cause::unreachable,
     "run the same command again: it finds out what arrived and sends only the rest"},
    {FailureClass::refused, "refused", Cause::incomplete,
     "correct the webhook at the source, then run the same command again"},
    {FailureClass::too_large, "too large", Cause::incomplete, "the server takes no request of this size"},
    {FailureClass::slow_down, "slow down", Cause::unreachable,
     "wait a while, then run the same command again", Remedy::fewer_at_once},
    {FailureClass::key_refused, "key refused", Cause::key_refused,
     "use a key for this account that can manage webhooks; hookferry check names what is missing"},
    {FailureClass::not_this_api, "not this API", Cause::protocol,
     "check that the account's address is that of the webhooks API, with no proxy page in between"},
    {FailureClass::interrupted, "interrupted", Cause::interrupted, "run the same command again to finish"},
}};

// Each row stands at its class.
static_assert([] {
  for (std::size_t i = 0; i < table.size(); ++i)
    if (table[i].failure != static_cast<FailureClass>(i)) return false;
  return table.back().failure == FailureClass::interrupted;  // the last class
}());

/// What to try where the kind of an error says more than its class.
struct Advice {
  net::TransportFailure kind;
  std::string_view hint;
  Remedy remedy;
};
constexpr Advice advice[] = {
    {net::TransportFailure::tls, "check the host name and the clock", Remedy::trust_or_certificate},
    {net::TransportFailure::dns_unknown, "check the spelling of the host and the network", Remedy::none},
    {net::TransportFailure::proxy_refused, "", Remedy::other_proxy},
    {net::TransportFailure::exhausted, "give the process more (ulimit -n, -u, -v)", Remedy::fewer_at_once},
    {net::TransportFailure::refused, "check the address, its port and the network", Remedy::none}};

FailureClass class_of_status(int status) {
  switch (status) {
    case 400:
    case 404:  // a bulk request naming a webhook that is gone; that the API is there the GET before has shown
    case 409:
    case 422:
      return FailureClass::refused;
    case 401:
    case 403:
      return FailureClass::key_refused;
    case 408:
      return FailureClass::unknown;
    case 413:
      return FailureClass::too_large;
    case 429:
      return FailureClass::slow_down;
    default:
      break;
  }
  if (status >= 200 && status < 300) return FailureClass::none;
  return status >= 500 ? FailureClass::unknown : FailureClass::not_this_api;
}

/// How many characters of a server's text are shown.
constexpr std::size_t most_shown = 200;

/// A page may have a million characters, so only as many of its first bytes are masked as could be shown, up
/// to the end of a word: a secret that is cut may not read as one any more.
std::string beginning_shown(std::string_view text, const secrets::KnownSecrets& sent) {
  constexpr std::size_t looked_at = 4096;
  const auto beginning = text.substr(0, text.find_first_of(" \t\r\n", std::min(looked_at, text.size())));
  const auto masked = secrets::mask_text(beginning, sent);
  const bool is_cut = beginning.size() < text.size() && masked.size() <= most_shown;
  return printable_excerpt(masked, most_shown) + (is_cut ? "..." : "");
}

/// The message inside a JSON error body, else the start of the text, secrets masked: servers quote what they
/// refuse. An HTML page says nothing worth a line.
std::string server_text(const net::Response& response, std::string_view sent_json) {
  if (response.body.size() > (1 << 20)) return {};
  const auto sent = sent_json.empty() ? secrets::KnownSecrets({}) : secrets::KnownSecrets::of_json(sent_json);
  const auto shown = [&](const json::Value& value) {
    const bool is_string = value.is(json::Kind::string);
    const auto text = value.string();
    // Of JSON, inside the string too, names anywhere say what is secret.
    if (is_string && !json::Document::try_over(text)) return beginning_shown(text, sent);
    const auto masked = sent.mask_json(secrets::mask_json(value, ""));
    return printable_excerpt(is_string ? json::decode(masked) : masked, most_shown);
  };
  if (const auto document = json::Document::try_parse(response.body)) {
    const auto root = document->root();
    for (const auto* member : {"message", "error", "detail", "errors", "displayMessage", "errorMessage"})
      if (const auto value = root.find(member)) return shown(*value);
    return root.members().empty() ? std::string() : shown(root);
  }
  const auto start = response.body.find_first_not_of(" \t\r\n");
  if (start == std::string::npos || response.body[start] == '<') return {};
  return beginning_shown(std::string_view(response.body).substr(start), sent);
}

/// What is shown of a Location header, whose path and query may hold secrets: its host, or the path on the
/// same host.
std::string target_of(std::string_view location) {
  const auto slashes = location.find("//");
  const bool absolute =
      slashes == 0 || (slashes != std::string_view::npos && location.find_first_of("/?#") == slashes &&
                       location[slashes - 1] == ':');
  if (!absolute) {
    // A path is masked as that of a URL, for which it needs a host before it.
    const auto path = location.substr(0, location.find_first_of("?#"));
    const std::string host = path.starts_with('/') ? "http://host" : "http://host/";
    const auto masked = secrets::mask_text(host + std::string(path));
    return printable_excerpt(masked.starts_with(host) ? masked.substr(host.size()) : "another path", 120);
  }
  auto host = location.substr(slashes + 2);
  host = host.substr(0, host.find_first_of("/?#\\"));
  return "the host " + printable_excerpt(host.substr(host.rfind('@') + 1), 120);
}

std::string status_text(const net::Response& response) {
  std::string out = "HTTP " + std::to_string(response.status);
  if (response.status == 401) out += " (the key is not accepted)";
  if (response.status == 403) out += " (the key does not have the permission)";
  if (response.status >= 300 && response.status < 400 && !response.location.empty())
    out += " (redirected to " + target_of(response.location) + ", which is not followed)";
  if (response.status == 101) out += " (the server speaks another protocol from there on)";
  return out;
}

/// Seconds or an HTTP date (RFC 9110, 10.2.3), never more than half a minute, never negative. Nothing for
/// other text.
std::optional<Milliseconds> parse_retry_after(const std::string& header, std::time_t now) {
  constexpr std::int64_t most = 30;
  if (header.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  const auto* end = header.data() + header.size();
  const auto number = std::from_chars(header.data(), end, seconds);
  if (number.ec == std::errc::result_out_of_range && header[0] != '-') return std::chrono::seconds(most);
  if (number.ec == std::errc() && number.ptr == end)
    return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, most));
  if (const auto when = parse_http_date(header))
    return std::chrono::seconds(std::clamp<std::int64_t>(*when - now, 0, most));
  return std::nullopt;
}

}  // namespace

const FailureClassFacts& facts_of(FailureClass failure) {
  return table.at(static_cast<std::size_t>(failure));
}

Milliseconds retry_delay(std::size_t attempt, const std::optional<Milliseconds>& retry_after, double jitter) {
  // A zero, or a date that is past, asks for nothing, but clients must not all come back at once.
  if (retry_after && retry_after->count() > 0) return *retry_after;
  constexpr Milliseconds backoff_base{250}, longest_backoff{30'000};
  const auto doublings = std::min<std::size_t>(attempt, 16);
  const auto ceiling = std::min(backoff_base * (std::int64_t{1} << doublings), longest_backoff);
  return Milliseconds(static_cast<std::int64_t>(jitter * static_cast<double>(ceiling.count())));
}

void Verdict::classify(FailureClass found) {
  failure = found;
  hint = facts_of(found).hint;
  remedy = facts_of(found).remedy;
}

std::string Verdict::text() const {
  return server_text.empty() ? reason : reason + ": the server says: " + server_text;
}

Verdict judge(const net::Reply& reply, std::time_t now, std::string_view sent) {
  Verdict out;
  if (const auto* error = std::get_if<net::TransportError>(&reply)) {
    out.classify(error->kind == net::TransportFailure::interrupted ? FailureClass::interrupted
                 : error->kind == net::TransportFailure::tls       ? FailureClass::not_this_api
                 : error->sent                                     ? FailureClass::unknown
                                                                   : FailureClass::not_sent);
    const auto* advised = std::ranges::find(advice, error->kind, &Advice::kind);
    if (advised != std::end(advice))
      std::tie(out.hint, out.remedy) = std::tie(advised->hint, advised->remedy);
    out.reason = error->text;
    out.in_doubt = error->sent;
    return out;
  }
  const auto& response = std::get<net::Response>(reply);
  const auto status = response.status;
  out.classify(class_of_status(status));
  out.reason = status_text(response);
  out.server_failed = status == 408 || status >= 500;
  out.in_doubt = out.failure == FailureClass::unknown || status < 200 || (status >= 300 && status < 400);
  if (out.failure == FailureClass::none) return out;
  out.server_text = server_text(response, sent);
  out.retry_after = parse_retry_after(response.retry_after, now);
  return out;
}

}  // namespace hookferry::api
