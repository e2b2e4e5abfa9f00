#include <algorithm>
#include <boost/beast/http/error.hpp>

#include "core/files.hpp"
#include "net/connection.hpp"

namespace hookferry::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

/// A part of a text.
struct Span {
  std::size_t begin, end;
};

/// A text that was decoded, and for each of its bytes the part of the original that it stands for.
struct Layer {
  std::string text;
  std::vector<Span> origin;
};

/// What a part of a text stands for, and how long that part is.
struct Unescaped {
  std::string bytes;
  std::size_t length;
};

/// Reads the escape that `text` begins with, of the kind that begins with `mark`: `\/`, `\u002f`, `\x2f` in
/// JSON and scripts; `%2F` in a URL; `&#47;`, `&#x2f;`, `&quot;` in HTML. Without one it is a byte.
Unescaped unescape(std::string_view text, char mark) {
  const Unescaped byte{std::string(1, text[0]), 1};
  if (text[0] != mark || text.size() < 2) return byte;
  std::size_t start = 1, digits = 2, end = 3;
  int base = 16;
  if (mark == '\\') {
    start = 2;
    digits = text[1] == 'u' ? 4 : text[1] == 'x' ? 2 : 0;
    end = start + digits;
  } else if (mark == '&') {
    end = text.substr(0, 12).find(';') + 1;
    if (end == 0) return byte;
    constexpr std::pair<std::string_view, char> names[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (const auto& [name, character] : names)
      if (text.starts_with(name)) return {std::string(1, character), end};
    if (text[1] != '#') return byte;
    base = text[2] == 'x' || text[2] == 'X' ? 16 : 10;
    start = base == 16 ? 3 : 2;
    digits = std::max(end - 1, start) - start;
  }

  const auto number = text.substr(std::min(start, text.size()), digits);
  const auto code = number_in<std::uint32_t>(number, base);
  if (!code || number.size() > 8 || number.size() < digits)
    return mark == '\\' ? Unescaped{std::string(1, text[1]), 2} : byte;
  if (mark == '%') return {std::string(1, static_cast<char>(static_cast<unsigned char>(*code))), end};
  std::string character;
  append_utf8(character, *code);
  return {character, end};
}

/// `layer` without its escapes that begin with `mark`.
Layer decoded(const Layer& layer, char mark) {
  Layer out;
  for (std::size_t i = 0; i < layer.text.size();) {
    const auto [bytes, length] = unescape(std::string_view(layer.text).substr(i), mark);
    out.text += bytes;
    out.origin.insert(out.origin.end(), bytes.size(),
                      {layer.origin[i].begin, layer.origin[i + length - 1].end});
    i += length;
  }
  return out;
}

void find_all(const Layer& layer, std::string_view secret, int layers_left, std::vector<Span>& out) {
  for (auto at = layer.text.find(secret); at != std::string::npos; at = layer.text.find(secret, at + 1))
    out.push_back({layer.origin[at].begin, layer.origin[at + secret.size() - 1].end});
  if (layers_left == 0) return;
  for (const char mark : {'\\', '%', '&'})
    if (layer.text.find(mark) != std::string::npos)
      find_all(decoded(layer, mark), secret, layers_left - 1, out);
}

}  // namespace

std::string redact(std::string_view text, const Secret& secret) {
  if (secret.empty()) return std::string(text);
  Layer original{std::string(text), {}};
  for (std::size_t i = 0; i < text.size(); ++i) original.origin.push_back({i, i + 1});
  constexpr int layers = 3;
  std::vector<Span> found;
  find_all(original, secret.reveal(), layers, found);
  std::sort(found.begin(), found.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::string out;
  std::size_t at = 0;
  for (const auto& [begin, end] : found) {
    if (begin >= at) {
      out += text.substr(at, begin - at);
      out += "****";
    }
    at = std::max(at, end);
  }
  return out + std::string(text.substr(at));
}

asio::mutable_buffer AnswerReader::room() {
  auto size = 64 * limits::kib;
  if (!parser_->is_header_done()) {
    size = limits::header - header_bytes_ - buffer_.size();
  } else if (buffer_.size() > 0) {  // part of a chunk's line or of the trailers
    size = limits::chunk_framing - buffer_.size();
  }
  return buffer_.prepare(size);
}

void AnswerReader::received(std::size_t count) {
  buffer_.commit(count);
  while (!done_ && !error_ && buffer_.size() > 0) {
    const bool in_body = parser_->is_header_done();
    if (!in_body) {
      parser_->eager(false);  // the body's limit is known with the status
      parser_->body_limit(boost::none);
      parser_->header_limit(limits::buffer);  // ours is lower, and of status line and fields together
    }
    error_code failed;
    const auto used = parser_->put(buffer_.data(), failed);
    buffer_.consume(used);
    (in_body ? body_bytes_ : header_bytes_) += used;
    if (in_body)
      read_body(failed);
    else
      read_header(failed);
    if (used == 0 && in_body == parser_->is_header_done()) return;  // more bytes are needed
  }
}

void AnswerReader::read_header(const error_code& failed) {
  if (failed == http::error::need_more) {
    if (header_bytes_ + buffer_.size() >= limits::header)
      malformed("the header of the answer is larger than " + size_text(limits::header));
    return;
  }
  if (failed) return malformed("the response is not HTTP");
  if (!parser_->is_header_done()) return;
  if (status() / 100 == 1 && status() != 101) {
    if (++informational_ > limits::informational)
      return malformed("the server sends informational answers without end");
    parser_.emplace();
    header_bytes_ = 0;
    return;
  }
  header_at_ = std::chrono::steady_clock::now();
  if (sink_ != nullptr && success()) sink_->begin();
  done_ = parser_->is_done() || (connect_ && success());
  if (done_) return;

  // Accept-Encoding said that no coding is wanted. One that comes all the same is an error.
  const auto transfer = message()[http::field::transfer_encoding];
  const auto content = message()[http::field::content_encoding];
  if (!transfer.empty() && !beast::iequals(transfer, "chunked"))
    return malformed("the answer comes in a transfer encoding that was not requested (" +
                     printable_excerpt(transfer, 40) + ")");
  if (success() && !content.empty() && !beast::iequals(content, "identity"))
    return malformed("the answer is compressed (" + printable_excerpt(content, 40) +
                     ") though that was not requested");
  const auto length = parser_->content_length();
  if (length && *length > body_limit()) return body_too_large();
  parser_->body_limit(body_limit());
  parser_->eager(true);
}

/// A refusal stays a refusal however long its body is, so only a 2xx fails.
void AnswerReader::body_too_large() {
  if (success()) {
    error_ = {TransportFailure::too_large, true, "the answer is larger than the limit that is set for it"};
    return;
  }
  parser_->get().body().clear();
  body_size_ = 0;
  cut_short_ = true;
  done_ = true;
}

void AnswerReader::read_body(const error_code& failed) {
  auto& body = parser_->get().body();
  if (sink_ == nullptr || !success()) {
    body_size_ = body.size();
  } else {
    body_size_ += body.size();
    sink_->take(body);
    body.clear();
  }
  if (failed == http::error::body_limit) return body_too_large();
  if (failed && failed != http::error::need_more) return malformed("the response is not HTTP");
  if (failed && buffer_.size() >= limits::chunk_framing)
    return malformed("a chunk's extensions or the trailers of the answer are larger than " +
                     size_text(limits::chunk_framing));
  if (body_bytes_ > limits::framing + (limits::framing_factor + 1) * body_size_)
    return malformed("the answer comes in chunks that hold next to nothing");
  done_ = parser_->is_done();
}

void AnswerReader::ended() {
  if (!begun()) {
    error_ = {TransportFailure::closed, true, "the connection ended before an answer came"};
    return;
  }
  error_code failed;
  parser_->put_eof(failed);
  done_ = !failed;
  if (failed) error_ = {TransportFailure::cut, true, "the connection ended inside the answer"};
}

bool AnswerReader::keeps_connection() const {
  return done_ && !cut_short_ && status() != 101 && buffer_.size() == 0 &&
         (connect_ ? success() : parser_->keep_alive());
}

Response AnswerReader::response() {
  auto& answer = parser_->get();
  Response out{status(),
               std::move(answer.body()),
               body_size_,
               answer[http::field::retry_after],
               answer[http::field::location],
               answer[http::field::date]};
  const auto [first, last] = answer.equal_range(http::field::link);
  for (auto link = first; link != last; ++link) out.links += std::string(link->value()) + ",";
  out.content_range = answer.count(http::field::content_range) > 0;
  out.header_at = header_at_;
  return out;
}

}  // namespace hookferry::net
