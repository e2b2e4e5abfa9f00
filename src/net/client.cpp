#include "net/client.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <vector>

#include "core/failure.hpp"
#include "core/printable.hpp"
#include "net/session.hpp"

namespace hookferry {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

asio::ssl::context make_tls(const ClientOptions& options) {
  asio::ssl::context tls(asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
  tls.set_verify_mode(asio::ssl::verify_peer);
  error_code failed;
  if (options.ca_file.empty()) {
    tls.set_default_verify_paths(failed);
  } else {
    tls.load_verify_file(options.ca_file, failed);
  }
  if (failed) {
    throw Failure(Exit::configuration,
                  "cannot use the CA file " + printable(options.ca_file) + ": " + failed.message(),
                  "a file of PEM certificates is expected");
  }
  return tls;
}

/// The second signal: nothing is settled, but the ledger's intents are on disk.
[[noreturn]] void leave_at_once() {
  constexpr std::string_view farewell =
      "\nhookferry: left at once; what was sent last is not settled - run the same command again to settle "
      "and finish\n";
  if (::write(STDERR_FILENO, farewell.data(), farewell.size()) < 0) {
    // Nobody is there to be told.
  }
  ::_exit(static_cast<int>(Exit::interrupted));
}

}  // namespace

struct Client::Sockets {
  explicit Sockets(ClientOptions client_options)
      : options(std::move(client_options)), tls(make_tls(options)), signals(io, SIGINT, SIGTERM), pause(io) {
    // A lost terminal ends a run as cleanly as Ctrl-C, unless somebody (nohup) wants it to go on.
    struct sigaction hangup {};
    if (::sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) signals.add(SIGHUP);
    listen_for_signals();
  }

  asio::io_context io{1};
  ClientOptions options;
  asio::ssl::context tls;
  asio::signal_set signals;
  asio::steady_timer pause;
  ConnectionFacts facts;
  std::vector<std::unique_ptr<Session>> sessions;
  bool interrupted = false;
  bool abandon_on_interrupt = false;
  std::function<void()> on_interrupt;
  bool running = false;

  void listen_for_signals() {
    signals.async_wait([this](const error_code& error, int) {
      if (error) return;
      if (interrupted) leave_at_once();
      interrupted = true;
      pause.cancel();
      if (abandon_on_interrupt)
        for (const auto& session : sessions) session->abort();
      else if (on_interrupt)
        on_interrupt();
      listen_for_signals();
    });
  }

  /// The signal set always waits, so the context never runs dry: the work says itself when it is done.
  void run_until(const std::size_t& open) {
    running = true;
    io.restart();
    while (open > 0) io.run_one();
    running = false;
  }

  Session& session(std::size_t index) {
    while (sessions.size() <= index) sessions.push_back(std::make_unique<Session>(io, tls, options, facts));
    return *sessions[index];
  }

  asio::awaitable<Reply> exchange(std::size_t index, const Endpoint& endpoint, const Request& request);
  asio::awaitable<void> exchange_once(const Endpoint& endpoint, const Request& request, Reply& reply);
  asio::awaitable<void> work(std::size_t index, const Endpoint& endpoint, Workload& workload);
  void trace_exchange(const Endpoint& endpoint, const Request& request, const Reply& reply,
                      Milliseconds took) const;
};

void Client::Sockets::trace_exchange(const Endpoint& endpoint, const Request& request, const Reply& reply,
                                     Milliseconds took) const {
  if (!options.trace) return;
  std::string line = request.method + " " + endpoint.url() + request.target + " -> ";
  if (const auto* response = std::get_if<Response>(&reply)) {
    line += std::to_string(response->status) + ", " + std::to_string(response->body.size()) + " bytes";
  } else {
    line += std::get<TransportError>(reply).text;
  }
  options.trace(1, line + ", " + std::to_string(took.count()) + " ms");
}

asio::awaitable<Reply> Client::Sockets::exchange(std::size_t index, const Endpoint& endpoint,
                                                 const Request& request) {
  const auto start = Clock::now();
  Reply reply = co_await session(index).exchange(endpoint, request);
  trace_exchange(endpoint, request, reply, std::chrono::duration_cast<Milliseconds>(Clock::now() - start));
  co_return reply;
}

asio::awaitable<void> Client::Sockets::exchange_once(const Endpoint& endpoint, const Request& request,
                                                     Reply& reply) {
  reply = co_await exchange(0, endpoint, request);
}

asio::awaitable<void> Client::Sockets::work(std::size_t index, const Endpoint& endpoint, Workload& workload) {
  asio::steady_timer timer(io);
  while (true) {
    const Workload::Step step = workload.next();
    if (std::holds_alternative<Workload::Nothing>(step)) co_return;
    if (const auto* wait = std::get_if<Workload::Wait>(&step)) {
      // In slices, so that a signal is noticed soon: the workload is asked again and says Nothing then.
      const Milliseconds slice = std::min(wait->time, Milliseconds(100));
      timer.expires_after(slice);
      error_code ignored;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      continue;
    }
    const auto& job = std::get<Workload::Job>(step);
    Reply reply = co_await exchange(index, endpoint, job.request);
    workload.replied(job.ticket, std::move(reply));
  }
}

Client::Client(ClientOptions options) : sockets_(std::make_unique<Sockets>(std::move(options))) {}

Client::~Client() {
  // The end of the context would wait for a look-up that hangs; the process is about to end anyway.
  for (const auto& session : sockets_->sessions) {
    if (session->resolving()) {
      static_cast<void>(sockets_.release());
      return;
    }
  }
}

Reply Client::send(const Endpoint& endpoint, const Request& request, OnInterrupt on_interrupt) {
  Reply reply = TransportError{TransportFailure::interrupted, false, "interrupted"};
  const bool abandon = on_interrupt == OnInterrupt::abandon;
  if (abandon && sockets_->interrupted) return reply;
  sockets_->abandon_on_interrupt = abandon;
  std::size_t open = 1;
  std::exception_ptr failed;
  asio::co_spawn(sockets_->io, sockets_->exchange_once(endpoint, request, reply),
                 [&](std::exception_ptr error) {
                   failed = error;
                   --open;
                 });
  sockets_->run_until(open);
  sockets_->abandon_on_interrupt = false;
  if (failed) std::rethrow_exception(failed);
  return reply;
}

void Client::run(const Endpoint& endpoint, Workload& workload, std::size_t connections) {
  std::size_t open = connections;
  std::exception_ptr failed;
  for (std::size_t i = 0; i < connections; ++i) {
    sockets_->session(i);
    asio::co_spawn(sockets_->io, sockets_->work(i, endpoint, workload), [&](std::exception_ptr error) {
      if (error) failed = error;
      --open;
    });
  }
  sockets_->run_until(open);
  if (failed) std::rethrow_exception(failed);
}

bool Client::wait(Milliseconds time) {
  std::size_t open = 1;
  bool elapsed = false;
  sockets_->pause.expires_after(time);
  sockets_->pause.async_wait([&](const error_code& error) {
    elapsed = !error;
    --open;
  });
  sockets_->run_until(open);
  return elapsed;
}

bool Client::interrupted() const {
  if (!sockets_->running) {  // a signal that came while nobody waited for sockets
    sockets_->io.restart();
    sockets_->io.poll();
  }
  return sockets_->interrupted;
}

void Client::on_interrupt(std::function<void()> told) { sockets_->on_interrupt = std::move(told); }

const ConnectionFacts& Client::facts() const { return sockets_->facts; }

}  // namespace hookferry
