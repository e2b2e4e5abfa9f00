// The binary under strace.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hookferry::test {

/// `arguments` of the binary; `calls`, comma-separated, are told in `file` with so much of each text.
std::vector<std::string> traced(const std::string& file, const std::string& calls, std::size_t most,
                                const std::vector<std::string>& arguments);

}  // namespace hookferry::test
