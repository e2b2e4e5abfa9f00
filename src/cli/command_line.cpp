#include "cli/command_line.hpp"

#include <algorithm>
#include <string_view>

#include "cli/foreign_words.hpp"
#include "cli/options.hpp"
#include "core/failure.hpp"
#include "core/nearest.hpp"
#include "core/printable.hpp"
#include "webhook/secrets.hpp"

namespace hookferry {
namespace {

[[noreturn]] void refuse(const std::string& name) {
  std::vector<std::string> names;
  std::vector<std::string> dashed;
  for (const auto& spec : option_table()) {
    names.emplace_back(spec.name);
    dashed.push_back("--" + names.back());
  }
  const auto meant = option_meant(name.substr(std::min(name.find_first_not_of('-'), name.size())), names);
  throw Failure(Cause::usage,
                "unknown option " + printable_excerpt(mask_argument(name), 60) +
                    (meant.empty() ? did_you_mean(name, dashed) : meant),
                "see hookferry help");
}

/// Whether the next argument is the value of this one.
bool wants_next(const std::string& argument) {
  if (argument.starts_with("--")) {
    const auto equals = argument.find('=');
    const auto name = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
    const auto* spec = find_option(name);
    if (spec == nullptr && name != "help" && !find_negated(name)) refuse("--" + name);
    return spec != nullptr && !spec->argument.empty() && equals == std::string::npos;
  }
  for (std::size_t i = 1; i < argument.size(); ++i) {
    const auto table = option_table();
    const auto spec = std::find_if(table.begin(), table.end(),
                                   [&](const OptionSpec& row) { return row.letter == argument[i]; });
    if (spec == table.end() && argument[i] != 'h') refuse("-" + argument.substr(i, 1));
    if (spec != table.end() && !spec->argument.empty()) return i + 1 == argument.size();
  }
  return false;
}

}  // namespace

std::size_t command_place(const std::vector<std::string>& arguments) {
  std::size_t at = 0;
  while (at < arguments.size() && arguments[at].starts_with('-') && arguments[at].size() > 1 &&
         arguments[at] != "--")
    at += wants_next(arguments[at]) ? 2 : 1;
  return std::min(at, arguments.size());
}

}  // namespace hookferry
