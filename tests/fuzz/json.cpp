// The lossless pass over JSON and the rewriting of strings in it.
#include "fuzz/fuzz.hpp"
#include "json/document.hpp"
#include "json/strings.hpp"
#include "json/text.hpp"

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
