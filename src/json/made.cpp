#include "json/made.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "json/text.hpp"

namespace hookferry::json {
namespace {

/// The only member of what stands for a carried text: no name that is made is that.
constexpr const char* carried_text = "\x1f carried";

const boost::json::string* text_carried_by(const boost::json::object& object) {
  const auto* text = object.size() == 1 ? object.if_contains(carried_text) : nullptr;
  return text != nullptr ? text->if_string() : nullptr;
}

class Writer {
 public:
  explicit Writer(bool in_lines) : in_lines_(in_lines) { text.reserve(256); }

  std::string text;

  /// `indent`: of the line that it begins in.
  void add(const boost::json::value& value, std::size_t indent) {
    if (const auto* object = value.if_object()) return add_object(*object, indent);
    if (const auto* array = value.if_array())
      return add_all('[', *array, ']', indent, [&](const auto& element) { add(element, indent + 2); });
    if (const auto* string = value.if_string()) return append_encoded(text, *string);
    if (const auto* number = value.if_int64())
      text += std::to_string(*number);
    else if (const auto* count = value.if_uint64())
      text += std::to_string(*count);
    else
      text += boost::json::serialize(value);
  }

 private:
  void add_object(const boost::json::object& object, std::size_t indent) {
    if (const auto* carries = text_carried_by(object)) return add_carried(*carries, indent);
    add_all('{', object, '}', indent, [&](const auto& member) {
      append_encoded(text, member.key());
      text += in_lines_ ? ": " : ":";
      add(member.value(), indent + 2);
    });
  }

  void add_carried(std::string_view json_text, std::size_t indent) {
    if (in_lines_)
      append_pretty(text, json_text, indent);
    else
      text += compact(Document::over(json_text).root());
  }

  template <class Elements, class Add>
  void add_all(char open, const Elements& elements, char close, std::size_t indent, Add add_one) {
    text += open;
    bool first = true;
    for (const auto& element : elements) {
      if (!std::exchange(first, false)) text += ',';
      begin_line(indent + 2);
      add_one(element);
    }
    if (!first) begin_line(indent);
    text += close;
  }

  void begin_line(std::size_t indent) {
    if (in_lines_) text.append("\n").append(indent, ' ');
  }

  bool in_lines_;
};

std::string written(const boost::json::value& made, bool in_lines) {
  Writer writer(in_lines);
  writer.add(made, 0);
  return std::move(writer.text);
}

}  // namespace

boost::json::value carried(std::string json_text) { return {{carried_text, std::move(json_text)}}; }

boost::json::value or_null(const std::optional<std::int64_t>& number) {
  return number ? boost::json::value(*number) : boost::json::value();
}

boost::json::value or_null(const std::string& text) {
  return text.empty() ? boost::json::value() : boost::json::value(text);
}

std::string pretty(const boost::json::value& made) { return written(made, true); }

std::string compact(const boost::json::value& made) { return written(made, false); }

}  // namespace hookferry::json
