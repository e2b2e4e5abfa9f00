#include "net/answer.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "core/files.hpp"
#include "core/printable.hpp"
#include "net/limits.hpp"

namespace hookferry {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::size_t piece = 64 * limits::kib;

TransportError error_of(TransportFailure kind, std::string text) {
  TransportError out;
  out.kind = kind;
  out.sent = true;
  out.text = std::move(text);
  return out;
}

TransportError malformed(const std::string& text) { return error_of(TransportFailure::malformed, text); }

std::string text_of(boost::beast::string_view text) { return {text.data(), text.size()}; }

std::string shown(boost::beast::string_view text) { return printable_excerpt(text_of(text), 40); }

}  // namespace

struct AnswerReader::Parts {
  using Parser = http::response_parser<http::string_body>;

  Parts(std::size_t body_limit, BodySink* body_sink) : max_body(body_limit), sink(body_sink) {
    parser.emplace();
  }

  std::size_t max_body;
  BodySink* sink;
  std::size_t max_refusal_body = limits::refusal_body;
  bool connect = false;
  beast::flat_buffer buffer{limits::buffer};
  std::optional<Parser> parser;
  std::size_t header_bytes = 0;  ///< of this answer, understood
  std::size_t body_bytes = 0;    ///< as they came, framing included
  std::size_t body_size = 0;
  std::size_t informational = 0;
  bool done = false;
  bool cut_short = false;  ///< done, but what is left of the body was not read
  std::optional<TransportError> error;

  int status() const { return static_cast<int>(parser->get().result_int()); }
  bool success() const { return status() >= 200 && status() < 300; }
  std::size_t body_limit() const { return success() ? max_body : max_refusal_body; }

  void fail(TransportError failure) { error = std::move(failure); }
  std::size_t put(error_code& failed);
  void understand();
  void understand_header();
  void take_header();
  bool has_strange_coding();
  void understand_body();
  void hand_over();
  void body_too_large();
};

std::size_t AnswerReader::Parts::put(error_code& failed) {
  const auto used = parser->put(buffer.data(), failed);
  buffer.consume(used);
  return used;
}

void AnswerReader::Parts::understand() {
  while (!done && !error && buffer.size() > 0) {
    const auto before = buffer.size();
    const bool in_body = parser->is_header_done();
    if (in_body) {
      understand_body();
    } else {
      understand_header();
    }
    if (buffer.size() == before && in_body == parser->is_header_done()) return;  // more bytes are needed
  }
}

void AnswerReader::Parts::understand_header() {
  parser->eager(false);  // the body's limit is known with the status
  parser->body_limit(boost::none);
  parser->header_limit(limits::buffer);  // ours is lower, and of status line and fields together
  error_code failed;
  header_bytes += put(failed);
  if (failed == http::error::need_more) {
    if (header_bytes + buffer.size() >= limits::header)
      fail(malformed("the header of the answer is larger than " + size_text(limits::header)));
    return;
  }
  if (failed) return fail(malformed("the answer is no HTTP"));
  if (parser->is_header_done()) take_header();
}

void AnswerReader::Parts::take_header() {
  if (status() / 100 == 1 && status() != 101) {
    if (++informational > limits::informational)
      return fail(malformed("the server sends informational answers without end"));
    parser.emplace();
    header_bytes = 0;
    return;
  }
  if (sink != nullptr && success()) sink->begin();
  done = parser->is_done() || (connect && success());
  if (done || has_strange_coding()) return;
  const auto length = parser->content_length();
  if (length && *length > body_limit()) return body_too_large();
  parser->body_limit(body_limit());
  parser->eager(true);
}

/// Told, not misread: Accept-Encoding said that nothing of the kind is wanted.
bool AnswerReader::Parts::has_strange_coding() {
  const auto& header = parser->get();
  const auto transfer = header[http::field::transfer_encoding];
  const auto content = header[http::field::content_encoding];
  if (!transfer.empty() && !beast::iequals(transfer, "chunked")) {
    fail(
        malformed("the answer comes in a transfer encoding that nobody asked for (" + shown(transfer) + ")"));
  } else if (success() && !content.empty() && !beast::iequals(content, "identity")) {
    fail(malformed("the answer is compressed (" + shown(content) + ") though nobody asked for that"));
  }
  return error.has_value();
}

/// A refusal is one whatever else it says.
void AnswerReader::Parts::body_too_large() {
  if (success())
    return fail(
        error_of(TransportFailure::too_large, "the answer is larger than the limit that is set for it"));
  parser->get().body().clear();
  body_size = 0;
  cut_short = true;
  done = true;
}

void AnswerReader::Parts::understand_body() {
  error_code failed;
  body_bytes += put(failed);
  hand_over();
  if (failed == http::error::body_limit) return body_too_large();
  if (failed && failed != http::error::need_more) return fail(malformed("the answer is no HTTP"));
  if (failed && buffer.size() >= limits::chunk_framing)
    return fail(malformed("a chunk's extensions or the trailers of the answer are larger than " +
                          size_text(limits::chunk_framing)));
  if (body_bytes > limits::framing + (limits::framing_factor + 1) * body_size)
    return fail(malformed("the answer comes in chunks that hold next to nothing"));
  done = parser->is_done();
}

void AnswerReader::Parts::hand_over() {
  auto& body = parser->get().body();
  if (sink == nullptr || !success()) {
    body_size = body.size();
    return;
  }
  body_size += body.size();
  sink->take(body);
  body.clear();
}

AnswerReader::AnswerReader(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
AnswerReader::AnswerReader(std::size_t max_body, BodySink* sink)
    : parts_(std::make_unique<Parts>(max_body, sink)) {}
AnswerReader::~AnswerReader() = default;
AnswerReader::AnswerReader(AnswerReader&&) noexcept = default;
AnswerReader& AnswerReader::operator=(AnswerReader&&) noexcept = default;

AnswerReader AnswerReader::to_connect() {
  auto parts = std::make_unique<Parts>(0, nullptr);
  parts->max_refusal_body = limits::proxy_body;
  parts->connect = true;
  return AnswerReader(std::move(parts));
}

AnswerReader::Room AnswerReader::room() {
  auto& parts = *parts_;
  auto size = piece;
  if (!parts.parser->is_header_done()) {
    size = limits::header - parts.header_bytes - parts.buffer.size();
  } else if (parts.buffer.size() > 0) {  // part of a chunk's line or of the trailers
    size = limits::chunk_framing - parts.buffer.size();
  }
  const auto free = parts.buffer.prepare(size);
  return {static_cast<char*>(free.data()), free.size()};
}

void AnswerReader::received(std::size_t count) {
  parts_->buffer.commit(count);
  parts_->understand();
}

void AnswerReader::ended() {
  auto& parts = *parts_;
  if (!begun()) {
    parts.fail(error_of(TransportFailure::closed, "the connection ended before an answer came"));
    return;
  }
  error_code failed;
  parts.parser->put_eof(failed);
  parts.done = !failed;
  if (failed) parts.fail(error_of(TransportFailure::cut, "the connection ended inside the answer"));
}

bool AnswerReader::done() const { return parts_->done; }

const std::optional<TransportError>& AnswerReader::error() const { return parts_->error; }

bool AnswerReader::begun() const { return parts_->parser->got_some(); }

bool AnswerReader::keeps_connection() const {
  const auto& parts = *parts_;
  return parts.done && !parts.cut_short && parts.status() != 101 && parts.buffer.size() == 0 &&
         (parts.connect ? parts.success() : parts.parser->keep_alive());
}

int AnswerReader::status() const { return parts_->status(); }

std::string AnswerReader::reason() const { return text_of(parts_->parser->get().reason()); }

std::vector<std::pair<std::string, std::string>> AnswerReader::fields() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& field : parts_->parser->get())
    out.emplace_back(text_of(field.name_string()), text_of(field.value()));
  return out;
}

Response AnswerReader::response() {
  auto& message = parts_->parser->get();
  Response out;
  out.status = status();
  out.retry_after = text_of(message[http::field::retry_after]);
  out.location = text_of(message[http::field::location]);
  out.body_size = parts_->body_size;
  out.body = std::move(message.body());
  return out;
}

}  // namespace hookferry
