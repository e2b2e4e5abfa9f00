// Redacted webhooks: fit for a repository or a ticket, and told apart from whole ones.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace hookferry {

/// Numbers secrets from 1 in the order in which they are met, across all webhooks that it is given: equal
/// secrets have equal numbers, and nothing else can be told from them.
class Redaction {
 public:
  /// The webhook with every secret (see secrets.hpp) replaced by its mark, all else to the byte. What a
  /// webhook is matched by (its alias, its type) stays. Marks of an earlier redaction are numbered anew. Text
  /// that is no JSON becomes one mark.
  std::string redact(std::string_view webhook_text);

  /// How many different ones there were.
  std::size_t secrets() const { return numbers_.size(); }

 private:
  std::string mark_of(std::string_view secret);
  std::map<std::string, std::size_t> numbers_;  ///< by digest: the secrets themselves are not kept
};

/// Length of the mark of a redacted secret, `«redacted:N»`, at the beginning of the text; 0 where there is
/// none.
std::size_t redaction_length(std::string_view text);
/// Whether the text is such a mark and nothing else.
[[nodiscard]] bool is_redaction(std::string_view text);

/// Whether a mark is left anywhere in the webhook's strings, at any depth, JSON inside strings included.
[[nodiscard]] bool holds_redaction(std::string_view webhook_text);

}  // namespace hookferry
