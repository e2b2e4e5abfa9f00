// Both APIs over one store: a request in, a response out. There are no sockets and there is no waiting here;
// what has to happen later is handed to a scheduler.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/faults.hpp"
#include "sandbox/store.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::sandbox {

struct Request {
  std::string method;
  std::string path;  ///< without the query
  std::string authorization;
  std::string content_type;
  std::string body;
  bool fault_exempt = false;  ///< the request meets no fault and no rule counts it
  std::string query = {};
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

/// The standard text of a status.
std::string reason_of(int status);

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
  struct Route;
  static const Route routes[];

  Response error(int status, const std::string& text) const;
  void read_body(const std::string& body);
  std::optional<Response> request_refusal(const Request& request) const;
  std::optional<Response> body_refusal() const;

  Response respond();
  Response fault_response() const;
  Response carry_out();
  std::string wrapped(std::string_view name, const std::string& text) const;
  Response list() const;
  Response types() const;
  Response write_response(Webhooks stored);
  const StoredWebhook* find_target(const Webhooks& webhooks) const;
  Webhooks apply(const Webhooks& elements);
  void do_after(std::chrono::milliseconds delay, std::function<void()> what) const;

  Store& store_;
  FaultProgram& faults_;
  Schedule schedule_;
  std::string method_;
  webhook::Form api_ = webhook::Form::v1;
  bool path_exists_ = false;
  const Route* route_ = nullptr;     ///< null if the path or its method does not exist
  std::string target_;               ///< the id or type that the path, or the body of a PUT, names
  std::string wanted_type_;          ///< of v5's list by type
  bool readable_ = false;            ///< the body is JSON of the form that its path takes
  std::string objection_;            ///< to a body of v5; empty for none
  Webhooks elements_;                ///< that are written or tested
  Account* account_;                 ///< null if the key is not known
  std::optional<Response> refusal_;  ///< the response where the request is refused before any fault
  Fault fault_;
  std::size_t applied_ = 0;
};

}  // namespace hookferry::sandbox
