// A request in, what is to happen on the wire out: the API with the faults laid over it. No sockets, no
// clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/api.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/messages.hpp"

namespace hookferry {

/// How the answer leaves, if it does.
enum class Delivery {
  answer,
  close,  ///< the connection ends without one
  cut,    ///< half of the body, then the connection ends
  stall,  ///< nothing, until the client leaves
};

/// A request to be applied once its time has come.
struct PostponedRequest {
  std::chrono::milliseconds delay{0};
  SandboxRequest request;
  StoringFaults storing;
};

struct Exchange {
  SandboxResponse response;
  Delivery delivery = Delivery::answer;
  std::chrono::milliseconds wait{0};  ///< before it is delivered
  bool chunked = false;
  std::optional<PostponedRequest> postponed;
  // For the log:
  std::string account = "-";
  std::size_t elements = 0;  ///< webhooks that the request is about; 0 for a GET
  std::size_t applied = 0;   ///< of these, by now
  std::string fault = "-";
};

class SandboxHandler {
 public:
  /// Failure as of SandboxAccounts::load() and parse_fault_rule().
  SandboxHandler(const std::filesystem::path& state, const std::vector<std::string>& faults,
                 std::uint64_t seed);

  Exchange handle(const SandboxRequest& request, SandboxTime now);
  void apply_postponed(const PostponedRequest& postponed, SandboxTime now);

 private:
  Exchange behave(const SandboxCall& call, const FaultDecision& decision, SandboxTime now);
  Exchange misbehave(const SandboxCall& call, const SandboxRequest& request, const FaultDecision& decision,
                     SandboxTime now);
  std::vector<std::size_t> some_of(std::size_t elements);
  void reshape(SandboxResult& result, const FaultDecision& decision);

  Faults faults_;
  SandboxApi api_;
};

}  // namespace hookferry
