#include "json/element_stream.hpp"

#include <algorithm>
#include <utility>

#include "core/utf8.hpp"
#include "json/plain_run.hpp"

namespace hookferry::json {
namespace {

constexpr std::string_view space = " \t\r\n";

[[noreturn]] void no_array(std::size_t at, const std::string& but = {}) {
  throw SyntaxError("no JSON array: byte " + std::to_string(at + 1) + ": expected '['" + but, at);
}

[[noreturn]] void not_json(const std::string& expected, std::size_t at) {
  throw SyntaxError("not JSON: byte " + std::to_string(at + 1) + ": expected " + expected, at);
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(space);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(space) - first + 1);
}

}  // namespace

void ElementStream::begin() {
  place_ = Place::before;
  text_.clear();
  scanned_ = begin_ = bytes_ = count_ = depth_ = 0;
  in_string_ = escaped_ = false;
  failure_ = nullptr;
}

void ElementStream::take(std::string_view piece) {
  if (failure_) return;
  try {
    bytes_ += piece.size();
    text_ += piece;
    scan();
  } catch (...) {
    failure_ = std::current_exception();  // told at the end: whoever brings the pieces cannot help it
    text_ = std::string();
  }
}

void ElementStream::end() {
  if (failure_) std::rethrow_exception(failure_);
  if (place_ == Place::before) no_array(bytes_, ", but the text ends there");
  if (place_ == Place::in_array) not_json("',' or ']', but the text ends there", bytes_);
}

/// What is between the brackets and commas of the array is checked when it is an element.
void ElementStream::scan() {
  const bool at_begin = scanned_ == 0 && bytes_ == text_.size();
  if (at_begin && byte_order_mark.starts_with(text_)) return;  // it may become one
  if (at_begin && text_.starts_with(byte_order_mark)) scanned_ = byte_order_mark.size();
  const auto* const first = text_.data();
  const auto* const end = first + text_.size();
  const auto* at = first + scanned_;
  while (at != end) {
    if (in_string_)
      at = scan_string(at, end);
    else
      scan_structure(*at, static_cast<std::size_t>(at - first)), ++at;
  }
  const auto kept = place_ == Place::in_array ? begin_ : text_.size();
  text_.erase(0, kept);
  begin_ = 0;
  scanned_ = text_.size();
}

const char* ElementStream::scan_string(const char* at, const char* end) {
  if (std::exchange(escaped_, false)) return at + 1;
  at = skip_plain(at, end);
  if (at == end) return at;
  escaped_ = *at == '\\';
  in_string_ = *at != '"';
  return at + 1;
}

void ElementStream::scan_structure(char sign, std::size_t at) {
  if (place_ != Place::in_array) {
    if (space.find(sign) != std::string_view::npos) return;
    if (place_ == Place::behind) not_json("the end of the text", offset(at));
    if (sign != '[') no_array(offset(at));
    place_ = Place::in_array;
    begin_ = at + 1;
    return;
  }
  switch (sign) {
    case '"':
      in_string_ = true;
      break;
    case '{':
    case '[':
      ++depth_;
      break;
    case '}':
    case ']':
      if (depth_ > 0)
        --depth_;
      else
        end_element(at, true);
      break;
    case ',':
      if (depth_ == 0) end_element(at, false);
      break;
    default:
      break;
  }
}

void ElementStream::end_element(std::size_t at, bool last) {
  const auto element = trimmed(std::string_view(text_).substr(begin_, at - begin_));
  begin_ = at + 1;
  if (last) place_ = Place::behind;
  if (last && text_[at] == '}') not_json("',' or ']'", offset(at));
  if (element.empty() && last && count_ == 0) return;
  ++count_;
  ParseLimits of_element;
  of_element.nodes = limits_.nodes_of_element;
  if (const auto excess = excess_of(limits_, count_, element))
    throw BeyondLimits("JSON that " + *excess, offset(at));
  const auto where = [&] { return ", in its element " + std::to_string(count_); };
  try {
    document_.reparse(element, of_element);
  } catch (const BeyondLimits& error) {
    throw BeyondLimits(error.what() + where(), offset(at));
  } catch (const SyntaxError& error) {
    throw SyntaxError(error.what() + where(), offset(at));
  }
  call_(document_.root());
}

}  // namespace hookferry::json
