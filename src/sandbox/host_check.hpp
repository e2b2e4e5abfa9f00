// Whom a request thinks it talks to.
#pragma once

#include <string_view>

namespace hookferry {

/// Whether a Host header names this machine: localhost, 127.0.0.0/8 or [::1], with or without a port. A web
/// page whose name was made to resolve to loopback (DNS rebinding) sends its own name, and is told apart by
/// it.
bool names_loopback(std::string_view host);

}  // namespace hookferry
