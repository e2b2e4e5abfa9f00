// A request in, an answer out, the state changed in between. No sockets, no waiting: what has to happen later
// or not at all is part of the answer.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "sandbox/accounts.hpp"
#include "sandbox/faults.hpp"

namespace hookferry {

struct SandboxRequest {
  std::string method;
  std::string path;  ///< without query
  std::string authorization;
  std::string content_type;
  std::string body;
  bool spared = false;  ///< meets no fault and is counted by no rule
};

struct SandboxAnswer {
  enum class Delivery { whole, cut, close, never };
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::string retry_after, location;
  Delivery delivery = Delivery::whole;
  bool chunked = false;
  int informational = 0;  ///< status of an answer that goes out first, at once; 0: none
  std::string leftover;   ///< bytes behind the answer, see fault_table.cpp
  std::chrono::milliseconds slow{0};

  /// To be called that much later, whatever becomes of the connection.
  struct Later {
    std::chrono::milliseconds in;
    std::function<void()> what;
  };
  std::vector<Later> later;

  /// Where set, there is no answer yet: the server works for `works`, then calls it for the real one, whether
  /// the client is still there or not.
  std::function<SandboxAnswer()> finish;
  std::chrono::milliseconds works{0};

  std::string log;  ///< "200 eu elements=3 applied=3 fault=-"
};

SandboxAnswer handle(SandboxState& state, FaultProgram& faults, const SandboxRequest& request);

}  // namespace hookferry
