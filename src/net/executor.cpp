#include "net/executor.hpp"

#include <fcntl.h>

#include <cerrno>
#include <cstring>

#include "core/failure.hpp"
#include "net/executor_context.hpp"
#include "net/session.hpp"

namespace hookferry {
namespace {

using boost::system::error_code;

/// A descriptor of one's own for the same event: whoever owns it may close it.
int duplicate(int descriptor) {
  const int out = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (out < 0)
    throw Failure(Cause::incomplete, std::string("cannot make a descriptor: ") + std::strerror(errno),
                  "the process needs more open files (ulimit -n)");
  return out;
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
  for (auto* session : abandoned_on_interrupt) session->abort();
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

Executor::Executor(const Interrupts& interrupts) try : context_(std::make_unique<Context>(interrupts)) {
} catch (const boost::system::system_error& error) {
  throw Failure(Cause::incomplete, "cannot wait for the network: " + error.code().message(),
                "the process needs more open files (ulimit -n)");
}

Executor::~Executor() {
  // The end of the context would wait for a look-up that hangs.
  if (context_->lookups > 0) static_cast<void>(context_.release());
}

bool Executor::wait(Milliseconds time) {
  std::size_t open = 1;
  bool elapsed = false;
  context_->pause.expires_after(time);
  context_->pause.async_wait([&](const error_code& error) {
    elapsed = !error;
    --open;
  });
  context_->run_until_done(open);
  return elapsed;
}

bool Executor::interrupted() const { return context_->interrupted(); }

void Executor::on_interrupt(std::function<void()> told) { context_->on_interrupt = std::move(told); }

}  // namespace hookferry
