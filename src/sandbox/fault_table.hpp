// The faults that there are, one row each: rules are read with this table, and the help page is made from it.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "sandbox/faults.hpp"

namespace hookferry {

using FaultValues = std::map<std::string, std::string>;

struct FaultSpec {
  std::string_view heading;  ///< of the help page, where a new group of rows begins
  std::string_view name;
  std::string_view own_value;  ///< what stands behind `name=`: "N" for a number; empty where there is none
  std::string_view values;     ///< further ones, by space
  bool modifier;               ///< goes together with other rules
  std::string_view help;
  void (*apply)(Fault&, const FaultValues&);
};

std::span<const FaultSpec> fault_table();
/// Null for a name that is none.
const FaultSpec* find_fault(std::string_view name);

/// Whether a rule of that fault may say `name=…`.
bool takes_value(const FaultSpec& fault, std::string_view name);
/// Values that are words; all others are numbers.
bool is_word(const FaultSpec& fault, std::string_view name);
/// Why that value cannot be; empty where it can.
std::string object_to_value(const FaultSpec& fault, std::string_view name, const std::string& given);

}  // namespace hookferry
