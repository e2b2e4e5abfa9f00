// What is longer than the screen goes through a pager, as git does it.
#pragma once

#include <string>

#include "cli/context.hpp"

namespace hookferry {

/// To standard output. Through $PAGER (less, where it is not set) where that is a terminal and the text does
/// not fit on it; not with --no-pager, --yes, on a dumb terminal, or where the pager is "cat" or empty. Never
/// fails for want of a pager.
void show_paged(const Context& context, const std::string& text);

}  // namespace hookferry
