#include "core/columns.hpp"

#include <locale.h>
#include <wchar.h>

#include <algorithm>

namespace hookferry {
namespace {

/// The calling thread in a locale that knows UTF-8, whatever the user's is.
class Utf8Locale {
 public:
  Utf8Locale() : locale_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (locale_ != nullptr) before_ = ::uselocale(locale_);
  }
  ~Utf8Locale() {
    if (locale_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(locale_);
  }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t locale_;
  locale_t before_ = nullptr;
};

struct Character {
  std::size_t bytes;
  std::size_t cells;
};

/// The first of a text that is not empty, inside of a Utf8Locale.
Character first_of(std::string_view text) {
  mbstate_t state{};
  wchar_t wide = 0;
  const auto bytes = ::mbrtowc(&wide, text.data(), text.size(), &state);
  if (bytes == 0 || bytes > text.size()) return {1, 1};
  const auto cells = ::wcwidth(wide);
  return {bytes, cells < 0 ? 1 : static_cast<std::size_t>(cells)};
}

}  // namespace

std::size_t display_width(std::string_view text) {
  const auto plain = [](char c) { return c >= ' ' && c <= '~'; };
  if (std::all_of(text.begin(), text.end(), plain)) return text.size();
  const Utf8Locale locale;
  std::size_t out = 0;
  while (!text.empty()) {
    const auto [bytes, cells] = first_of(text);
    out += cells;
    text.remove_prefix(bytes);
  }
  return out;
}

std::string padded(std::string_view text, std::size_t cells) {
  const auto width = display_width(text);
  return std::string(text) + std::string(width < cells ? cells - width : 1, ' ');
}

std::string in_cells(std::string_view text, std::size_t cells) {
  const auto width = display_width(text);
  if (width <= cells) return std::string(text) + std::string(cells - width, ' ');
  if (cells == 0) return {};
  const Utf8Locale locale;
  std::size_t taken = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto next = first_of(text.substr(at));
    if (taken + next.cells > cells - 1) break;
    taken += next.cells;
    at += next.bytes;
  }
  return std::string(text.substr(0, at)) + "…" + std::string(cells - 1 - taken, ' ');
}

}  // namespace hookferry
