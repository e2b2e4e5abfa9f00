// A key that is typed.
#pragma once

#include <string>

#include "core/secret.hpp"

namespace hookferry {

/// Asks for it on the terminal, without echo, and appends the line to `answer`. False where there is no
/// terminal to ask on: none belongs to the process, or neither its input nor its errors are on one.
/// Failure(interrupted) where Ctrl-C or TERM comes instead; the terminal is as it was after any end, and
/// while the process is stopped.
bool ask_for_key(const std::string& question, std::size_t most, WipedBuffer& answer);

}  // namespace hookferry
