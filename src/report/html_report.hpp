// A report as one page that needs nothing beside it: no script, font or picture from elsewhere. Pure.
//
// The data stands in one inert block of JSON, all of it as strings, so that no number loses digits; the
// page's own script shows it as text. The policy in its head allows that script and style by their hashes,
// and nothing else.
#pragma once

#include <string>

#include "report/report.hpp"

namespace hookferry {

std::string render_html(const Report& report);

/// JSON that can stand in a script element: no character that ends it or begins a tag.
std::string inert_json(const std::string& json_text);

}  // namespace hookferry
