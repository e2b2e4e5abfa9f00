#include "net/session.hpp"

#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <optional>

#include "core/printable.hpp"

namespace hookferry {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using TlsStream = asio::ssl::stream<beast::tcp_stream>;
using HttpRequest = http::request<http::string_body>;
using HttpParser = http::response_parser<http::string_body>;

/// A server may send this many times `timeout` at the longest, however steadily the bytes drip.
constexpr int whole_answer_factor = 10;
constexpr std::uint32_t header_limit = 64 * 1024;

struct Lookup {
  explicit Lookup(asio::io_context& io) : resolver(io), deadline(io) {}
  tcp::resolver resolver;
  asio::steady_timer deadline;
  tcp::resolver::results_type results;
  error_code error;
  bool done = false;
};

TransportError dns_error(const error_code& error, bool done) {
  TransportError out;
  if (!done) {
    out.kind = TransportFailure::timed_out;
    out.text = "the name look-up timed out";
  } else if (error == asio::error::host_not_found_try_again) {
    out.kind = TransportFailure::dns_temporary;
    out.text = "the name servers did not answer";
  } else {
    out.kind = TransportFailure::dns_unknown;
    out.text = "the host name does not resolve";
  }
  return out;
}

TransportError connect_error(const error_code& error) {
  TransportError out;
  if (error == beast::error::timeout || error == asio::error::timed_out) {
    out.kind = TransportFailure::timed_out;
    out.text = "connecting timed out";
  } else {
    out.kind = TransportFailure::refused;
    out.text = error == asio::error::connection_refused ? "connection refused"
                                                        : "cannot connect: " + error.message();
  }
  return out;
}

TransportError handshake_error(const error_code& error, SSL* ssl) {
  TransportError out;
  out.kind = TransportFailure::tls;
  const long verdict = SSL_get_verify_result(ssl);
  if (error == beast::error::timeout) {
    out.kind = TransportFailure::timed_out;
    out.text = "the TLS handshake timed out";
  } else if (verdict != X509_V_OK) {
    out.text =
        std::string("the server's certificate is not accepted: ") + X509_verify_cert_error_string(verdict);
  } else if (error == asio::ssl::error::stream_truncated || error == asio::error::eof) {
    out.text = "the server ended the TLS handshake";
  } else {
    out.text = "TLS handshake failed: " + error.message();
  }
  return out;
}

/// Of a request that may have reached the server.
TransportError exchange_error(const error_code& error, bool answering) {
  TransportError out;
  out.sent = true;
  if (error == beast::error::timeout) {
    out.kind = TransportFailure::timed_out;
    out.text = answering ? "the answer stalled" : "no answer in time";
  } else if (error == http::error::body_limit) {
    out.kind = TransportFailure::too_large;
    out.text = "the answer is larger than the limit of --max-response";
  } else if (error == http::error::partial_message || (answering && error != http::error::end_of_stream)) {
    out.kind = TransportFailure::cut;
    out.text = "the connection ended inside the answer";
  } else if (error.category() == http::make_error_code(http::error::bad_version).category() &&
             error != http::error::end_of_stream) {
    out.kind = TransportFailure::malformed;
    out.text = "the answer is no HTTP";
  } else {
    out.kind = TransportFailure::closed;
    out.text = "the connection ended before an answer came";
  }
  return out;
}

TransportError interrupted_error(bool sent) {
  TransportError out;
  out.kind = TransportFailure::interrupted;
  out.sent = sent;
  out.text = "interrupted";
  return out;
}

HttpRequest to_http(const Endpoint& endpoint, const Request& request, const std::string& user_agent) {
  HttpRequest out;
  out.version(11);
  out.method_string(request.method);
  out.target(request.target);
  out.set(http::field::host, endpoint.authority());
  out.set(http::field::user_agent, user_agent);
  out.set(http::field::accept, "application/json");
  out.set(http::field::content_type, "application/json");
  if (!request.bearer.empty())
    out.set(http::field::authorization, "Bearer " + std::string(request.bearer.reveal()));
  out.body() = request.body;
  if (!request.body.empty()) out.prepare_payload();
  return out;
}

/// A server may echo the key, in an error text or a header.
std::string without_key(std::string text, const Secret& key) {
  if (key.empty()) return text;
  for (auto at = text.find(key.reveal()); at != std::string::npos; at = text.find(key.reveal(), at))
    text.replace(at, key.reveal().size(), "****");
  return text;
}

/// Only what is data stays as it came.
Response to_response(HttpParser& parser, const Secret& key) {
  Response out;
  auto& message = parser.get();
  out.status = static_cast<int>(message.result_int());
  out.retry_after = std::string(message[http::field::retry_after]);
  out.location = without_key(std::string(message[http::field::location]), key);
  out.body = std::move(message.body());
  if (out.status < 200 || out.status > 299) out.body = without_key(std::move(out.body), key);
  return out;
}

std::string certificate_expiry(SSL* ssl) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl), &X509_free);
  if (!certificate) return {};
  tm when{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &when) != 1) return {};
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &when)};
}

}  // namespace

struct Session::Connection {
  Connection(Executor::Context& context, asio::ssl::context& tls_context, const ClientOptions& client_options,
             ConnectionFacts& connection_facts)
      : executor(context),
        io(context.io),
        tls_settings(tls_context),
        options(client_options),
        facts(connection_facts) {}

  Executor::Context& executor;
  asio::io_context& io;
  asio::ssl::context& tls_settings;
  const ClientOptions& options;
  ConnectionFacts& facts;
  std::optional<beast::tcp_stream> plain;
  std::optional<TlsStream> tls;
  std::shared_ptr<Lookup> lookup;
  beast::flat_buffer buffer;
  Endpoint peer;
  Secret key;  ///< of the exchange under way
  bool aborted = false;

  beast::tcp_stream& tcp_layer() { return tls ? tls->next_layer() : *plain; }
  bool is_open() { return tls || plain; }

  void close() {
    if (is_open()) {
      error_code ignored;
      tcp_layer().socket().close(ignored);
    }
    tls.reset();
    plain.reset();
    buffer.clear();
  }

  /// A server may have closed a kept connection meanwhile: sending into it would leave the outcome open for
  /// no reason. Bytes that nobody asked for are no better sign than the end of the stream.
  bool still_good(const Endpoint& endpoint) {
    if (!is_open() || peer != endpoint) return false;
    char byte = 0;
    const auto got = ::recv(tcp_layer().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  void trace_headers(const HttpRequest& request) const {
    if (!options.trace) return;
    options.trace(2, "> " + std::string(request.method_string()) + " " + std::string(request.target()));
    for (const auto& field : request) {
      const bool secret = field.name() == http::field::authorization;
      options.trace(2, "> " + std::string(field.name_string()) + ": " +
                           (secret ? "Bearer ****" : printable(std::string(field.value()))));
    }
  }
  void trace_headers(const HttpParser& parser) const {
    if (!options.trace) return;
    options.trace(2, "< HTTP " + std::to_string(parser.get().result_int()));
    for (const auto& field : parser.get())
      options.trace(2, "< " + printable(std::string(field.name_string())) + ": " +
                           printable(without_key(std::string(field.value()), key)));
  }

  asio::awaitable<std::optional<TransportError>> resolve(std::string host, std::string service);
  asio::awaitable<std::optional<TransportError>> connect(const Endpoint& endpoint);
  asio::awaitable<std::optional<TransportError>> handshake(const Endpoint& endpoint);
  asio::awaitable<std::optional<TransportError>> open(const Endpoint& endpoint);
  template <class Stream>
  asio::awaitable<Reply> talk(Stream& stream, HttpRequest request);
};

/// The resolver cannot be stopped while the system looks a name up, so the deadline is what is waited for;
/// the look-up's state is shared with its handler, which may come after everybody has left.
asio::awaitable<std::optional<TransportError>> Session::Connection::resolve(std::string host,
                                                                            std::string service) {
  auto state = std::make_shared<Lookup>(io);
  lookup = state;
  state->deadline.expires_after(options.timeout);
  ++executor.lookups;
  auto& open_lookups = executor.lookups;
  auto on_resolved = [state, &open_lookups](const error_code& error,
                                            const tcp::resolver::results_type& results) {
    --open_lookups;
    state->error = error;
    state->results = results;
    state->done = true;
    state->deadline.cancel();
  };
  state->resolver.async_resolve(host, service, std::move(on_resolved));
  error_code waited;
  co_await state->deadline.async_wait(asio::redirect_error(asio::use_awaitable, waited));
  std::optional<TransportError> error;
  if (aborted) {
    error = interrupted_error(false);
  } else if (!state->done || state->error) {
    error = dns_error(state->error, state->done);
  }
  co_return error;
}

asio::awaitable<std::optional<TransportError>> Session::Connection::connect(const Endpoint& endpoint) {
  std::optional<TransportError> error = co_await resolve(endpoint.host, std::to_string(endpoint.port));
  if (error) co_return error;
  auto& stream = tcp_layer();
  stream.expires_after(options.timeout);
  error_code failed;
  const auto address =
      co_await stream.async_connect(lookup->results, asio::redirect_error(asio::use_awaitable, failed));
  if (failed) {
    error = connect_error(failed);
  } else {
    error_code ignored;
    stream.socket().set_option(tcp::no_delay(true), ignored);
    facts.address = address.address().to_string() + ":" + std::to_string(address.port());
  }
  co_return error;
}

asio::awaitable<std::optional<TransportError>> Session::Connection::handshake(const Endpoint& endpoint) {
  SSL* ssl = tls->native_handle();
  error_code not_an_address;
  asio::ip::make_address(endpoint.host, not_an_address);
  if (not_an_address) {
    SSL_set_tlsext_host_name(ssl, endpoint.host.c_str());
    SSL_set1_host(ssl, endpoint.host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), endpoint.host.c_str());
  }
  tls->next_layer().expires_after(options.timeout);
  error_code failed;
  co_await tls->async_handshake(asio::ssl::stream_base::client,
                                asio::redirect_error(asio::use_awaitable, failed));
  std::optional<TransportError> error;
  if (failed) {
    error = handshake_error(failed, ssl);
  } else {
    facts.tls_version = SSL_get_version(ssl);
    facts.certificate_expiry = certificate_expiry(ssl);
  }
  co_return error;
}

asio::awaitable<std::optional<TransportError>> Session::Connection::open(const Endpoint& endpoint) {
  facts = ConnectionFacts();
  if (endpoint.tls) {
    tls.emplace(asio::any_io_executor(io.get_executor()), tls_settings);
  } else {
    plain.emplace(asio::any_io_executor(io.get_executor()));
  }
  peer = endpoint;
  std::optional<TransportError> error = co_await connect(endpoint);
  if (!error && endpoint.tls) error = co_await handshake(endpoint);
  co_return error;
}

template <class Stream>
asio::awaitable<Reply> Session::Connection::talk(Stream& stream, HttpRequest request) {
  trace_headers(request);
  error_code failed;
  tcp_layer().expires_after(options.timeout);
  co_await http::async_write(stream, request, asio::redirect_error(asio::use_awaitable, failed));
  HttpParser parser;
  parser.header_limit(header_limit);
  parser.body_limit(options.max_response);
  const bool written = !failed;
  // A server that refuses early closes before it has read all: its answer may be there all the same.
  error_code read_failed;
  co_await http::async_read_header(stream, buffer, parser,
                                   asio::redirect_error(asio::use_awaitable, read_failed));
  if (read_failed) {
    const auto cause = written ? read_failed : failed;
    Reply reply = exchange_error(cause, false);
    co_return reply;
  }
  trace_headers(parser);
  const auto latest = Clock::now() + whole_answer_factor * options.timeout;
  while (!parser.is_done()) {
    tcp_layer().expires_after(options.timeout);
    co_await http::async_read_some(stream, buffer, parser, asio::redirect_error(asio::use_awaitable, failed));
    if (!failed && Clock::now() > latest) failed = beast::error::timeout;
    if (failed) {
      Reply reply = exchange_error(failed, true);
      co_return reply;
    }
  }
  if (!written || !parser.keep_alive()) peer = Endpoint();  // not to be used again
  Reply reply = to_response(parser, key);
  co_return reply;
}

Session::Session(Executor::Context& executor, asio::ssl::context& tls, const ClientOptions& options,
                 ConnectionFacts& facts)
    : connection_(std::make_unique<Connection>(executor, tls, options, facts)) {}
Session::~Session() = default;

asio::awaitable<Reply> Session::exchange(const Endpoint& endpoint, const Request& request) {
  auto& connection = *connection_;
  connection.aborted = false;
  connection.key = request.bearer;
  if (!connection.still_good(endpoint)) {
    connection.close();
    const std::optional<TransportError> error = co_await connection.open(endpoint);
    if (error) {
      connection.close();
      Reply reply = connection.aborted ? interrupted_error(false) : *error;
      co_return reply;
    }
  }
  HttpRequest message = to_http(endpoint, request, connection.options.user_agent);
  Reply reply;
  if (endpoint.tls) {
    reply = co_await connection.talk(*connection.tls, std::move(message));
  } else {
    reply = co_await connection.talk(*connection.plain, std::move(message));
  }
  if (auto* error = std::get_if<TransportError>(&reply)) {
    if (connection.aborted) *error = interrupted_error(true);
    connection.close();
  }
  co_return reply;
}

void Session::abort() {
  connection_->aborted = true;
  if (connection_->lookup) connection_->lookup->deadline.cancel();
  // Closed and not only cancelled: what begins after this must fail as well.
  if (connection_->is_open()) connection_->tcp_layer().close();
}

}  // namespace hookferry
