// A request read as the API would: which path, which id, which elements. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/handler.hpp"

namespace hookferry {

struct ApiRequest {
  enum class Path { all, one, bulk, unknown };
  std::string method;
  Path path = Path::unknown;
  std::int64_t id = 0;                ///< of Path::one
  bool readable = false;              ///< a POST's body is JSON of the form that its path takes
  std::vector<std::string> elements;  ///< of a POST, as text
  std::vector<std::string> aliases;   ///< of these, empty where there is none
};

ApiRequest read_api_request(const SandboxRequest& request);

/// The key of `Authorization: Bearer KEY`, the scheme in any letter case; empty for anything else.
std::string bearer_key(const std::string& authorization);

}  // namespace hookferry
