#include "core/version.hpp"

namespace hookferry {

const std::string_view version = HOOKFERRY_VERSION;

}  // namespace hookferry
