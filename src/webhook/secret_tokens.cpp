#include "webhook/secret_tokens.hpp"

#include <algorithm>
#include <array>

#include "webhook/words.hpp"

namespace hookferry {
namespace {

constexpr std::size_t shortest_token = 20;
/// Of what a service's own prefix is followed by.
constexpr std::size_t shortest_rest = 8;

constexpr std::array<std::string_view, 29> prefixes = {
    "eyJ",   "xoxa-", "xoxb-", "xoxp-",    "xoxr-",       "xoxs-",    "xapp-", "ghp_",
    "gho_",  "ghu_",  "ghs_",  "ghr_",     "github_pat_", "glpat-",   "AKIA",  "ASIA",
    "AIza",  "ya29.", "SG.",   "sk_live_", "sk_test_",    "rk_live_", "sk-",   "whsec_",
    "cxtp_", "cxup_", "npm_",  "dop_v1_",  "shpat_"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

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

}  // namespace hookferry
