// The manual page hookferry(1), made from the tables that the program itself works with.
#pragma once

#include <string>
#include <string_view>

namespace hookferry {

/// Source of the page for man(1): groff's man macros, ASCII.
std::string manual_page();

/// Text as it is, in the language of those macros: no request, escape or ligature comes of it.
std::string roff_text(std::string_view text);

}  // namespace hookferry
