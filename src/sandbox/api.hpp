// The first version of the API over the store: a request in, a response out. There are no sockets and there
// is no waiting here; what has to happen later is handed to a scheduler.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/store.hpp"

namespace hookferry::sandbox {

struct Request {
  std::string method;
  std::string path;  ///< without the query
  std::string authorization;
  std::string content_type;
  std::string body;
  bool fault_exempt = false;  ///< the request meets no fault and no rule counts it
};

struct Response {
  enum class Delivery { whole, cut, close, never };
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  std::string retry_after, location;
  std::string header;  ///< a further header line
  bool date = true;    ///< it has a Date
  Delivery delivery = Delivery::whole;
  bool chunked = false;
  std::string leftover;               ///< bytes behind the response: see response_bytes()
  std::chrono::milliseconds slow{0};  ///< the time before it goes out
  std::string log;                    ///< "200 eu elements=3 applied=3 fault=-"
};

/// The response to a request that reaches no account and meets no fault.
Response error_response(int status, const std::string& text);

/// Calls a function after that time, whatever happens to the connection in the meantime.
using Schedule = std::function<void(std::chrono::milliseconds, std::function<void()>)>;

/// One request with the fault that it meets. The constructor counts the request for the rules of the faults
/// and makes the concurrent edits that come before it. handle() does everything else. Its caller waits for
/// fault().processing_delay first, since the state of the account at the end of that time decides.
class RequestHandler {
 public:
  RequestHandler(Store& store, FaultProgram& faults, const Request& request, Schedule schedule);

  const Fault& fault() const { return fault_; }
  /// Carries the request out as far as the fault lets it. To be called once.
  Response handle();
  /// What the log says of the request. `status` is that of the response, or a word that stands for it.
  std::string log_line(std::string_view status) const;

 private:
  enum class Path { all, one, bulk, unknown };

  std::optional<Response> request_refusal(const Request& request) const;
  std::optional<Response> body_refusal() const;

  Response respond();
  Response fault_response() const;
  Response carry_out();
  Response post_response(Webhooks stored);
  Webhooks apply(const Webhooks& elements);
  void do_after(std::chrono::milliseconds delay, std::function<void()> what) const;

  Store& store_;
  FaultProgram& faults_;
  Schedule schedule_;
  std::string method_;
  Path path_ = Path::unknown;
  std::int64_t id_ = 0;              ///< of Path::one
  bool readable_ = false;            ///< a POST's body is JSON of the form that its path takes
  Webhooks elements_;                ///< of a POST
  Account* account_;                 ///< null if the key is not known
  std::optional<Response> refusal_;  ///< the response where the request is refused before any fault
  Fault fault_;
  std::size_t applied_ = 0;
};

/// Why the API would refuse to create or update this webhook; nothing if it would not. The source is the
/// vendor's webhooks guide, January 2023, Tables A and B.
std::optional<std::string> guide_objection(const json::Value& webhook);

}  // namespace hookferry::sandbox
