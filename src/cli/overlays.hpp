// The files of --overlay, with the secrets that they name.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "migration/overlay.hpp"

namespace hookferry {

/// All rules of the files, in their order. A secret's file is taken whole but for a line end at its end, and
/// is to be as private as a key file; `warn` is told where others may read it. Failure(no_input) for a file
/// that is not there, a secret's too; (configuration) for a variable that is not set or a secret's file that
/// others may write; (bad_data) for what is no overlay.
Overlay read_overlays(const std::vector<std::string>& files,
                      const std::function<void(const std::string&)>& warn);

}  // namespace hookferry
