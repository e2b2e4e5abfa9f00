#include "net/client.hpp"

#include <fcntl.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include "core/failure.hpp"
#include "net/connection.hpp"
#include "net/tls.hpp"

namespace hookferry::net {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

/// Whoever waits is asked again after this time at the latest, so that a signal is noticed soon.
constexpr Milliseconds slice{100};

/// A descriptor of one's own for the same event: whoever owns it may close it.
int duplicate(int descriptor) {
  const int out = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (out < 0)
    throw Failure(Cause::incomplete, std::string("cannot make a descriptor: ") + std::strerror(errno),
                  "the process needs more open files (ulimit -n)");
  return out;
}

asio::awaitable<void> sleep_until(asio::io_context& io, Clock::time_point time) {
  asio::steady_timer timer(io, time);
  error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace

Executor::Context::Context(const Interrupts& signals)
    : interrupts(signals), wake(io, duplicate(signals.wake_fd())) {
  wake.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (!error) notice();
  });
}

void Executor::Context::notice() {
  if (noticed) return;
  noticed = true;
  pause.cancel();
  for (auto* connection : abandoned_on_interrupt) connection->abort();
  if (abandoned_on_interrupt.empty() && on_interrupt) on_interrupt();
}

/// The flag may be up before its event came through the context: what is to be done comes first then.
bool Executor::Context::interrupted() {
  if (interrupts.requested()) notice();
  return noticed;
}

void Executor::Context::run_until_done(const std::size_t& open) {
  while (open > 0) io.run_one();
}

bool Executor::Context::wait(Milliseconds time) {
  std::size_t open = 1;
  bool elapsed = false;
  pause.expires_after(time);
  pause.async_wait([&](const error_code& error) {
    elapsed = !error;
    --open;
  });
  run_until_done(open);
  return elapsed;
}

Executor::Executor(const Interrupts& interrupts) try : context_(std::make_unique<Context>(interrupts)) {
} catch (const boost::system::system_error& error) {
  throw Failure(Cause::incomplete, "cannot wait for the network: " + error.code().message(),
                "the process needs more open files (ulimit -n)");
}

Executor::~Executor() {
  // The end of the context would wait for a look-up that hangs.
  if (context_->lookups > 0) static_cast<void>(context_.release());
}

bool Executor::wait(Milliseconds time) { return context_->wait(time); }

bool Executor::interrupted() const { return context_->interrupted(); }

void Executor::on_interrupt(std::function<void()> callback) { context_->on_interrupt = std::move(callback); }

struct Client::Pending {
  Reply reply;
  std::exception_ptr failed;
  std::size_t open = 0;
};

/// The connections of a client. What is under way holds a borrowed one and, by that, the pool: whoever asked
/// may have left.
struct Client::Pool : std::enable_shared_from_this<Pool> {
  Pool(Executor& of, ClientOptions client_options)
      : executor(of.context()),
        options(std::move(client_options)),
        tls(options.shared_tls ? options.shared_tls->get(options) : std::make_shared<TlsContexts>(options)) {}

  Executor::Context& executor;
  ClientOptions options;
  std::shared_ptr<TlsContexts> tls;
  ConnectionFacts facts;
  std::vector<std::unique_ptr<Connection>> connections;

  std::shared_ptr<Connection> borrow(bool abandon);
  asio::awaitable<bool> wait_for_turn(const Endpoint& endpoint, const std::function<bool()>& given_up);
  asio::awaitable<Reply> send(std::shared_ptr<Connection> connection, Endpoint endpoint, Request request,
                              bool abandon);
  asio::awaitable<void> work(std::shared_ptr<Connection> connection, const Endpoint& endpoint,
                             Workload& workload, const std::exception_ptr& failed);
};

/// An idle connection, which is busy until the last copy of the pointer ends. `abandon`: the first signal
/// ends its exchange.
std::shared_ptr<Connection> Client::Pool::borrow(bool abandon) {
  auto idle = std::find_if(connections.begin(), connections.end(),
                           [](const auto& connection) { return !connection->busy; });
  if (idle == connections.end()) {
    connections.push_back(std::make_unique<Connection>(executor, *tls, options, facts));
    idle = std::prev(connections.end());
  }
  std::shared_ptr<Connection> out(idle->get(), [pool = shared_from_this()](Connection* connection) {
    connection->busy = false;
    pool->executor.abandoned_on_interrupt.erase(connection);
  });
  out->busy = true;
  if (abandon) executor.abandoned_on_interrupt.insert(out.get());
  return out;
}

/// Waits until the rate limit allows a request to that server. False where `given_up` said first that it is
/// not to be sent any more.
asio::awaitable<bool> Client::Pool::wait_for_turn(const Endpoint& endpoint,
                                                  const std::function<bool()>& given_up) {
  if (!options.rate_limiter) co_return true;
  const auto turn = options.rate_limiter->acquire(endpoint.authority(), Clock::now());
  for (auto now = Clock::now(); now < turn; now = Clock::now()) {
    if (given_up()) co_return false;
    co_await sleep_until(executor.io, std::min(turn, now + slice));
  }
  co_return true;
}

asio::awaitable<Reply> Client::Pool::send(std::shared_ptr<Connection> connection, Endpoint endpoint,
                                          Request request, bool abandon) {
  const std::function<bool()> given_up = [this, abandon] { return abandon && executor.interrupted(); };
  const bool may_send = co_await wait_for_turn(endpoint, given_up);
  Reply reply = TransportError{TransportFailure::interrupted, false, "interrupted"};
  if (may_send) reply = co_await connection->exchange(endpoint, request);
  co_return reply;
}

/// Sends over one connection what the workload gives. `failed` is the first exception of the workload, after
/// which nothing more is sent over any connection.
asio::awaitable<void> Client::Pool::work(std::shared_ptr<Connection> connection, const Endpoint& endpoint,
                                         Workload& workload, const std::exception_ptr& failed) {
  const std::function<bool()> given_up = [this, &failed] { return failed || executor.interrupted(); };
  while (!failed) {
    const Workload::Step step = workload.next();
    if (std::holds_alternative<Workload::Nothing>(step)) co_return;
    if (const auto* wait = std::get_if<Workload::Wait>(&step)) {
      co_await sleep_until(executor.io, Clock::now() + std::min(wait->time, slice));
      continue;
    }
    const auto& job = std::get<Workload::Job>(step);
    const bool may_send = co_await wait_for_turn(endpoint, given_up);
    Reply reply = TransportError{TransportFailure::closed, false, "interrupted before it was sent"};
    if (may_send) reply = co_await connection->exchange(endpoint, job.request);
    workload.replied(job.ticket, std::move(reply));
  }
}

Client::Client(Executor& executor, ClientOptions options)
    : pool_(std::make_shared<Pool>(executor, std::move(options))) {}

Client::~Client() {
  pool_->options.trace = nullptr;
  for (const auto& connection : pool_->connections)
    if (connection->busy) connection->abort();
}

std::shared_ptr<Client::Pending> Client::start(const Endpoint& endpoint, const Request& request,
                                               OnInterrupt on_interrupt) {
  auto pending = std::make_shared<Pending>();
  pending->reply = TransportError{TransportFailure::interrupted, false, "interrupted"};
  const bool abandon = on_interrupt == OnInterrupt::abandon;
  if (abandon && interrupted()) return pending;
  pending->open = 1;
  asio::co_spawn(pool_->executor.io, pool_->send(pool_->borrow(abandon), endpoint, request, abandon),
                 [pending](std::exception_ptr failed, Reply reply) {
                   pending->failed = failed;
                   pending->reply = std::move(reply);
                   pending->open = 0;
                 });
  return pending;
}

Reply Client::finish(const std::shared_ptr<Pending>& pending) {
  pool_->executor.run_until_done(pending->open);
  if (pending->failed) std::rethrow_exception(pending->failed);
  return std::move(pending->reply);
}

Reply Client::send(const Endpoint& endpoint, const Request& request, OnInterrupt on_interrupt) {
  return finish(start(endpoint, request, on_interrupt));
}

void Client::run(const Endpoint& endpoint, Workload& workload, std::size_t connections) {
  std::size_t open = connections;
  std::exception_ptr failed;
  for (std::size_t i = 0; i < connections; ++i)
    asio::co_spawn(pool_->executor.io, pool_->work(pool_->borrow(false), endpoint, workload, failed),
                   [&](std::exception_ptr error) {
                     if (!failed) failed = error;
                     --open;
                   });
  pool_->executor.run_until_done(open);
  if (failed) std::rethrow_exception(failed);
}

bool Client::wait(Milliseconds time) { return pool_->executor.wait(time); }

bool Client::interrupted() const { return pool_->executor.interrupted(); }

std::size_t Client::max_response() const { return pool_->options.max_response; }

const ConnectionFacts& Client::facts() const { return pool_->facts; }

}  // namespace hookferry::net
