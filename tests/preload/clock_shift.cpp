// Preloaded into the binary under test: while the file that CLOCK_SHIFT_FILE names is there, the wall clock
// shows an hour less. The clocks that never go back are left alone.
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace {

constexpr time_t an_hour = 3600;

time_t shift() {
  const auto* file = std::getenv("CLOCK_SHIFT_FILE");
  return file != nullptr && ::access(file, F_OK) == 0 ? an_hour : 0;
}

template <class Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) noexcept {
  static const auto call = real<int (*)(clockid_t, timespec*)>("clock_gettime");
  const int result = call(clock, out);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) out->tv_sec -= shift();
  return result;
}

int gettimeofday(timeval* __restrict out, void* __restrict zone) noexcept {
  static const auto call = real<int (*)(timeval*, void*)>("gettimeofday");
  const int result = call(out, zone);
  if (result == 0) out->tv_sec -= shift();
  return result;
}

time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
}
