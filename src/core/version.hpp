#pragma once

#include <string_view>

namespace hookferry {

extern const std::string_view version;  ///< "0.1.0"

}  // namespace hookferry
