// Lines of a report for a screen: in colour or not, none wider than it. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include "core/help_text.hpp"

namespace hookferry {

enum class Tone { plain, good, changed, bad, dim };

class Page {
 public:
  Page(bool color, std::size_t width) : color_(color), width_(width) {}

  std::size_t width() const { return width_; }
  void line(Tone tone, const std::string& text) { text_ += paint(tone, text) + "\n"; }
  /// Broken at spaces; what does not stand in the first line stands below `column`.
  void flow(Tone tone, const std::string& text, std::size_t column = 0) {
    const auto lines = wrapped(text.substr(text.find_first_not_of(' ')),
                               std::string(text.find_first_not_of(' '), ' '), column, width_);
    for (std::size_t at = 0; at < lines.size();) {
      const auto end = lines.find('\n', at);
      line(tone, lines.substr(at, end - at));
      at = end + 1;
    }
  }
  /// The same, but only behind a comma or a semicolon: a count stays beside what it counts.
  void flow_counts(Tone tone, const std::string& text, std::size_t column) {
    constexpr char held = '\x01';
    std::string whole = text;
    for (std::size_t i = 1; i < whole.size(); ++i)
      if (whole[i] == ' ' && whole[i - 1] != ',' && whole[i - 1] != ';') whole[i] = held;
    const auto lines = wrapped(whole, "", column, width_);
    for (std::size_t at = 0; at < lines.size();) {
      const auto end = lines.find('\n', at);
      auto one = lines.substr(at, end - at);
      std::replace(one.begin(), one.end(), held, ' ');
      line(tone, one);
      at = end + 1;
    }
  }
  void blank() { text_ += "\n"; }
  std::string str() && { return std::move(text_); }

 private:
  std::string paint(Tone tone, const std::string& text) const {
    if (!color_ || tone == Tone::plain) return text;
    const char* code = tone == Tone::good      ? "32"
                       : tone == Tone::changed ? "33"
                       : tone == Tone::bad     ? "31"
                                               : "2";
    return "\x1b[" + std::string(code) + "m" + text + "\x1b[0m";
  }
  bool color_;
  std::size_t width_;
  std::string text_;
};

}  // namespace hookferry
