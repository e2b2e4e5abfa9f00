// A request in, an answer out, the state changed in between. No sockets, no waiting: what has to happen later
// or not at all is part of the answer.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "sandbox/accounts.hpp"
#include "sandbox/faults.hpp"

namespace hookferry {

struct SandboxRequest {
  std::string method;
  std::string path;  ///< without query
  std::string authorization;
  std::string content_type;
  std::string body;
};

struct SandboxAnswer {
  enum class Delivery { whole, cut, close, never };
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::string retry_after;
  Delivery delivery = Delivery::whole;
  bool chunked = false;
  std::chrono::milliseconds slow{0};
  std::function<void()> later;  ///< to be called after `later_in`, where set
  std::chrono::milliseconds later_in{0};
  std::string log;  ///< "200 eu elements=3 applied=3 fault=-"
};

SandboxAnswer handle(SandboxState& state, FaultProgram& faults, const SandboxRequest& request);

}  // namespace hookferry
