#include "cli/overlays.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <iterator>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"

namespace hookferry {
namespace {

using Warn = std::function<void(const std::string&)>;

constexpr ReadLimit overlay_limit{std::size_t{16} << 20, Cause::bad_data};
constexpr ReadLimit secret_limit{std::size_t{1} << 20, Cause::bad_data};

std::string from_environment(const OverlayReference& reference) {
  const auto* value = std::getenv(reference.name.c_str());
  if (value == nullptr)
    throw Failure(Cause::configuration, reference.origin + ": the environment variable " +
                                            printable_excerpt(reference.name, 60) +
                                            " is not set; nothing was changed");
  return value;
}

std::string from_file(const OverlayReference& reference, const Warn& warn) {
  const auto what = "the file for " + reference.origin + ",";
  const auto file = open_private(reference.name, O_RDONLY, what, Cause::configuration);
  auto out = read_descriptor(file.get(), reference.name, what, secret_limit);
  struct stat facts {};
  if (::fstat(file.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
      (facts.st_mode & (S_IRGRP | S_IROTH)) != 0)
    warn("others on this machine may read " + printable(reference.name) + "; chmod 600 it");
  if (out.ends_with('\n')) out.pop_back();
  if (out.ends_with('\r')) out.pop_back();
  return out;
}

}  // namespace

Overlay read_overlays(const std::vector<std::string>& files, const Warn& warn) {
  Overlay out;
  for (const auto& file : files) {
    auto rules = parse_overlay(
        read_file(file, "the overlay", overlay_limit), file, [&](const OverlayReference& reference) {
          return reference.kind == OverlayReference::Kind::env ? from_environment(reference)
                                                               : from_file(reference, warn);
        });
    out.insert(out.end(), std::make_move_iterator(rules.begin()), std::make_move_iterator(rules.end()));
  }
  return out;
}

}  // namespace hookferry
