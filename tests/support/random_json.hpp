// Random JSON texts, in every spelling that the grammar allows; one seed gives one text.
#pragma once

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>

namespace hookferry::test {

class RandomJson {
 public:
  explicit RandomJson(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_()) % limit; }

  /// With white space around it.
  std::string document() { return space() + value() + space(); }
  /// The same, of an array.
  std::string array_document() { return space() + container(true, 0) + space(); }

  std::string value(int depth = 0) {
    const auto form = below(depth > 3 ? 2 : 4);
    if (form == 0) return std::string(scalars_.at(below(scalars_.size())));
    return form == 1 ? string() : container(form == 2, depth);
  }

  /// With its quotes. Runs that are longer than a register among its characters.
  std::string string() {
    std::string out = "\"";
    for (auto pieces = below(5); pieces > 0; --pieces)
      out += below(2) == 0 ? std::string(below(40), static_cast<char>('a' + below(26)))
                           : std::string(pieces_.at(below(pieces_.size())));
    return out + '"';
  }

  std::string space() {
    std::string out;
    if (below(3) == 0)
      for (auto count = below(4); count > 0; --count) out += " \t\r\n"[below(4)];
    return out;
  }

 private:
  std::string container(bool array, int depth) {
    std::string out = array ? "[" : "{";
    out += space();
    for (std::size_t i = 0, count = below(5); i < count; ++i) {
      if (i > 0) out += space() + "," + space();
      if (!array) out += name() + space() + ":" + space();
      out += value(depth + 1) + space();
    }
    return out + (array ? "]" : "}");
  }

  std::string name() { return below(2) == 0 ? string() : std::string(names_.at(below(names_.size()))); }

  static constexpr std::array<std::string_view, 12> scalars_ = {
      "null", "true", "false", "0", "-0", "-12", "1.50", "1E+5", "-0.5e-3", "123456", "4711", "7"};
  static constexpr std::array<std::string_view, 19> pieces_ = {"\\\"",
                                                               "\\\\",
                                                               "\\/",
                                                               "\\b",
                                                               "\\f",
                                                               "\\n",
                                                               "\\r",
                                                               "\\t",
                                                               "\\u0041",
                                                               "\\u00e9",
                                                               "\\u20AC",
                                                               "\\u0000",
                                                               "\\ud83d\\ude00",
                                                               "\\uDBFF\\uDFFF",
                                                               "\u00e9",
                                                               "\u20ac",
                                                               "\U0001F600",
                                                               "\x7F",
                                                               " : , [ { "};
  static constexpr std::array<std::string_view, 6> names_ = {R"("a")", R"("\u0061")", R"("b")",
                                                             R"("")",  R"("A")",      R"("aa")"};
  std::mt19937 random_;
};

}  // namespace hookferry::test
