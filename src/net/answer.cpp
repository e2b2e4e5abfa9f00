#include "net/answer.hpp"

#include <algorithm>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <cstdint>

#include "core/files.hpp"
#include "core/text.hpp"

namespace hookferry::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

std::string string_of(beast::string_view text) { return {text.data(), text.size()}; }

/// A part of a text.
struct Span {
  std::size_t begin, end;
};

/// A text that was decoded, and for each of its bytes the part of the original that it stands for.
struct Layer {
  std::string text;
  std::vector<Span> origin;
};

/// What an escape stands for, and how long the escape is.
struct Unescaped {
  std::string bytes;
  std::size_t length;
};

std::optional<std::uint32_t> number(std::string_view digits, int base) {
  std::uint32_t out = 0;
  const auto* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, out, base);
  if (digits.empty() || digits.size() > 8 || result.ec != std::errc() || result.ptr != end)
    return std::nullopt;
  return out;
}

std::string utf8(std::uint32_t code_point) {
  std::string out;
  append_utf8(out, code_point);
  return out;
}

/// The escape that `text` begins with, of the kind that begins with its first character: `\/`, `\u002f`,
/// `\x2f` in JSON and scripts; `%2F` in a URL; `&#47;`, `&#x2f;`, `&quot;` in HTML.
std::optional<Unescaped> unescape(std::string_view text) {
  if (text[0] == '%') {
    const auto code = text.size() < 3 ? std::nullopt : number(text.substr(1, 2), 16);
    if (!code) return std::nullopt;
    return Unescaped{std::string(1, static_cast<char>(static_cast<unsigned char>(*code))), 3};
  }
  if (text[0] == '\\') {
    if (text.size() < 2) return std::nullopt;
    const std::size_t digits = text[1] == 'u' ? 4 : text[1] == 'x' ? 2 : 0;
    if (digits > 0 && text.size() >= 2 + digits)
      if (const auto code = number(text.substr(2, digits), 16)) return Unescaped{utf8(*code), 2 + digits};
    return Unescaped{std::string(1, text[1]), 2};
  }
  const auto end = text.substr(0, 12).find(';');
  if (end == std::string_view::npos) return std::nullopt;
  const auto name = text.substr(1, end - 1);
  constexpr std::pair<std::string_view, char> names[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, character] : names)
    if (name == known) return Unescaped{std::string(1, character), end + 1};
  if (!name.starts_with('#')) return std::nullopt;
  const bool hex = name.starts_with("#x") || name.starts_with("#X");
  const auto code = number(name.substr(hex ? 2 : 1), hex ? 16 : 10);
  if (!code) return std::nullopt;
  return Unescaped{utf8(*code), end + 1};
}

/// `layer` without its escapes that begin with `mark`.
Layer decoded(const Layer& layer, char mark) {
  Layer out;
  for (std::size_t i = 0; i < layer.text.size();) {
    const auto rest = std::string_view(layer.text).substr(i);
    const auto unescaped = rest[0] == mark ? unescape(rest) : std::nullopt;
    const auto length = unescaped ? unescaped->length : 1;
    const auto bytes = unescaped ? std::string_view(unescaped->bytes) : rest.substr(0, 1);
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

struct AnswerReader::Parts {
  using Parser = http::response_parser<http::string_body>;

  std::size_t max_body = 0;
  BodySink* sink = nullptr;
  std::size_t max_refusal_body = limits::refusal_body;
  bool connect = false;
  beast::flat_buffer buffer{limits::buffer};
  std::optional<Parser> parser{std::in_place};
  std::size_t header_bytes = 0;  ///< of this answer, as far as it is understood
  std::size_t body_bytes = 0;    ///< as they came, framing included
  std::size_t body_size = 0;
  std::size_t informational = 0;
  bool done = false;
  bool cut_short = false;  ///< done, but what is left of the body was not read
  std::optional<TransportError> error;

  int status() const { return static_cast<int>(parser->get().result_int()); }
  bool success() const { return status() >= 200 && status() < 300; }
  std::size_t body_limit() const { return success() ? max_body : max_refusal_body; }

  void fail(TransportFailure kind, std::string text) { error = TransportError{kind, true, std::move(text)}; }
  void malformed(std::string text) { fail(TransportFailure::malformed, std::move(text)); }
  std::size_t parse(error_code& failed);
  void understand();
  void understand_header();
  void begin_body();
  void understand_body();
  void body_too_large();
};

std::size_t AnswerReader::Parts::parse(error_code& failed) {
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
  header_bytes += parse(failed);
  if (failed == http::error::need_more) {
    if (header_bytes + buffer.size() >= limits::header)
      malformed("the header of the answer is larger than " + size_text(limits::header));
    return;
  }
  if (failed) return malformed("the answer is no HTTP");
  if (!parser->is_header_done()) return;
  if (status() / 100 == 1 && status() != 101) {
    if (++informational > limits::informational)
      return malformed("the server sends informational answers without end");
    parser.emplace();
    header_bytes = 0;
    return;
  }
  if (sink != nullptr && success()) sink->begin();
  done = parser->is_done() || (connect && success());
  if (!done) begin_body();
}

void AnswerReader::Parts::begin_body() {
  // Accept-Encoding said that no coding is wanted. One that comes all the same is an error rather than data
  // that is misread.
  const auto transfer = parser->get()[http::field::transfer_encoding];
  const auto content = parser->get()[http::field::content_encoding];
  const auto shown = [](beast::string_view text) { return printable_excerpt(string_of(text), 40); };
  if (!transfer.empty() && !beast::iequals(transfer, "chunked"))
    return malformed("the answer comes in a transfer encoding that nobody asked for (" + shown(transfer) +
                     ")");
  if (success() && !content.empty() && !beast::iequals(content, "identity"))
    return malformed("the answer is compressed (" + shown(content) + ") though nobody asked for that");
  const auto length = parser->content_length();
  if (length && *length > body_limit()) return body_too_large();
  parser->body_limit(body_limit());
  parser->eager(true);
}

/// A refusal stays a refusal however long its body is, so only a 2xx fails.
void AnswerReader::Parts::body_too_large() {
  if (success())
    return fail(TransportFailure::too_large, "the answer is larger than the limit that is set for it");
  parser->get().body().clear();
  body_size = 0;
  cut_short = true;
  done = true;
}

void AnswerReader::Parts::understand_body() {
  error_code failed;
  body_bytes += parse(failed);
  auto& body = parser->get().body();
  if (sink == nullptr || !success()) {
    body_size = body.size();
  } else {
    body_size += body.size();
    sink->take(body);
    body.clear();
  }
  if (failed == http::error::body_limit) return body_too_large();
  if (failed && failed != http::error::need_more) return malformed("the answer is no HTTP");
  if (failed && buffer.size() >= limits::chunk_framing)
    return malformed("a chunk's extensions or the trailers of the answer are larger than " +
                     size_text(limits::chunk_framing));
  if (body_bytes > limits::framing + (limits::framing_factor + 1) * body_size)
    return malformed("the answer comes in chunks that hold next to nothing");
  done = parser->is_done();
}

AnswerReader::AnswerReader(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

AnswerReader::AnswerReader(std::size_t max_body, BodySink* sink) : parts_(std::make_unique<Parts>()) {
  parts_->max_body = max_body;
  parts_->sink = sink;
}

AnswerReader::~AnswerReader() = default;

AnswerReader AnswerReader::to_connect() {
  auto parts = std::make_unique<Parts>();
  parts->max_refusal_body = limits::proxy_body;
  parts->connect = true;
  return AnswerReader(std::move(parts));
}

AnswerReader::Room AnswerReader::room() {
  auto& parts = *parts_;
  auto size = 64 * limits::kib;
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
  if (!begun()) return parts.fail(TransportFailure::closed, "the connection ended before an answer came");
  error_code failed;
  parts.parser->put_eof(failed);
  parts.done = !failed;
  if (failed) parts.fail(TransportFailure::cut, "the connection ended inside the answer");
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

bool AnswerReader::success() const { return parts_->success(); }

std::string AnswerReader::reason() const { return string_of(parts_->parser->get().reason()); }

std::vector<std::pair<std::string, std::string>> AnswerReader::fields() const {
  std::vector<std::pair<std::string, std::string>> out;
  for (const auto& field : parts_->parser->get())
    out.emplace_back(string_of(field.name_string()), string_of(field.value()));
  return out;
}

Response AnswerReader::response() {
  auto& message = parts_->parser->get();
  Response out;
  out.status = status();
  out.retry_after = string_of(message[http::field::retry_after]);
  out.location = string_of(message[http::field::location]);
  out.body_size = parts_->body_size;
  out.body = std::move(message.body());
  return out;
}

}  // namespace hookferry::net
