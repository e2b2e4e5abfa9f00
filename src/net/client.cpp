#include "net/client.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "net/session.hpp"
#include "net/tls.hpp"

namespace hookferry {
namespace {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

}  // namespace

struct Client::Pending {
  Endpoint endpoint;
  Request request;
  Reply reply;
  std::exception_ptr failed;
  std::size_t open = 1;
};

namespace {

std::shared_ptr<TlsContexts> tls_of(const ClientOptions& options) {
  return options.shared_tls ? options.shared_tls->of(options) : std::make_shared<TlsContexts>(options);
}

}  // namespace

struct Client::Connections {
  Connections(Executor& of, ClientOptions client_options)
      : executor(of), options(std::move(client_options)), tls(tls_of(options)) {}

  Executor& executor;
  ClientOptions options;
  std::shared_ptr<TlsContexts> tls;
  ConnectionFacts facts;
  std::vector<std::unique_ptr<Session>> sessions;

  Session& idle_session() {
    const auto idle =
        std::find_if(sessions.begin(), sessions.end(), [](const auto& session) { return !session->busy; });
    if (idle != sessions.end()) return **idle;
    sessions.push_back(std::make_unique<Session>(executor.context(), *tls, options, facts));
    return *sessions.back();
  }

  asio::awaitable<Reply> exchange(Session& session, const Endpoint& endpoint, const Request& request);
  void trace_exchange(const Endpoint& endpoint, const Request& request, const Reply& reply,
                      Milliseconds took) const;
};

namespace {

/// A session for as long as it is used, and on the list of what the first signal ends where that is wanted.
class Lease {
 public:
  /// `owner` keeps the session.
  Lease(Executor::Context& executor, std::shared_ptr<void> owner, Session& session, bool abandon)
      : executor_(executor), owner_(std::move(owner)), session_(session), abandon_(abandon) {
    session_.busy = true;
    if (abandon) executor_.abandoned_on_interrupt.insert(&session_);
  }
  ~Lease() {
    session_.busy = false;
    executor_.abandoned_on_interrupt.erase(&session_);
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Session& session() { return session_; }
  bool abandons() const { return abandon_; }

 private:
  Executor::Context& executor_;
  std::shared_ptr<void> owner_;
  Session& session_;
  bool abandon_;
};

}  // namespace

void Client::Connections::trace_exchange(const Endpoint& endpoint, const Request& request, const Reply& reply,
                                         Milliseconds took) const {
  if (!options.trace) return;
  std::string line = request.method + " " + endpoint.url() + request.target + " -> ";
  if (const auto* response = std::get_if<Response>(&reply)) {
    line += std::to_string(response->status) + ", " + std::to_string(response->body_size) + " bytes";
  } else {
    line += std::get<TransportError>(reply).text;
  }
  options.trace(1, line + ", " + std::to_string(took.count()) + " ms");
}

asio::awaitable<Reply> Client::Connections::exchange(Session& session, const Endpoint& endpoint,
                                                     const Request& request) {
  const auto start = Clock::now();
  Reply reply = co_await session.exchange(endpoint, request);
  trace_exchange(endpoint, request, reply, std::chrono::duration_cast<Milliseconds>(Clock::now() - start));
  co_return reply;
}

namespace {

/// Until it is this request's turn. False where `given_up` said before that it is not to be sent any more.
template <class Connections>
asio::awaitable<bool> has_its_turn(std::shared_ptr<Connections> connections, std::string host,
                                   std::function<bool()> given_up) {
  const auto pace = connections->options.pace;
  if (!pace) co_return true;
  auto& executor = connections->executor.context();
  asio::steady_timer timer(executor.io);
  const auto turn = pace->reserve(host, Clock::now());
  for (auto now = Clock::now(); now < turn; now = Clock::now()) {
    if (given_up()) co_return false;
    const auto slice = now + Milliseconds(100);  // so that a signal is noticed soon
    timer.expires_at(std::min(turn, slice));
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return true;
}

/// Both are held by the coroutine itself: whoever asked may have left.
template <class Connections, class Pending>
asio::awaitable<void> exchange_once(std::shared_ptr<Connections> connections,
                                    std::shared_ptr<Pending> pending, std::shared_ptr<Lease> lease) {
  const std::string host = pending->endpoint.authority();
  auto& executor = connections->executor.context();
  const bool abandons = lease->abandons();
  std::function<bool()> given_up = [&executor, abandons] { return abandons && executor.interrupted(); };
  const bool goes_on = co_await has_its_turn(connections, host, std::move(given_up));
  if (!goes_on) co_return;  // the reply says so already
  pending->reply = co_await connections->exchange(lease->session(), pending->endpoint, pending->request);
}

/// `failed`: the first exception of the workload, after which nothing more is sent over any connection.
template <class Connections>
asio::awaitable<void> work(std::shared_ptr<Connections> connections, std::shared_ptr<Lease> lease,
                           const Endpoint& endpoint, Workload& workload, const std::exception_ptr& failed) {
  auto& executor = connections->executor.context();
  asio::steady_timer timer(executor.io);
  while (!failed) {
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
    const std::string host = endpoint.authority();
    std::function<bool()> given_up = [&executor, &failed] { return failed || executor.interrupted(); };
    const bool goes_on = co_await has_its_turn(connections, host, std::move(given_up));
    Reply reply = TransportError{TransportFailure::closed, false, "interrupted before it was sent"};
    if (goes_on) reply = co_await connections->exchange(lease->session(), endpoint, job.request);
    workload.replied(job.ticket, std::move(reply));
  }
}

}  // namespace

Client::Client(Executor& executor, ClientOptions options)
    : connections_(std::make_shared<Connections>(executor, std::move(options))) {}

Client::~Client() {
  connections_->options.trace = nullptr;
  for (const auto& session : connections_->sessions)
    if (session->busy) session->abort();
}

std::shared_ptr<Client::Pending> Client::start(const Endpoint& endpoint, const Request& request,
                                               OnInterrupt on_interrupt) {
  const auto interrupted_error = TransportError{TransportFailure::interrupted, false, "interrupted"};
  auto pending = std::make_shared<Pending>(Pending{endpoint, request, interrupted_error, nullptr});
  const bool abandon = on_interrupt == OnInterrupt::abandon;
  if (abandon && interrupted()) {
    pending->open = 0;
    return pending;
  }
  auto& context = connections_->executor.context();
  auto lease = std::make_shared<Lease>(context, connections_, connections_->idle_session(), abandon);
  asio::co_spawn(context.io, exchange_once(connections_, pending, std::move(lease)),
                 [pending](std::exception_ptr error) {
                   pending->failed = error;
                   pending->open = 0;
                 });
  return pending;
}

Reply Client::finish(const std::shared_ptr<Pending>& pending) {
  connections_->executor.context().run_until_done(pending->open);
  if (pending->failed) std::rethrow_exception(pending->failed);
  return std::move(pending->reply);
}

Reply Client::send(const Endpoint& endpoint, const Request& request, OnInterrupt on_interrupt) {
  return finish(start(endpoint, request, on_interrupt));
}

void Client::run(const Endpoint& endpoint, Workload& workload, std::size_t connections) {
  std::size_t open = connections;
  std::exception_ptr failed;
  auto& context = connections_->executor.context();
  for (std::size_t i = 0; i < connections; ++i) {
    auto lease = std::make_shared<Lease>(context, connections_, connections_->idle_session(), false);
    asio::co_spawn(context.io, work(connections_, std::move(lease), endpoint, workload, failed),
                   [&](std::exception_ptr error) {
                     if (!failed) failed = error;
                     --open;
                   });
  }
  context.run_until_done(open);
  if (failed) std::rethrow_exception(failed);
}

bool Client::wait(Milliseconds time) { return connections_->executor.wait(time); }

bool Client::interrupted() const { return connections_->executor.interrupted(); }

void Client::on_interrupt(std::function<void()> told) {
  connections_->executor.on_interrupt(std::move(told));
}

std::size_t Client::max_response() const { return connections_->options.max_response; }

const ConnectionFacts& Client::facts() const { return connections_->facts; }

}  // namespace hookferry
