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

namespace hookferry::net {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

/// A stream that waits is asked again after this time at the latest, so that a signal is noticed soon.
constexpr Milliseconds slice{100};

/// Another descriptor for the same event, which its owner may close.
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

Executor::Loop::Loop(const Interrupts& signals)
    : interrupts(signals), wake(io, duplicate(signals.wake_fd())) {
  wake.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (!error) notice();
  });
}

void Executor::Loop::notice() {
  if (noticed) return;
  noticed = true;
  pause.cancel();
  for (auto* connection : abandoned_on_interrupt) connection->abort();
  if (abandoned_on_interrupt.empty() && on_interrupt) on_interrupt();
}

Executor::Executor(const Interrupts& interrupts) try : loop_(std::make_unique<Loop>(interrupts)) {
} catch (const boost::system::system_error& error) {
  throw Failure(Cause::incomplete, "cannot wait for the network: " + error.code().message(),
                "the process needs more open files (ulimit -n)");
}

Executor::~Executor() {
  // The end of the loop would wait for a look-up that hangs.
  if (loop_->lookups > 0) static_cast<void>(loop_.release());
}

bool Executor::wait(Milliseconds time) {
  bool done = false;
  bool elapsed = false;
  loop_->pause.expires_after(time);
  loop_->pause.async_wait([&](const error_code& error) {
    elapsed = !error;
    done = true;
  });
  while (!done) loop_->io.run_one();
  return elapsed;
}

bool Executor::interrupted() const {
  // The flag may be up before its event came through the loop, and what a signal requires comes first.
  if (loop_->interrupts.requested()) loop_->notice();
  return loop_->noticed;
}

void Executor::on_interrupt(std::function<void()> callback) { loop_->on_interrupt = std::move(callback); }

/// The connections of a client. A request under way holds one, and the pool: the client may be gone.
struct Client::Pool : std::enable_shared_from_this<Pool> {
  Pool(Executor& of, ClientOptions client_options)
      : executor(of),
        loop(of.loop()),
        options(std::move(client_options)),
        tls(options.shared_tls ? options.shared_tls->get(options) : std::make_shared<TlsContexts>(options)) {}

  Executor& executor;
  Executor::Loop& loop;
  ClientOptions options;
  std::shared_ptr<TlsContexts> tls;
  ConnectionFacts facts;
  std::vector<std::unique_ptr<Connection>> connections;

  std::shared_ptr<Connection> borrow(bool abandon);
  asio::awaitable<void> work(std::shared_ptr<Connection> connection, Endpoint endpoint,
                             std::function<Next<Job>()> next, std::function<bool()> given_up,
                             TransportError unsent);
};

/// An idle connection, busy while a copy of the pointer lives. `abandon`: the first signal ends its exchange.
std::shared_ptr<Connection> Client::Pool::borrow(bool abandon) {
  auto idle = std::ranges::find_if(connections, [](const auto& connection) { return !connection->busy; });
  if (idle == connections.end())
    idle = connections.insert(idle, std::make_unique<Connection>(loop, *tls, options, facts));
  std::shared_ptr<Connection> out(idle->get(), [pool = shared_from_this()](Connection* connection) {
    connection->busy = false;
    pool->loop.abandoned_on_interrupt.erase(connection);
  });
  out->busy = true;
  if (abandon) loop.abandoned_on_interrupt.insert(out.get());
  return out;
}

/// Sends over one connection what the stream yields, each request once the rate limit allows it. The reply is
/// `unsent` where `given_up` says first that it is not to be sent any more.
asio::awaitable<void> Client::Pool::work(std::shared_ptr<Connection> connection, Endpoint endpoint,
                                         std::function<Next<Job>()> next, std::function<bool()> given_up,
                                         TransportError unsent) {
  while (true) {
    Next<Job> step = next();
    if (const auto* wait = std::get_if<Milliseconds>(&step)) {
      co_await sleep_until(loop.io, Clock::now() + std::min(*wait, slice));
      continue;
    }
    auto* job = std::get_if<Job>(&step);
    if (job == nullptr) co_return;
    auto turn = Clock::now();
    if (options.rate_limiter) turn = options.rate_limiter->acquire(endpoint.authority(), turn);
    bool sends = true;
    for (auto now = Clock::now(); sends && now < turn; now = Clock::now()) {
      sends = !given_up();
      if (sends) co_await sleep_until(loop.io, std::min(turn, now + slice));
    }
    if (!sends) {
      job->answered(unsent);
      continue;
    }
    Reply reply = co_await connection->exchange(endpoint, job->request);
    job->answered(std::move(reply));
  }
}

Client::Client(Executor& executor, ClientOptions options)
    : pool_(std::make_shared<Pool>(executor, std::move(options))) {}

Client::~Client() {
  pool_->options.trace = nullptr;
  for (const auto& connection : pool_->connections)
    if (connection->busy) connection->abort();
}

std::future<Reply> Client::start(const Endpoint& endpoint, const Request& request, OnInterrupt on_interrupt) {
  const auto reply = std::make_shared<std::promise<Reply>>();
  const bool abandon = on_interrupt == OnInterrupt::abandon;
  const auto given_up = [pool = pool_, abandon] { return abandon && pool->executor.interrupted(); };
  const TransportError unsent{TransportFailure::interrupted, false, "interrupted"};
  const auto once = [reply, request, begun = false]() mutable -> Next<Job> {
    if (std::exchange(begun, true)) return End();
    return Job{request, [reply](Reply answer) { reply->set_value(std::move(answer)); }};
  };
  if (given_up())
    reply->set_value(unsent);
  else
    asio::co_spawn(pool_->loop.io, pool_->work(pool_->borrow(abandon), endpoint, once, given_up, unsent),
                   [reply](const std::exception_ptr& error) {
                     if (error) reply->set_exception(error);
                   });
  return reply->get_future();
}

Reply Client::finish(std::future<Reply> reply) {
  while (reply.wait_for(Milliseconds(0)) != std::future_status::ready) pool_->loop.io.run_one();
  return reply.get();
}

void Client::run(const Endpoint& endpoint, const std::function<Next<Job>()>& next, std::size_t connections) {
  auto& io = pool_->loop.io;
  std::size_t open = connections;
  std::exception_ptr failed;  // the first exception of the stream, after which nothing more is sent
  const auto next_unless_failed = [&] { return failed ? Next<Job>(End()) : next(); };
  const auto given_up = [&] { return failed || pool_->executor.interrupted(); };
  const TransportError unsent{TransportFailure::closed, false, "interrupted before it was sent"};
  for (std::size_t i = 0; i < connections; ++i)
    asio::co_spawn(io, pool_->work(pool_->borrow(false), endpoint, next_unless_failed, given_up, unsent),
                   [&](std::exception_ptr error) {
                     if (!failed) failed = error;
                     --open;
                   });
  while (open > 0) io.run_one();
  if (failed) std::rethrow_exception(failed);
}

Executor& Client::executor() const { return pool_->executor; }

const ClientOptions& Client::options() const { return pool_->options; }

const ConnectionFacts& Client::facts() const { return pool_->facts; }

}  // namespace hookferry::net
