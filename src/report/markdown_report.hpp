// A report in GitHub's Markdown, for the comment on a pull request. Pure. Untrusted text stands in code spans
// and fences that it cannot end, so that it mentions nobody, links nowhere and is no markup.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "report/report.hpp"

namespace hookferry {

/// A comment on GitHub holds 65,536 characters; past this many bytes webhooks are only counted.
inline constexpr std::size_t markdown_limit = 60'000;

std::string render_markdown(const Report& report);

/// In backticks that the text does not end; one line.
std::string code_span(std::string_view text);

}  // namespace hookferry
