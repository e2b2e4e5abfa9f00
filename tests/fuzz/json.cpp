// The lossless pass over JSON and the rewriting of strings in it.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/text.hpp"
#include "fuzz/fuzz.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using fuzz::promise;

namespace {

std::vector<json::Edit> edits_of(std::string_view text) {
  return json::edit_strings(text,
                            [](std::string_view part) { return rewrite_hosts(part, fuzz::rewrites()); });
}

/// What an edit takes away is a host that is to be rewritten, in whatever spelling, and nothing around it.
bool takes_a_host(std::string_view text, const json::Edit& edit) {
  auto taken = std::string(text.substr(edit.begin, edit.end - edit.begin));
  // As deep as it is quoted: each level may have put escapes around the letters.
  for (int i = 0; i < 8 && fuzz::rewrites().find(taken) == nullptr; ++i) {
    const auto literal = json::Document::try_parse('"' + taken + '"');
    if (!literal) return false;
    taken = literal->root().string();
  }
  return fuzz::rewrites().find(taken) != nullptr;
}

/// What an array's text gives in pieces of that size; nothing where it is none.
std::optional<std::vector<std::string>> in_pieces(std::string_view text, std::size_t size) {
  std::vector<std::string> out;
  json::ElementStream stream({}, [&](const json::Value& element) { out.emplace_back(element.text()); });
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) stream.take(text.substr(0, size));
  try {
    stream.end();
  } catch (const json::SyntaxError&) {
    return std::nullopt;
  }
  return out;
}

void check_pieces(std::string_view text, const std::optional<json::Document>& document) {
  // A byte order mark is passed over in the one, and the depth counts from the array in the other.
  if (text.starts_with(byte_order_mark.front()) || text.size() > 2 * json::max_depth) return;
  std::optional<std::vector<std::string>> whole;
  if (document && document->root().is(json::Kind::array)) {
    whole.emplace();
    for (const auto& element : document->root().elements()) whole->emplace_back(element.text());
  }
  for (const std::size_t size : {1U, 3U, 1000U})
    promise(in_pieces(text, size) == whole, "pieces make no difference");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto document = json::Document::try_parse(text);
  const auto edits = edits_of(text);
  const auto rewritten = json::apply(text, edits);
  for (const auto& edit : edits) promise(takes_a_host(text, edit), "only hosts are rewritten");
  promise(edits_of(rewritten).empty(), "rewriting is done in one go");
  promise(json::Document::try_parse(rewritten).has_value() == document.has_value(),
          "what was JSON stays JSON, what was none becomes none");
  check_pieces(text, document);
  if (!document) return 0;
  const auto root = document->root();
  const auto canonical = json::canonical(root);
  for (const auto& spelled : {json::pretty(root), json::compact(root), canonical}) {
    const auto again = json::Document::try_parse(spelled);
    promise(again.has_value(), "what is laid out is JSON");
    promise(json::canonical(again->root()) == canonical, "a value is the same in every layout");
  }
  return 0;
}
