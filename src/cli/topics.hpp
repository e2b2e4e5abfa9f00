// What is true of more than one command, once: pages of `hookferry help` and sections of the manual page.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit.hpp"
#include "core/failure.hpp"
#include "core/help_text.hpp"

namespace hookferry {

struct Topic {
  std::string_view name;     ///< "exit-codes"
  std::string_view section;  ///< of the manual page: "EXIT STATUS"
  std::string_view summary;
  std::vector<HelpBlock> (*blocks)();
};

std::span<const Topic> topic_table();
const Topic* find_topic(std::string_view name);
std::string help_page(const Topic& topic);

struct ExitMeaning {
  Exit code;
  std::string_view meaning;
};
std::span<const ExitMeaning> exit_meanings();

/// Every variable of the environment that is read.
struct Variable {
  std::string_view name;
  std::string_view meaning;
};
std::span<const Variable> variable_table();

}  // namespace hookferry
