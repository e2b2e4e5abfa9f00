#include "net/echo.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

namespace hookferry {
namespace {

/// A text and, for each of its bytes, where in the original it comes from.
struct Layer {
  std::string text;
  std::vector<std::size_t> begin;
  std::size_t end = 0;  ///< of the original

  std::size_t end_of(std::size_t i) const {
    const auto next = std::upper_bound(begin.begin(), begin.end(), begin[i]);
    return next == begin.end() ? end : *next;
  }
  void add(std::string_view bytes, std::size_t from) {
    text += bytes;
    begin.insert(begin.end(), bytes.size(), from);
  }
};

struct Unit {
  std::string bytes;
  std::size_t length;  ///< in the encoded text
};
using Decoder = std::optional<Unit> (*)(std::string_view);

std::optional<std::uint32_t> number(std::string_view digits, int base) {
  std::uint32_t out = 0;
  if (digits.empty() || digits.size() > 8) return std::nullopt;
  const auto* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, out, base);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return out;
}

std::string utf8(std::uint32_t c) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | (c >> 6)), byte(0x80 | (c & 0x3F))};
  return {byte(0xE0 | ((c >> 12) & 0x0F)), byte(0x80 | ((c >> 6) & 0x3F)), byte(0x80 | (c & 0x3F))};
}

/// `\/`, `\u002f`, `\x2f`.
std::optional<Unit> backslash(std::string_view text) {
  if (text.size() < 2 || text[0] != '\\') return std::nullopt;
  for (const auto& [letter, size] : {std::pair('u', std::size_t{4}), std::pair('x', std::size_t{2})})
    if (text[1] == letter && text.size() >= 2 + size)
      if (const auto code = number(text.substr(2, size), 16)) return Unit{utf8(*code), 2 + size};
  return Unit{std::string(1, text[1]), 2};
}

/// `%2F`.
std::optional<Unit> percent(std::string_view text) {
  if (text.size() < 3 || text[0] != '%') return std::nullopt;
  const auto code = number(text.substr(1, 2), 16);
  if (!code) return std::nullopt;
  return Unit{std::string(1, static_cast<char>(static_cast<unsigned char>(*code))), 3};
}

/// `&#47;`, `&#x2f;`, `&amp;`.
std::optional<Unit> reference(std::string_view text) {
  const auto end = text.substr(0, 12).find(';');
  if (text[0] != '&' || end == std::string_view::npos) return std::nullopt;
  const auto name = text.substr(1, end - 1);
  constexpr std::array<std::pair<std::string_view, char>, 5> names = {
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [known, c] : names)
    if (name == known) return Unit{std::string(1, c), end + 1};
  if (!name.starts_with('#')) return std::nullopt;
  const bool hex = name.starts_with("#x") || name.starts_with("#X");
  const auto code = number(name.substr(hex ? 2 : 1), hex ? 16 : 10);
  if (!code) return std::nullopt;
  return Unit{utf8(*code), end + 1};
}

/// Nothing where it holds none of these escapes.
std::optional<Layer> decoded(const Layer& layer, char mark, Decoder decode) {
  if (layer.text.find(mark) == std::string::npos) return std::nullopt;
  Layer out;
  out.end = layer.end;
  for (std::size_t i = 0; i < layer.text.size();) {
    const auto unit = layer.text[i] == mark ? decode(std::string_view(layer.text).substr(i)) : std::nullopt;
    out.add(unit ? std::string_view(unit->bytes) : std::string_view(layer.text).substr(i, 1), layer.begin[i]);
    i += unit ? unit->length : 1;
  }
  return out;
}

struct Span {
  std::size_t begin, end;
};

void find_all(const Layer& layer, std::string_view secret, int layers_left, std::vector<Span>& out) {
  for (auto at = layer.text.find(secret); at != std::string::npos; at = layer.text.find(secret, at + 1))
    out.push_back({layer.begin[at], layer.end_of(at + secret.size() - 1)});
  if (layers_left == 0) return;
  for (const auto& [mark, decode] :
       {std::pair<char, Decoder>('\\', backslash), std::pair<char, Decoder>('%', percent),
        std::pair<char, Decoder>('&', reference)})
    if (const auto next = decoded(layer, mark, decode)) find_all(*next, secret, layers_left - 1, out);
}

}  // namespace

std::string without_echo(std::string_view text, const Secret& secret) {
  if (secret.empty()) return std::string(text);
  Layer original;
  original.text = text;
  original.end = text.size();
  for (std::size_t i = 0; i < text.size(); ++i) original.begin.push_back(i);
  constexpr int layers = 3;
  std::vector<Span> found;
  find_all(original, secret.reveal(), layers, found);
  std::sort(found.begin(), found.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::string out;
  std::size_t at = 0;
  for (const auto& [begin, end] : found) {
    if (begin >= at) {
      out += text.substr(at, begin - at);
      out += "****";
    }
    at = std::max(at, end);
  }
  return out + std::string(text.substr(at));
}

}  // namespace hookferry
