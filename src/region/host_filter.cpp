#include "region/host_filter.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "core/letter_case.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace hookferry {
namespace {

/// The label before the last one says most: the hosts of a region have it in common. Where it is short, all
/// of the host is the mark.
std::string_view mark_of(std::string_view host) {
  constexpr std::size_t long_enough = 4;
  const auto last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return host;
  const auto before = host.rfind('.', last - 1);
  const auto begin = before == std::string_view::npos ? 0 : before + 1;
  return last - begin >= long_enough ? host.substr(begin, last - begin) : host;
}

bool is_hex(char c) {
  const auto low = lower_ascii(c);
  return (low >= '0' && low <= '9') || (low >= 'a' && low <= 'f');
}

bool stands_at(std::string_view text, std::size_t at, std::string_view mark) {
  return text.size() - at >= mark.size() && same_letters(text.substr(at, mark.size()), mark);
}

char upper_ascii(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// Whether `mark`, in lower case, stands in the text in any letter case. Found by its first two characters,
/// many places at a time.
bool holds_mark(std::string_view text, std::string_view mark) {
  std::size_t at = 0;
#if defined(__SSE2__)
  const auto second = mark[mark.size() > 1 ? 1 : 0];
  const auto step = mark.size() > 1 ? 1u : 0u;
  const auto is_either = [](const char* from, char one, char other) {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    return _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(one)),
                        _mm_cmpeq_epi8(bytes, _mm_set1_epi8(other)));
  };
  for (; text.size() - at > 16; at += 16) {
    const auto* place = text.data() + at;
    const auto both = _mm_and_si128(is_either(place, mark[0], upper_ascii(mark[0])),
                                    is_either(place + step, second, upper_ascii(second)));
    for (auto mask = static_cast<unsigned>(_mm_movemask_epi8(both)); mask != 0; mask &= mask - 1)
      if (stands_at(text, at + static_cast<std::size_t>(std::countr_zero(mask)), mark)) return true;
  }
#endif
  for (; at < text.size(); ++at)
    if (stands_at(text, at, mark)) return true;
  return false;
}

bool holds_percent_escape(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1))
    if (at + 2 < text.size() && is_hex(text[at + 1]) && is_hex(text[at + 2])) return true;
  return false;
}

}  // namespace

void HostFilter::add(std::string_view host) {
  const auto mark = lower_ascii(mark_of(host));
  if (mark.empty()) return;
  const auto holds = [](std::string_view one, std::string_view other) {
    return one.find(other) != std::string_view::npos;
  };
  if (std::any_of(marks_.begin(), marks_.end(), [&](const auto& known) { return holds(mark, known); }))
    return;
  std::erase_if(marks_, [&](const auto& known) { return holds(known, mark); });
  marks_.push_back(mark);
}

bool HostFilter::may_name_any(std::string_view json_text) const {
  if (marks_.empty()) return false;
  const auto holds = [&](std::string_view mark) { return holds_mark(json_text, mark); };
  return std::any_of(marks_.begin(), marks_.end(), holds) || holds("\\u") || holds_percent_escape(json_text);
}

void add_hosts(HostFilter& filter, const Region& region) {
  for (const auto& service : region.services) {
    filter.add(service.guide);
    filter.add(service.domain);
    for (const auto& other : service.also) filter.add(other);
  }
  for (const auto& suffix : region.team_suffixes) filter.add(suffix);
  for (const auto& domain : region.domains) filter.add(domain);
  // Other services have private links under the same name.
  filter.add(std::string_view(region.private_host).substr(region.private_host.find('.') + 1));
}

void add_hosts(HostFilter& filter, const HostRewrites& rewrites) {
  for (const auto& host : rewrites.old_hosts()) filter.add(host);
}

}  // namespace hookferry
