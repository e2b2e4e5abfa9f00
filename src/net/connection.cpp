#include "net/connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <cerrno>
#include <ctime>
#include <sstream>
#include <utility>

namespace hookferry::net {
namespace {

namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

TransportError connect_error(const error_code& error) {
  if (error == beast::error::timeout || error == asio::error::timed_out)
    return {TransportFailure::timed_out, false, "connecting timed out"};
  if (error == boost::system::errc::too_many_files_open ||
      error == boost::system::errc::too_many_files_open_in_system)
    return {TransportFailure::exhausted, false, "cannot connect: too many open files"};
  return {
      TransportFailure::refused, false,
      error == asio::error::connection_refused ? "connection refused" : "cannot connect: " + error.message()};
}

/// The error of a request that may have reached the server; `begun` says whether an answer came.
TransportError stream_error(const error_code& error, bool begun) {
  if (error == beast::error::timeout)
    return {TransportFailure::timed_out, true, begun ? "the answer stalled" : "no answer in time"};
  if (begun) return {TransportFailure::cut, true, "the connection ended inside the answer"};
  if (error.category() == asio::error::get_ssl_category())
    return {TransportFailure::tls, true, "the server ended TLS: " + error.message()};
  return {TransportFailure::closed, true, "the connection ended before an answer came"};
}

std::string name_of(const Proxy& proxy) { return "the proxy " + proxy.endpoint.url(); }

/// The base64 form of "USER:PASSWORD" (RFC 7617).
Secret basic(const Secret& credentials) {
  const auto text = credentials.reveal();
  auto encoded = base64({reinterpret_cast<const unsigned char*>(text.data()), text.size()});
  const Secret out(encoded);
  wipe(encoded);
  return out;
}

/// The title of a page, else the beginning of what is no page.
std::string summary_of(const std::string& body) {
  constexpr std::string_view open = "<title>", open_in_capitals = "<TITLE>";
  const auto start = body.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return {};
  auto shown = std::string_view(body).substr(start);
  if (shown.starts_with('<')) {
    const auto title = std::min(shown.find(open), shown.find(open_in_capitals));
    if (title == std::string::npos) return {};
    shown.remove_prefix(title + open.size());
    shown = shown.substr(0, shown.find('<'));
  }
  return printable_excerpt(shown, 160);
}

/// The proxy's answer as an error, without the user, the password or their Basic form, which it may echo.
TransportError refusal_of(const Proxy& proxy, AnswerReader& answer) {
  const auto both = proxy.credentials.reveal();
  const Secret password(both.substr(both.find(':') + 1));
  const auto masked = [&](std::string text) {
    for (const auto& secret : {basic(proxy.credentials), proxy.credentials, password})
      text = redact(text, secret);
    return text;
  };
  const auto status = answer.status();
  auto line = std::to_string(status);
  if (const auto reason = masked(answer.message().reason()); !reason.empty())
    line += " " + printable_excerpt(reason, 80);
  const auto summary = summary_of(masked(answer.response().body));
  TransportError out;
  // Another try may find a server error gone, but never a missing password.
  out.kind = status >= 500 ? TransportFailure::proxy_failed : TransportFailure::proxy_refused;
  out.text = "it refused the connection: " + line;
  if (!summary.empty() && summary != line) out.text += ": " + summary;
  return out;
}

/// "2026-12-31"
std::string certificate_expiry(SSL* ssl) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl), &X509_free);
  tm when{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &when) != 1) return {};
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &when)};
}

}  // namespace

struct Connection::Lookup {
  explicit Lookup(asio::io_context& io) : resolver(io), deadline(io) {}
  tcp::resolver resolver;
  asio::steady_timer deadline;
  tcp::resolver::results_type results;
  error_code error;
  bool done = false;
};

void Connection::close() {
  server_.reset();
  tls_in_tls_.reset();
  tls_stream_.reset();
  tcp_.reset();
}

void Connection::abort() {
  aborted_ = true;
  if (lookup_) lookup_->deadline.cancel();
  if (tcp_) tcp_->close();  // what is under way fails, and so does what begins after this
}

SSL* Connection::innermost_tls() {
  if (tls_in_tls_) return tls_in_tls_->native_handle();
  return tls_stream_ ? tls_stream_->native_handle() : nullptr;
}

bool Connection::good_for(const Endpoint& server) {
  if (!tcp_ || server_ != server) return false;
  // Nothing decrypted may be unread, and nothing received may be undecrypted.
  const auto pending = [](SSL* ssl) { return SSL_pending(ssl) != 0 || BIO_pending(SSL_get_rbio(ssl)) != 0; };
  if (tls_in_tls_ && pending(tls_in_tls_->native_handle())) return false;
  if (tls_stream_ && pending(tls_stream_->native_handle())) return false;
  char byte = 0;
  const auto got = ::recv(tcp_->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Connection::trace(char direction, const std::string& line) const {
  if (options_.trace) options_.trace(2, std::string(1, direction) + " " + printable(line));
}

asio::awaitable<Reply> Connection::exchange(const Endpoint& server, const Request& request) {
  const auto start = Clock::now();
  aborted_ = false;
  Reply reply;
  try {
    const bool kept = good_for(server);
    server_.reset();  // until this exchange has ended well
    if (!kept) co_await open(server);
    Response response = co_await send(server, request);
    reply = std::move(response);
  } catch (TransportError& error) {
    close();
    if (aborted_) error = {TransportFailure::interrupted, error.sent, "interrupted"};
    reply = std::move(error);
  }
  if (!options_.trace) co_return reply;
  std::string line = request.method + " " + server.url() + request.target + " -> ";
  if (const auto* response = std::get_if<Response>(&reply)) {
    line += std::to_string(response->status) + ", " + std::to_string(response->body_size) + " bytes";
  } else {
    line += std::get<TransportError>(reply).text;
  }
  const auto took = std::chrono::duration_cast<Milliseconds>(Clock::now() - start);
  options_.trace(1, line + ", " + std::to_string(took.count()) + " ms");
  co_return reply;
}

asio::awaitable<void> Connection::open(const Endpoint& server) {
  close();
  facts_ = ConnectionFacts();
  facts_.proxied = options_.proxy.has_value();
  tcp_.emplace(asio::any_io_executor(loop_.io.get_executor()));
  if (!options_.proxy) {
    co_await connect(server);
  } else {
    const auto& proxy = *options_.proxy;
    try {
      co_await connect(proxy.endpoint);
      if (proxy.endpoint.tls) co_await start_tls(*tls_.proxy, proxy.endpoint.host, "the proxy");
      co_await open_tunnel(proxy, server);
    } catch (TransportError& error) {
      facts_.address.clear();
      error.sent = false;  // nothing could reach the server yet
      error.text = name_of(proxy) + ": " + error.text;
      throw;
    }
    facts_.address = name_of(proxy);
  }
  if (server.tls) {
    facts_.stage = ConnectionStage::tls;
    co_await start_tls(tls_.server, server.host, "the server");
    facts_.tls_version = SSL_get_version(innermost_tls());
    facts_.certificate_expiry = certificate_expiry(innermost_tls());
  }
  facts_.stage = ConnectionStage::exchange;
}

/// The resolver cannot be stopped while the system looks a name up, so the coroutine waits for the deadline,
/// which the result cuts short. The look-up's state is shared with its handler, which may come late.
asio::awaitable<void> Connection::connect(const Endpoint& to) {
  auto lookup = std::make_shared<Lookup>(loop_.io);
  lookup_ = lookup;
  lookup->deadline.expires_after(options_.timeout);
  auto& open_lookups = loop_.lookups;
  ++open_lookups;
  auto on_resolved = [lookup, &open_lookups](const error_code& error,
                                             const tcp::resolver::results_type& results) {
    --open_lookups;
    lookup->error = error;
    lookup->results = results;
    lookup->done = true;
    lookup->deadline.cancel();
  };
  try {
    lookup->resolver.async_resolve(to.host, std::to_string(to.port), std::move(on_resolved));
  } catch (const boost::system::system_error&) {  // each look-up needs a thread of its own
    --open_lookups;
    throw TransportError{TransportFailure::exhausted, false,
                         "cannot start looking up the host name: no more threads or memory"};
  }
  error_code waited;
  co_await lookup->deadline.async_wait(asio::redirect_error(asio::use_awaitable, waited));
  if (aborted_ || !lookup->done)
    throw TransportError{TransportFailure::timed_out, false, "the name look-up timed out"};
  if (lookup->error == asio::error::host_not_found_try_again)
    throw TransportError{TransportFailure::dns_temporary, false, "the name servers did not answer"};
  if (lookup->error)
    throw TransportError{TransportFailure::dns_unknown, false, "the host name does not resolve"};

  facts_.stage = ConnectionStage::connect;
  tcp_->expires_after(options_.timeout);
  error_code failed;
  const tcp::endpoint address =
      co_await tcp_->async_connect(lookup->results, asio::redirect_error(asio::use_awaitable, failed));
  if (failed == asio::error::operation_aborted) {
    // Asio gives this error for a socket that could not be opened, too. Opening another one shows the reason.
    error_code cannot_open;
    tcp::socket another(tcp_->get_executor());
    another.open(tcp::v4(), cannot_open);
    if (cannot_open) failed = cannot_open;
  }
  if (failed) throw connect_error(failed);
  error_code ignored;
  tcp_->socket().set_option(tcp::no_delay(true), ignored);
  facts_.address = (std::ostringstream() << address).str();
}

asio::awaitable<void> Connection::open_tunnel(const Proxy& proxy, const Endpoint& server) {
  trace('>', "CONNECT " + server.authority() + " by " + name_of(proxy));
  const auto place = server.host_and_port();  // CONNECT wants the port in any case (RFC 9110, 9.3.6)
  const Secret credentials = basic(proxy.credentials);
  WipedBuffer head(2 * place.size() + options_.user_agent.size() + credentials.reveal().size() + 128);
  head.text.append("CONNECT ").append(place).append(" HTTP/1.1\r\nHost: ").append(place);
  head.text.append("\r\nUser-Agent: ").append(options_.user_agent).append("\r\n");
  if (!credentials.empty())
    head.text.append("Proxy-Authorization: Basic ").append(credentials.reveal()).append("\r\n");
  head.text.append("\r\n");
  std::vector<asio::const_buffer> bytes;
  bytes.emplace_back(head.text.data(), head.text.size());
  AnswerReader answer;
  const auto latest = Clock::now() + options_.timeout;
  co_await converse(std::move(bytes), answer, latest, latest);
  trace('<', "HTTP " + std::to_string(answer.status()));
  if (answer.keeps_connection()) co_return;
  if (!answer.success()) throw refusal_of(proxy, answer);
  throw TransportError{TransportFailure::malformed, false, "it speaks before it is asked"};
}

asio::awaitable<Response> Connection::send(const Endpoint& server, const Request& request) {
  const auto& key = request.bearer;
  std::vector<std::string> fields = {"Host: " + server.authority(), "User-Agent: " + options_.user_agent,
                                     "Accept: application/json"};
  // Without it any coding would do (RFC 9110, 12.5.3).
  fields.emplace_back("Accept-Encoding: identity");
  fields.emplace_back("Content-Type: application/json");  // the guide asks for it whatever the method
  if (!request.body.empty()) fields.push_back("Content-Length: " + std::to_string(request.body.size()));
  trace('>', request.method + " " + request.target);
  for (const auto& field : fields) trace('>', field);
  if (!key.empty()) trace('>', "Authorization: Bearer ****");

  std::size_t size = request.method.size() + request.target.size() + key.reveal().size() + 64;
  for (const auto& field : fields) size += field.size() + 2;
  WipedBuffer head(size);
  head.text.append(request.method).append(" ").append(request.target).append(" HTTP/1.1\r\n");
  for (const auto& field : fields) head.text.append(field).append("\r\n");
  if (!key.empty()) head.text.append("Authorization: Bearer ").append(key.reveal()).append("\r\n");
  head.text.append("\r\n");
  std::vector<asio::const_buffer> bytes;
  bytes.emplace_back(head.text.data(), head.text.size());
  bytes.emplace_back(request.body.data(), request.body.size());
  AnswerReader answer(options_.max_response, request.sink);
  const auto start = Clock::now();
  const auto first_byte = start + options_.timeout;
  const auto whole = start + limits::whole_answer_factor * options_.timeout;
  const bool all_written = co_await converse(std::move(bytes), answer, first_byte, whole);
  if (all_written && answer.keeps_connection()) server_ = server;

  if (options_.trace) {
    trace('<', "HTTP " + std::to_string(answer.status()));
    for (const auto& field : answer.message()) {
      const std::string name = field.name_string(), value = field.value();
      trace('<', redact(name, key) + ": " + redact(value, key));
    }
  }
  Response out = answer.response();
  const auto mask = [&](const Secret& secret) {
    out.location = redact(out.location, secret);
    if (!answer.success()) out.body = redact(out.body, secret);  // data stays as it came
  };
  mask(key);
  for (const auto& secret : options_.secrets) mask(secret);
  co_return out;
}

asio::awaitable<bool> Connection::converse(std::vector<asio::const_buffer> bytes, AnswerReader& answer,
                                           Time first_byte, Time whole) {
  tcp_->expires_at(first_byte);
  error_code write_failed;
  const auto write = [&bytes, &write_failed](auto& layer) {
    return asio::async_write(layer, bytes, asio::redirect_error(asio::use_awaitable, write_failed));
  };
  co_await with_innermost(write);
  // A server that refuses early closes before it has read all: its answer may be there all the same.
  while (!answer.done()) {
    const auto silence = answer.begun() ? Clock::now() + options_.timeout : first_byte;
    tcp_->expires_at(std::min(silence, whole));
    const asio::mutable_buffer space = answer.room();
    error_code failed;
    const auto read = [&space, &failed](auto& layer) {
      return layer.async_read_some(space, asio::redirect_error(asio::use_awaitable, failed));
    };
    const std::size_t count = co_await with_innermost(read);
    std::optional<TransportError> error;
    if (count > 0) {
      answer.received(count);
    } else if (failed == asio::error::eof) {
      answer.ended();
    } else if (failed && Clock::now() >= whole) {
      error = TransportError{TransportFailure::timed_out, true, "the answer took too long as a whole"};
    } else if (failed) {
      error = stream_error(failed, answer.begun());
    }
    if (!error) error = answer.error();
    if (error && write_failed && !answer.begun()) error = stream_error(write_failed, false);
    if (error) throw *error;
  }
  co_return !write_failed;
}

}  // namespace hookferry::net
