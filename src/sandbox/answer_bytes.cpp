#include "sandbox/answer_bytes.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/status.hpp>
#include <cstdlib>

namespace hookferry {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t piece_size = 61;  // of a chunked answer: small, and no divisor of anything

std::string chunked_body(const std::string& body) {
  std::string out;
  for (std::size_t at = 0; at < body.size(); at += piece_size) {
    const auto piece = boost::asio::buffer(boost::asio::buffer(body) + at, piece_size);
    out += boost::beast::buffers_to_string(http::make_chunk(piece));
  }
  return out + boost::beast::buffers_to_string(http::make_chunk_last());
}

std::string reason_of(int status) {
  if (status == 103) return "Early Hints";  // of RFC 8297, which Beast does not know
  return std::string(http::obsolete_reason(static_cast<http::status>(status)));
}

/// What comes behind an answer that is over; see the fault of that name.
std::string leftover_bytes(const std::string& leftover, const std::string& answer) {
  if (leftover.empty() || leftover == "answer") return leftover.empty() ? "" : answer;
  if (leftover.find_first_not_of("0123456789") != std::string::npos) return leftover;
  const auto status = std::atoi(leftover.c_str());
  return "HTTP/1.1 " + std::to_string(status) + " " + reason_of(status) +
         "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]";
}

}  // namespace

std::string answer_bytes(const SandboxAnswer& answer, bool keep_alive) {
  std::string out = "HTTP/1.1 " + std::to_string(answer.status) + " " + reason_of(answer.status) +
                    "\r\nContent-Type: " + answer.content_type + "\r\n";
  if (!answer.location.empty()) out += "Location: " + answer.location + "\r\n";
  if (!answer.retry_after.empty()) out += "Retry-After: " + answer.retry_after + "\r\n";
  if (!keep_alive) out += "Connection: close\r\n";
  const bool cut = answer.delivery == SandboxAnswer::Delivery::cut;
  if (answer.chunked && !cut) {
    out += "Transfer-Encoding: chunked\r\n\r\n" + chunked_body(answer.body);
  } else {
    out += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n";
    out += cut ? answer.body.substr(0, answer.body.size() / 2) : answer.body;
  }
  return cut ? out : out + leftover_bytes(answer.leftover, out);
}

std::string informational_bytes(int status) {
  return "HTTP/1.1 " + std::to_string(status) + " " + reason_of(status) + "\r\n\r\n";
}

}  // namespace hookferry
