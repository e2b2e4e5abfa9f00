// What a server answers: the values that callers see, and how they are made from bytes as they come. There is
// no socket and no clock here.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/secret.hpp"

namespace hookferry::net {

/// What a server may send, whatever it likes: every limit of the network, once. docs/network.md shows the
/// table to users; tests/unit/answer_test.cpp and tests/unit/net_client_test.cpp hold each at its edge.
namespace limits {

inline constexpr std::size_t kib = 1024;

/// Bytes of an answer that are held before they are understood.
inline constexpr std::size_t buffer = 128 * kib;
/// Status line and all fields of one answer; an informational answer has a limit of its own.
inline constexpr std::size_t header = 64 * kib;
/// The line of a chunk with its extensions, and the line of the last chunk with all trailers.
inline constexpr std::size_t chunk_framing = 64 * kib;
/// All framing of a body in chunks may take so much, and so many times the body beside it.
inline constexpr std::size_t framing = 1024 * kib;
inline constexpr std::size_t framing_factor = 16;
/// Informational answers (1xx) before the answer.
inline constexpr std::size_t informational = 16;
/// Body of an answer that is no 2xx: more of it is not read, and none of it shown.
inline constexpr std::size_t refusal_body = 1024 * kib;
/// Body of a proxy's answer that does not connect.
inline constexpr std::size_t proxy_body = 64 * kib;
/// Body of a 2xx where the user does not say otherwise (--max-response).
inline constexpr std::size_t body = 256 * kib * kib;
/// A whole answer may take this many times the timeout, however steadily its bytes drip.
inline constexpr int whole_answer_factor = 10;

}  // namespace limits

/// Takes the body of a 2xx as it comes, so that nobody has to hold all of it.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// An answer begins. What came of an earlier one does not count.
  virtual void begin() = 0;
  virtual void take(std::string_view piece) = 0;
};

struct Response {
  int status = 0;
  std::string body;           ///< empty where a sink has taken it
  std::size_t body_size = 0;  ///< in bytes; what a sink has taken counts
  std::string retry_after;    ///< header as sent, empty where there was none
  std::string location;
};

/// Why there is no response.
enum class TransportFailure {
  dns_unknown,    ///< the name does not exist
  dns_temporary,  ///< the name servers did not answer
  refused,        ///< nobody listens, or no route
  exhausted,      ///< this process may open no more files or start no more threads
  tls,            ///< handshake failed or the certificate was not accepted
  proxy_refused,  ///< the proxy does not connect, and will not
  proxy_failed,   ///< the proxy could not connect this time
  timed_out,
  closed,     ///< the connection ended before any answer
  cut,        ///< the connection ended inside the answer
  too_large,  ///< the answer exceeds the limit
  malformed,  ///< the answer is no HTTP
  interrupted,
};

struct TransportError {
  TransportFailure kind = TransportFailure::closed;
  bool sent = false;  ///< false: not a byte of the request can have reached the server
  std::string text;   ///< "connection refused", for an error line
};

using Reply = std::variant<Response, TransportError>;

/// A server may send a secret back: in an error text, in a header, in a name, escaped in whatever way. The
/// result is `text` with "****" wherever the secret stands: as it is, or behind JSON escapes,
/// percent-encoding, HTML references and what these make of one another, up to three layers.
std::string redact(std::string_view text, const Secret& secret);

/// Reads one HTTP answer. Informational answers (1xx, but for 101, which ends the talk) are passed over. It
/// never reads into what follows the answer: that is left over, and a sign that the connection is out of
/// step. Internal to net/.
class AnswerReader {
 public:
  /// `max_body` is the limit for the body of a 2xx; everything else is bounded by `limits`. The sink must
  /// outlive the reader.
  explicit AnswerReader(std::size_t max_body, BodySink* sink = nullptr);
  /// Reads the answer to a CONNECT: a 2xx is whole with its header.
  static AnswerReader to_connect();
  ~AnswerReader();

  struct Room {
    char* data;
    std::size_t size;  ///< never 0 while neither done nor failed
  };
  /// Where the next bytes may be put.
  Room room();
  /// `count` bytes were put there.
  void received(std::size_t count);
  /// The stream came to its proper end, which ends an answer without a length.
  void ended();

  bool done() const;
  /// What is wrong with the answer, as an error of a request that was sent.
  const std::optional<TransportError>& error() const;
  /// A byte of the answer has come, informational ones aside.
  bool begun() const;
  /// The connection may carry another request: the answer is whole, allows it, and nothing follows it.
  bool keeps_connection() const;

  // The answer itself, once it is done.
  int status() const;
  bool success() const;        ///< the status is a 2xx
  std::string reason() const;  ///< the status line's words
  std::vector<std::pair<std::string, std::string>> fields() const;
  /// Takes the body out.
  Response response();

 private:
  struct Parts;
  explicit AnswerReader(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hookferry::net
