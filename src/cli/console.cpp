#include "cli/console.hpp"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <system_error>

#include <fmt/format.h>
#include <boost/algorithm/string/replace.hpp>

#include "core/files.hpp"
#include "core/layout.hpp"
#include "core/process.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::cli {

bool understands_escapes(int descriptor) {
  return ::isatty(descriptor) != 0 && environment("TERM") != "dumb";
}

ScreenSize screen_size(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_row, size.ws_col};
}

std::size_t page_width() {
  constexpr std::size_t usual = 80, narrowest = 40;
  const auto columns = screen_size(STDOUT_FILENO).columns;
  return columns == 0 ? usual : std::max(columns, narrowest);
}

void Console::clear_held() {
  if (progress_stands_) std::fputs("\r\x1b[K", stderr);
  progress_stands_ = false;
}

void Console::clear() {
  const std::lock_guard lock(mutex_);
  clear_held();
}

void Console::line(const std::string& text) { prompt(text + "\n"); }

void Console::hide_if_key(const std::string& value) {
  constexpr std::size_t shortest_key = 20;
  if (value.find("://") != std::string::npos) return;  // URLs are masked wherever they are shown
  std::filesystem::path way;
  for (const auto& step : std::filesystem::path(value)) {
    way /= step;
    if (is_there(way)) continue;  // what is there is no key
    for (const auto& part : {step.string(), step.stem().string()})
      if (part.size() >= shortest_key &&
          (secrets::is_uuid(part) || !secrets::token_in(part, secrets::Strictness::lenient).empty()))
        hidden_.emplace(part, secrets::mask_secret(part));
  }
}

std::string Console::without_keys(std::string text) const {
  for (const auto& [key, mask] : hidden_) boost::replace_all(text, key, mask);
  return text;
}

std::string Console::on_screen(const std::string& text) {
  const auto columns = ::isatty(STDERR_FILENO) != 0 ? screen_size(STDERR_FILENO).columns : 0;
  if (columns == 0 || display_width(text) < columns) return text;
  auto out = wrapped(text, "", 2, columns - 1);
  while (out.ends_with('\n')) out.pop_back();
  return out;
}

void Console::error(const std::string& text) { line(on_screen("hookferry: error: " + without_keys(text))); }

void Console::prompt(const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear_held();
  std::fwrite(text.data(), 1, text.size(), stderr);
}

void Console::out(const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear_held();
  has_output_ = true;
  write_stdout(text);
}

void Console::status(const std::string& text) {
  const std::lock_guard lock(mutex_);
  const std::string whole = "\r" + text + "\x1b[K";
  std::fwrite(whole.data(), 1, whole.size(), stderr);
  progress_stands_ = true;
}

namespace {

constexpr auto frame = std::chrono::milliseconds(100);
constexpr double longest_without_a_line = 0.5;
constexpr std::chrono::seconds first_silence{5}, longest_silence{60};

/// "12 s", "3 min 5 s"
std::string time_text(double seconds) {
  const auto whole = static_cast<long>(std::ceil(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string count_text(const StageView& view) {
  if (view.all == 0) return view.seconds >= 1 ? time_text(std::floor(view.seconds)) : std::string();
  const auto out = fmt::format("{} of {} {}", view.done, view.all, view.of_what);
  if (view.done == 0 || view.seconds < 0.5 || view.done >= view.all) return out;
  const auto rate = static_cast<double>(view.done) / view.seconds;
  return fmt::format("{}, {:.{}f}/s, {} left", out, rate, rate >= 10 ? 0 : 1,
                     time_text(static_cast<double>(view.all - view.done) / rate));
}

std::string bar(std::size_t done, std::size_t all, std::size_t width) {
  const auto filled = done * width / all;
  return "[" + std::string(filled, '#') + std::string(width - filled, '.') + "] ";
}

}  // namespace

std::string stage_text(const StageView& view) {
  const auto count = count_text(view);
  return view.what + (count.empty() ? "" : (view.all > 0 ? ": " : ", ") + count) +
         (view.reason.empty() ? "" : " - " + view.reason);
}

std::string stage_line(const StageView& view, std::size_t width) {
  constexpr std::size_t widest_bar = 20, narrowest_bar = 8, around_bar = 3;
  auto text = stage_text(view);
  if (view.all > 0 && display_width(text) + narrowest_bar + around_bar >= width) {
    // What is done has been said before; how far it is has not.
    text = count_text(view) + (view.reason.empty() ? "" : " - " + view.reason);
  }
  // The last column stays free: some terminals begin a new line there.
  const auto taken = display_width(text) + around_bar + 1;
  if (view.all > 0 && taken + narrowest_bar <= width)
    return bar(std::min(view.done, view.all), view.all, std::min(widest_bar, width - taken)) + text;
  return width < 2 || display_width(text) < width ? text : in_cells(text, width - 1);
}

Progress::~Progress() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  if (drawer_.joinable()) drawer_.join();
}

void Progress::stage(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (console_ == nullptr || (stage_ && stage_->what == what)) return;
  stage_.emplace();
  stage_->what = what;
  began_ = told_ = Clock::now();
  silence_ = first_silence;
  if (!drawer_.joinable()) {
    // The thread begins with all signals blocked, so that they go to the others.
    sigset_t all, before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      drawer_ = std::thread([this] { draw_until_stopped(); });
    } catch (const std::system_error&) {
      // Without a thread there is no progress line, and all else goes on.
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  changed_.notify_all();
}

void Progress::count(std::size_t done, std::size_t all, const std::string& of_what) {
  const std::lock_guard lock(mutex_);
  if (!stage_) return;
  stage_->done = done;
  stage_->all = all;
  stage_->of_what = of_what;
}

void Progress::reason(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (stage_) stage_->reason = why;
}

void Progress::stop() {
  {
    const std::lock_guard lock(mutex_);
    stage_.reset();
  }
  if (console_ != nullptr) console_->clear();
}

void Progress::draw_until_stopped() {
  std::unique_lock lock(mutex_);
  while (!ended_) {
    if (stage_)
      changed_.wait_for(lock, frame);
    else
      changed_.wait(lock);
    if (ended_ || !stage_) continue;
    draw();
  }
}

/// With the mutex held, so that nothing is drawn of a stage that is over.
void Progress::draw() {
  const auto now = Clock::now();
  auto view = *stage_;
  view.seconds = std::chrono::duration<double>(now - began_).count();
  if (view.seconds < longest_without_a_line) return;
  if (understands_escapes(STDERR_FILENO)) {
    const auto columns = screen_size(STDERR_FILENO).columns;
    return console_->status(stage_line(view, columns > 0 ? columns : 80));
  }
  if (now - told_ < silence_) return;
  told_ = now;
  silence_ = std::min(silence_ * 2, longest_silence);
  console_->line("hookferry: " + stage_text(view));
}

}  // namespace hookferry::cli
