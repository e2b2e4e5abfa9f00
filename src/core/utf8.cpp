#include "core/utf8.hpp"

namespace hookferry {
namespace {

bool continues(std::string_view text, std::size_t at, unsigned char low = 0x80, unsigned char high = 0xBF) {
  if (at >= text.size()) return false;
  const auto c = static_cast<unsigned char>(text[at]);
  return c >= low && c <= high;
}

bool tail(std::string_view text, std::size_t from, std::size_t length) {
  for (std::size_t i = from; i < length; ++i)
    if (!continues(text, i)) return false;
  return true;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  const auto c = static_cast<unsigned char>(text[0]);
  if (c < 0x80) return 1;
  if (c >= 0xC2 && c <= 0xDF) return tail(text, 1, 2) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) {
    const unsigned char low = c == 0xE0 ? 0xA0 : 0x80;
    const unsigned char high = c == 0xED ? 0x9F : 0xBF;
    return continues(text, 1, low, high) && tail(text, 2, 3) ? 3 : 0;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    const unsigned char low = c == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = c == 0xF4 ? 0x8F : 0xBF;
    return continues(text, 1, low, high) && tail(text, 2, 4) ? 4 : 0;
  }
  return 0;
}

std::optional<std::uint32_t> lone_surrogate(std::string_view text) {
  if (text.empty() || text[0] != '\xED' || !continues(text, 1, 0xA0, 0xBF) || !continues(text, 2))
    return std::nullopt;
  const auto bits = [&](std::size_t at) { return static_cast<std::uint32_t>(text[at]) & 0x3F; };
  return 0xD000 | (bits(1) << 6) | bits(2);
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto byte = [&out](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (code_point < 0x80) {
    byte(code_point);
  } else if (code_point < 0x800) {
    byte(0xC0 | (code_point >> 6));
    byte(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    byte(0xE0 | (code_point >> 12));
    byte(0x80 | ((code_point >> 6) & 0x3F));
    byte(0x80 | (code_point & 0x3F));
  } else {
    byte(0xF0 | (code_point >> 18));
    byte(0x80 | ((code_point >> 12) & 0x3F));
    byte(0x80 | ((code_point >> 6) & 0x3F));
    byte(0x80 | (code_point & 0x3F));
  }
}

}  // namespace hookferry
