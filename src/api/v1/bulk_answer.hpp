// The answer to a bulk POST: good for ids and for nothing else.
//
// Seen in public clients of this API: answers that lack fields, that hold an id only, that come in another
// order, whose content is not what was stored. What an account holds is therefore established by GET; this
// reads which ids an answer gives and, where it can be told by content or by elimination, whose they are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "webhook/webhook.hpp"

namespace hookferry {

/// One id a webhook sent, in the order they were sent; nothing where the answer does not tell which. No value
/// at all where the answer is no confirmation: no JSON array, too few or too many elements, one without an
/// id, an id twice.
[[nodiscard]] std::optional<std::vector<std::optional<std::int64_t>>> read_bulk_answer(
    const std::string& body, const std::vector<Webhook>& sent);

}  // namespace hookferry
