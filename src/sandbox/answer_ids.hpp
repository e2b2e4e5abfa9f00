// Ids as an answer shows them, where a fault shows them otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sandbox/faults.hpp"

namespace hookferry {

/// JSON text; nothing where the answer is to hold no id.
std::optional<std::string> answer_id(std::int64_t id, AnswerIds how);

/// The webhook (JSON text) with its id shown so.
std::string with_answer_id(const std::string& webhook, AnswerIds how);

}  // namespace hookferry
