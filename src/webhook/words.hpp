// What a person would read as words, and what may be a token: the line between showing and masking.
#pragma once

#include <string_view>

namespace hookferry {

/// `hooks`, `sendMessage`, `v2`, `slack-48.png`, `2010-04-15`, `prod-eu-1`: words of letters that follow one
/// another as they do in English and in the vocabulary of APIs, with at most four digits among them. Not
/// `T024BE7LH`, `x7Kp-Lm3`, `qzkxvbnm`, long capitals, or anything with a sign that words do not have.
/// Whatever is not words counts as a secret where a secret may stand.
[[nodiscard]] bool reads_as_words(std::string_view text);

/// 8-4-4-4-12 hex digits.
[[nodiscard]] bool is_uuid(std::string_view text);

/// `$ALERT_NAME`: what the vendor fills in when it sends the webhook.
[[nodiscard]] bool is_placeholder(std::string_view text);

}  // namespace hookferry
