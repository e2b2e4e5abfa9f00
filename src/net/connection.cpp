#include "net/connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>

#include "core/printable.hpp"
#include "net/tunnel.hpp"

namespace hookferry {

namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

struct Connection::Lookup {
  explicit Lookup(asio::io_context& io) : resolver(io), deadline(io) {}
  tcp::resolver resolver;
  asio::steady_timer deadline;
  tcp::resolver::results_type results;
  error_code error;
  bool done = false;
};

namespace {

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
  } else if (error == boost::system::errc::too_many_files_open ||
             error == boost::system::errc::too_many_files_open_in_system) {
    out.kind = TransportFailure::exhausted;
    out.text = "cannot connect: too many open files";
  } else {
    out.kind = TransportFailure::refused;
    out.text = error == asio::error::connection_refused ? "connection refused"
                                                        : "cannot connect: " + error.message();
  }
  return out;
}

/// A thread of its own looks names up.
TransportError no_thread_error() {
  TransportError out;
  out.kind = TransportFailure::exhausted;
  out.text = "cannot start looking up the host name: no more threads or memory";
  return out;
}

std::string address_text(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

TransportError unasked_error() {
  TransportError out;
  out.kind = TransportFailure::malformed;
  out.text = "it speaks before it is asked";
  return out;
}

TransportError dripped_error() {
  TransportError out;
  out.kind = TransportFailure::timed_out;
  out.sent = true;
  out.text = "the answer took too long as a whole";
  return out;
}

}  // namespace

TransportError stream_error(const error_code& error, bool begun) {
  TransportError out;
  out.sent = true;
  if (error == beast::error::timeout) {
    out.kind = TransportFailure::timed_out;
    out.text = begun ? "the answer stalled" : "no answer in time";
  } else if (begun) {
    out.kind = TransportFailure::cut;
    out.text = "the connection ended inside the answer";
  } else if (error.category() == asio::error::get_ssl_category()) {
    out.kind = TransportFailure::tls;
    out.text = "the server ended TLS: " + error.message();
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

void Connection::close() {
  stream_.reset();
  server_.reset();
}

void Connection::abort() {
  aborted_ = true;
  if (lookup_) lookup_->deadline.cancel();
  if (stream_) stream_->close();
}

void Connection::trace(const std::string& line) const {
  if (options_.trace) options_.trace(2, line);
}

asio::awaitable<error_code> Connection::write(std::vector<asio::const_buffer> bytes, Time latest) {
  stream_->deadline(latest);
  const error_code failed = co_await stream_->write(std::move(bytes));
  co_return failed;
}

asio::awaitable<std::optional<TransportError>> Connection::receive(AnswerReader& answer, Time first_byte,
                                                                   Time whole) {
  std::optional<TransportError> error;
  while (!answer.done() && !error) {
    const auto silence = answer.begun() ? Clock::now() + options_.timeout : first_byte;
    stream_->deadline(std::min(silence, whole));
    const auto room = answer.room();
    const asio::mutable_buffer bytes(room.data, room.size);
    error_code failed;
    const std::size_t count = co_await stream_->read(bytes, failed);
    if (count > 0) {
      answer.received(count);
    } else if (failed == asio::error::eof) {
      answer.ended();
    } else if (failed) {
      error = Clock::now() >= whole ? dripped_error() : stream_error(failed, answer.begun());
    }
    if (!error) error = answer.error();
  }
  co_return error;
}

/// The resolver cannot be stopped while the system looks a name up, so the deadline is what is waited for;
/// the look-up's state is shared with its handler, which may come after everybody has left.
asio::awaitable<std::optional<TransportError>> Connection::resolve(std::string host, std::string service) {
  auto state = std::make_shared<Lookup>(executor_.io);
  lookup_ = state;
  state->deadline.expires_after(options_.timeout);
  ++executor_.lookups;
  auto& open_lookups = executor_.lookups;
  auto on_resolved = [state, &open_lookups](const error_code& error,
                                            const tcp::resolver::results_type& results) {
    --open_lookups;
    state->error = error;
    state->results = results;
    state->done = true;
    state->deadline.cancel();
  };
  bool begun = true;
  try {
    state->resolver.async_resolve(host, service, std::move(on_resolved));
  } catch (const boost::system::system_error&) {
    --executor_.lookups;
    begun = false;
  }
  if (!begun) co_return no_thread_error();
  error_code waited;
  co_await state->deadline.async_wait(asio::redirect_error(asio::use_awaitable, waited));
  std::optional<TransportError> error;
  if (aborted_) {
    error = interrupted_error(false);
  } else if (!state->done || state->error) {
    error = dns_error(state->error, state->done);
  }
  co_return error;
}

asio::awaitable<std::optional<TransportError>> Connection::connect(const Endpoint& to) {
  std::optional<TransportError> error = co_await resolve(to.host, std::to_string(to.port));
  if (error) co_return error;
  facts_.stage = ConnectionStage::connect;
  stream_->deadline(Clock::now() + options_.timeout);
  error_code failed;
  const tcp::endpoint address = co_await stream_->connect(lookup_->results, failed);
  if (failed) {
    error = connect_error(failed);
  } else {
    facts_.address = address_text(address);
  }
  co_return error;
}

asio::awaitable<std::optional<TransportError>> Connection::connect_to_proxy(const Proxy& proxy) {
  std::optional<TransportError> error = co_await connect(proxy.endpoint);
  if (!error && proxy.endpoint.tls) {
    stream_->deadline(Clock::now() + options_.timeout);
    error = co_await stream_->start_tls(*tls_.proxy, proxy.endpoint.host, "the proxy");
  }
  co_return error;
}

asio::awaitable<std::optional<TransportError>> Connection::tunnel(const Proxy& proxy,
                                                                  const Endpoint& server) {
  trace("> CONNECT " + server.authority() + " by " + name_of(proxy));
  const auto latest = Clock::now() + options_.timeout;
  const Secret request = connect_request(proxy, server, options_.user_agent);
  std::vector<asio::const_buffer> bytes;
  bytes.emplace_back(request.reveal().data(), request.reveal().size());
  const error_code write_failed = co_await write(std::move(bytes), latest);
  auto answer = AnswerReader::to_connect();
  std::optional<TransportError> error = co_await receive(answer, latest, latest);
  if (error) {
    if (write_failed && !answer.begun()) error = stream_error(write_failed, false);
    co_return error;
  }
  trace("< HTTP " + std::to_string(answer.status()));
  if (answer.keeps_connection()) co_return error;
  const bool connects = answer.status() >= 200 && answer.status() < 300;
  error = connects ? unasked_error() : refusal_of(proxy, answer);
  co_return error;
}

asio::awaitable<std::optional<TransportError>> Connection::start_tls(const Endpoint& server) {
  stream_->deadline(Clock::now() + options_.timeout);
  std::optional<TransportError> error = co_await stream_->start_tls(tls_.server, server.host, "the server");
  if (!error) {
    facts_.tls_version = SSL_get_version(stream_->innermost_tls());
    facts_.certificate_expiry = certificate_expiry(stream_->innermost_tls());
  }
  co_return error;
}

asio::awaitable<std::optional<TransportError>> Connection::reach(const Endpoint& server) {
  std::optional<TransportError> error;
  if (options_.proxy) {
    const auto& proxy = *options_.proxy;
    error = co_await connect_to_proxy(proxy);
    if (!error) error = co_await tunnel(proxy, server);
    if (error) error = proxy_error(proxy, *error);
    facts_.address = error ? "" : name_of(proxy);
  } else {
    error = co_await connect(server);
  }
  if (error) co_return error;
  facts_.stage = ConnectionStage::tls;
  if (server.tls) error = co_await start_tls(server);
  if (!error) facts_.stage = ConnectionStage::exchange;
  co_return error;
}

asio::awaitable<std::optional<TransportError>> Connection::open(const Endpoint& server) {
  facts_ = ConnectionFacts();
  facts_.proxied = options_.proxy.has_value();
  stream_.emplace(executor_.io);
  std::optional<TransportError> error = co_await reach(server);
  if (error) {
    if (aborted_) error = interrupted_error(false);
    close();
  } else {
    server_ = server;
  }
  co_return error;
}

}  // namespace hookferry
