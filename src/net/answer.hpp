// One HTTP answer, made from bytes as they come: no socket, no clock. Internal to net/.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/client.hpp"

namespace hookferry {

/// Informational answers (1xx, but for 101, which ends the talk) are passed over. Never reads into what
/// follows the answer: that is left over, and a sign that the connection is out of step.
class AnswerReader {
 public:
  /// `max_body`: of a 2xx; others are bounded by limits.hpp, and so is all else. `sink` as in Request.
  explicit AnswerReader(std::size_t max_body, BodySink* sink = nullptr);
  /// To CONNECT: a 2xx is whole with its header.
  static AnswerReader to_connect();
  ~AnswerReader();
  AnswerReader(AnswerReader&&) noexcept;
  AnswerReader& operator=(AnswerReader&&) noexcept;

  struct Room {
    char* data;
    std::size_t size;  ///< never 0 while neither done nor failed
  };
  /// Where the next bytes may be put.
  Room room();
  /// So many of them were.
  void received(std::size_t count);
  /// The stream came to its proper end, which ends an answer without a length.
  void ended();

  bool done() const;
  /// What is wrong with it, as an error of a request that was sent.
  const std::optional<TransportError>& error() const;
  /// A byte of the answer has come, informational ones aside.
  bool begun() const;
  /// The connection may carry another request: the answer is whole, allows it, and nothing follows it.
  bool keeps_connection() const;

  /// Of a done one.
  int status() const;
  std::string reason() const;  ///< the status line's words
  std::vector<std::pair<std::string, std::string>> fields() const;
  /// Takes the body out.
  Response response();

 private:
  struct Parts;
  explicit AnswerReader(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hookferry
