#include "accounts/key_sources.hpp"

#include <algorithm>
#include <array>

namespace hookferry {
namespace {

using Kind = KeySource::Kind;

/// Commands with one account that nevertheless has a side.
struct OneSided {
  std::string_view command;
  Side side;  ///< whose names go first
};
constexpr std::array<OneSided, 3> one_sided = {
    {{"export", Side::source}, {"import", Side::destination}, {"undo", Side::destination}}};

std::vector<KeySource> names_of(Side side) {
  switch (side) {
    case Side::source:
      return {{Kind::option, "source-key-file"}, {Kind::section}, {Kind::variable, "HOOKFERRY_SOURCE_KEY"}};
    case Side::destination:
      return {{Kind::option, "dest-key-file"}, {Kind::section}, {Kind::variable, "HOOKFERRY_DEST_KEY"}};
    case Side::only:
      break;
  }
  return {{Kind::option, "key-file"}, {Kind::section}, {Kind::variable, "HOOKFERRY_KEY"}};
}

}  // namespace

std::string name_of(Side side) {
  if (side == Side::only) return "the account";
  return side == Side::source ? "the source" : "the destination";
}

std::vector<KeySource> key_order(std::string_view command, Side side) {
  const auto row = std::find_if(one_sided.begin(), one_sided.end(),
                                [&](const OneSided& r) { return r.command == command; });
  if (row == one_sided.end()) return names_of(side);
  auto out = names_of(row->side);
  for (auto& source : names_of(Side::only))
    if (source.kind != Kind::section) out.push_back(std::move(source));
  return out;
}

std::vector<std::string> secret_variables(const Config& config) {
  std::vector<std::string> out;
  for (const auto& [account, settings] : config.accounts)
    for (const auto& [name, entry] : settings)
      if (name.ends_with("-env")) out.push_back(entry.value);
  return out;
}

}  // namespace hookferry
