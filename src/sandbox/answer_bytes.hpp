// Answers as the bytes that go out, so that a fault can cut and lengthen them wherever it likes.
#pragma once

#include <string>

#include "sandbox/handler.hpp"

namespace hookferry {

/// HTTP/1.1, cut or with something behind it where the answer says so.
std::string answer_bytes(const SandboxAnswer& answer, bool keep_alive);

/// An answer before the answer (RFC 9110, 15.2).
std::string informational_bytes(int status);

}  // namespace hookferry
