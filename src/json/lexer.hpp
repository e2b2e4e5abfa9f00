// Finds where the tokens of JSON end. Skips plain characters a register at a time with SSE2 or NEON.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace hookferry::json {

/// Whether the character may stand in a string as it is: printable ASCII, neither a quote nor a backslash.
constexpr bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

/// The first character in [at, end) that is not plain, or `end`.
inline const char* skip_plain(const char* at, const char* end) {
#if defined(__SSE2__)
  for (; end - at >= 16; at += 16) {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const auto quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    const auto backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    const auto others = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));  // bytes beyond ASCII are negative
    const auto mask =
        static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, backslashes), others)));
    if (mask != 0) return at + std::countr_zero(mask);
  }
#elif defined(__ARM_NEON)
  for (; end - at >= 16; at += 16) {
    const auto bytes = vld1q_u8(reinterpret_cast<const std::uint8_t*>(at));
    const auto quotes = vceqq_u8(bytes, vdupq_n_u8('"'));
    const auto backslashes = vceqq_u8(bytes, vdupq_n_u8('\\'));
    const auto others = vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(0x20));
    const auto found = vorrq_u8(vorrq_u8(quotes, backslashes), others);
    // Four bits for each byte.
    const auto mask = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(found), 4)), 0);
    if (mask != 0) return at + std::countr_zero(mask) / 4;
  }
#endif
  while (at != end && is_plain(*at)) ++at;
  return at;
}

constexpr bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

inline const char* skip_space(const char* at, const char* end) {
  while (at != end && is_space(*at)) ++at;
  return at;
}

/// Goes from inside a string to behind its closing quote; null if there is none before `end`. `escaped` says
/// whether a backslash stands right before `at`, and after the call whether one stands before `end`.
inline const char* skip_string(const char* at, const char* end, bool& escaped) {
  if (at != end && std::exchange(escaped, false)) ++at;
  while ((at = skip_plain(at, end)) != end) {
    const char c = *at++;
    if (c == '"') return at;
    if (c != '\\') continue;
    escaped = at == end;
    if (!escaped) ++at;
  }
  return nullptr;
}

}  // namespace hookferry::json
