#include "core/clock.hpp"

#include <array>
#include <chrono>

namespace hookferry {

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string utc_text(std::time_t seconds, const char* form) {
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), form, &utc)};
}

}  // namespace hookferry
