#pragma once

#include <cstddef>
#include <string>

namespace hookferry {

/// So many bytes that nobody can foresee. Failure(incomplete) where the system gives none.
std::string random_bytes(std::size_t count);

}  // namespace hookferry
