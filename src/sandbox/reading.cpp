#include "sandbox/reading.hpp"

#include <fnmatch.h>

#include <algorithm>

#include "sandbox/answer_ids.hpp"

namespace hookferry {
namespace {

bool is_hidden(const std::string& webhook, const Fault& fault) {
  if (fault.hidden.empty()) return false;
  const auto alias = alias_of(webhook);
  return std::any_of(fault.hidden.begin(), fault.hidden.end(),
                     [&](const std::string& glob) { return ::fnmatch(glob.c_str(), alias.c_str(), 0) == 0; });
}

}  // namespace

std::string reading(const SandboxAccount& account, const Fault& fault) {
  std::string out;
  std::size_t met = 0;
  std::size_t shown = 0;
  for (const auto& webhook : account.webhooks_before(fault.late)) {
    if (is_hidden(webhook, fault) || (fault.half && met++ % 2 == 1)) continue;
    if (shown++ == fault.most_shown) break;
    out += (out.empty() ? "" : ",") + with_answer_id(webhook, fault.ids);
  }
  return "[" + out + "]";
}

}  // namespace hookferry
