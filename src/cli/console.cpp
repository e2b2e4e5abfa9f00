#include "cli/console.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "core/files.hpp"

namespace hookferry {

bool understands_escapes(int descriptor) {
  const auto* kind = std::getenv("TERM");
  return ::isatty(descriptor) != 0 && (kind == nullptr || std::string_view(kind) != "dumb");
}

void Console::clear_held() {
  if (progress_stands_) std::fputs("\r\x1b[K", stderr);
  progress_stands_ = false;
}

void Console::clear() {
  const std::lock_guard lock(mutex_);
  clear_held();
}

void Console::line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear_held();
  const std::string whole = text + "\n";
  std::fwrite(whole.data(), 1, whole.size(), stderr);
}

void Console::out(const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear_held();
  write_stdout(text);
}

void Console::progress(std::size_t done, std::size_t all, std::string_view of_what) {
  if (!understands_escapes(STDERR_FILENO)) return;
  constexpr std::size_t width = 30;
  const auto filled = all == 0 ? width : done * width / all;
  const auto bar = std::string(filled, '#') + std::string(width - filled, '.');
  const auto text =
      "\r[" + bar + "] " + std::to_string(done) + " of " + std::to_string(all) + " " + std::string(of_what);
  const std::lock_guard lock(mutex_);
  std::fwrite(text.data(), 1, text.size(), stderr);
  progress_stands_ = true;
}

}  // namespace hookferry
