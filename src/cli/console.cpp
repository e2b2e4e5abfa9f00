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

void Console::prompt(const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear_held();
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void Console::out(const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear_held();
  write_stdout(text);
}

void Console::status(const std::string& text) {
  const std::lock_guard lock(mutex_);
  const std::string whole = "\r" + text + "\x1b[K";
  std::fwrite(whole.data(), 1, whole.size(), stderr);
  progress_stands_ = true;
}

}  // namespace hookferry
