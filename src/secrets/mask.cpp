#include <optional>

#include "secrets/secrets.hpp"

namespace hookferry::secrets {
namespace {

using json::Kind;

/// No key of an account is shorter.
constexpr std::size_t shortest_key = 16;

constexpr std::size_t shortest_known = 4;

constexpr std::string_view mark_begin = "«redacted:";
constexpr std::string_view mark_word =
    "redacted:";  ///< the part of it that every JSON writer leaves as it is
constexpr std::string_view mark_end = "»";

/// SHA-256 of 32 random bytes and `bytes`. The random bytes are drawn at the first call and never leave the
/// process. Equal texts have equal digests within one output, but these do not reveal the text, not even to
/// someone who tries likely texts.
Sha256 process_digest(std::string_view bytes) {
  static const std::string key = random_bytes(32);
  return sha256(key + std::string(bytes));
}

std::vector<json::Edit> edits_of(const Parts& secrets, std::string_view text, const InPlaceOf& in_place_of) {
  std::vector<json::Edit> out;
  for (const auto secret : secrets) {
    const auto begin = static_cast<std::size_t>(secret.data() - text.data());
    out.push_back({begin, begin + secret.size(), in_place_of(secret)});
  }
  return out;
}

std::optional<json::Document> json_inside(std::string_view text) {
  const auto start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  const auto first = text.substr(start, 1);
  return first == "{" || first == "[" || first == "\"" ? json::Document::try_over(text) : std::nullopt;
}

bool holds_mark(std::string_view text) {
  for (auto at = text.find(mark_begin); at != std::string_view::npos; at = text.find(mark_begin, at + 1))
    if (redaction_length(text.substr(at)) > 0) return true;
  return false;
}

/// Fields that are not JSON may hold a key anywhere, so that all of them count as one.
std::string masking_name(const json::Member& member) {
  auto name = member.key.string();
  if (name != "integration_type_fields" || !member.value.is(Kind::string)) return name;
  return json::Document::try_parse(member.value.string()) ? name : std::string(always_secret);
}

}  // namespace

std::string mask_secret(std::string_view secret) {
  if (is_redaction(secret)) return std::string(secret);
  const auto digest = process_digest(secret);
  return "***" + hex_digits(std::span(digest).first(3));
}

std::string mask_text(std::string_view text, const KnownSecrets& known) {
  auto secrets = secrets_of_text(text, Strictness::lenient);
  std::ranges::copy(known.find(text), std::back_inserter(secrets));
  return json::apply(text, edits_of(joined(std::move(secrets)), text, mask_secret));
}

std::string mask_alias(std::string_view alias, const InPlaceOf& in_place_of) {
  return json::apply(alias, edits_of(secrets_of_alias(alias), alias, in_place_of));
}

std::string mask_header(std::string_view line) {
  return json::apply(line, edits_of(secrets_of_headers(line, Strictness::lenient), line, mask_secret));
}

KnownSecrets::KnownSecrets(const std::vector<std::string>& values) {
  for (const auto& value : values)
    if (value.size() >= shortest_known) by_beginning_[value.substr(0, shortest_known)].push_back(value);
  for (auto& [beginning, known] : by_beginning_) {
    std::ranges::sort(
        known, [](const auto& a, const auto& b) { return std::pair(b.size(), b) < std::pair(a.size(), a); });
    known.erase(std::unique(known.begin(), known.end()), known.end());
  }
}

KnownSecrets KnownSecrets::of_json(std::string_view json_text) {
  std::vector<std::string> values;
  const auto document = json::Document::over(json_text);
  replace_secrets(document.root(), "", [&](std::string_view secret) {
    for (const auto& text : {std::string(secret), percent_decoded(secret)}) {
      values.push_back(text);
      for (std::string_view rest = text; !rest.empty();)
        values.emplace_back(next_part(rest, " \t\r\n/:;,&=?@'\""));
    }
    return std::string();
  });
  std::erase_if(values, [](const auto& value) { return is_no_secret(value, "", Strictness::lenient); });
  return KnownSecrets(values);
}

Parts KnownSecrets::find(std::string_view text) const {
  Parts out;
  if (by_beginning_.empty()) return out;
  std::string beginning;
  for (std::size_t at = 0; at + shortest_known <= text.size(); ++at) {
    const auto found = by_beginning_.find(beginning.assign(text, at, shortest_known));
    if (found == by_beginning_.end()) continue;
    const auto stands_here = [&](const std::string& value) { return text.substr(at).starts_with(value); };
    const auto longest = std::ranges::find_if(found->second, stands_here);
    if (longest == found->second.end()) continue;
    out.push_back(text.substr(at, longest->size()));
    at += longest->size() - 1;
  }
  return out;
}

std::string KnownSecrets::mask_json(const std::string& json_text) const {
  return json::apply(json_text, json::edit_strings(json_text, [&](std::string_view text) {
                       return edits_of(find(text), text, mask_secret);
                     }));
}

std::string mask_argument(std::string_view text) {
  if (text.find_first_not_of("-0123456789.") == std::string_view::npos) return std::string(text);
  // OLD=NEW of hosts or URLs: each half is one.
  auto behind = text;
  const auto before = next_part(behind, "=");
  if (before.find('?') == std::string_view::npos && looks_like_url(behind))
    return mask_argument(before) + "=" + mask_text(behind);
  const bool one_word = text.find_first_of(" /:=") == std::string_view::npos;
  if (one_word && text.size() < shortest_key && !has_token_prefix(text)) return std::string(text);
  return one_word && !reads_as_words(text) ? mask_secret(text) : mask_text(text);
}

std::string mask_json(const json::Value& value, std::string_view name) {
  auto edits = replace_secrets(value, name, mask_secret);
  for (auto& edit : edits) {
    edit.begin -= value.begin();
    edit.end -= value.begin();
  }
  return json::apply(value.text(), std::move(edits));
}

std::vector<json::Edit> replace_secrets(const json::Value& value, std::string_view name,
                                        const InPlaceOf& in_place_of, Strictness strictness) {
  const bool string = value.is(Kind::string);
  if (is_secret_name(name, strictness) && (string || value.is(Kind::number))) {
    const auto text = string ? value.string() : std::string(value.text());
    if (is_no_secret(text, name, strictness)) return {};
    return {{value.begin(), value.end(), json::encode(in_place_of(text))}};
  }
  if (string) {
    const auto decoded = json::decode_with_offsets(value.text());
    const auto& text = decoded.text;
    if (name == "uuid" && is_uuid(text)) return {};
    if (const auto inner = json_inside(text))
      return json::lift(replace_secrets(inner->root(), name, in_place_of, strictness), decoded,
                        value.begin());
    const auto secrets =
        is_headers(name) ? secrets_of_headers(text, strictness) : secrets_of_text(text, strictness);
    return json::lift(edits_of(secrets, text, in_place_of), decoded, value.begin());
  }
  auto children = value.elements();
  for (const auto& member : value.members()) children.push_back(member.value);
  const auto names = masking_names(value, name);
  std::vector<json::Edit> out;
  for (std::size_t i = 0; i < children.size(); ++i)
    for (auto& edit : replace_secrets(children[i], names[i], in_place_of, strictness))
      out.push_back(std::move(edit));
  return out;
}

std::string Redaction::mark_of(std::string_view secret) {
  const auto number = numbers_.emplace(process_digest(secret), numbers_.size() + 1).first->second;
  return std::string(mark_begin) + std::to_string(number) + std::string(mark_end);
}

std::string Redaction::redact(std::string_view webhook_text) {
  const auto document = json::Document::try_parse(std::string(webhook_text));
  const auto mark = [this](std::string_view secret) { return mark_of(secret); };
  if (!document) return json::encode(mark_of(webhook_text));
  const auto root = document->root();
  if (!root.is(Kind::object))
    return json::apply(webhook_text, replace_secrets(root, "", mark, Strictness::strict));
  std::vector<json::Edit> edits;
  for (const auto& member : root.members()) {
    const auto& value = member.value;
    std::vector<json::Edit> found;
    if (!is_kept_(member.key.string())) {
      found = replace_secrets(value, masking_name(member), mark, Strictness::strict);
    } else if (value.is(Kind::string)) {
      const auto decoded = json::decode_with_offsets(value.text());
      found =
          json::lift(edits_of(secrets_of_alias(decoded.text), decoded.text, mark), decoded, value.begin());
    }
    std::ranges::move(found, std::back_inserter(edits));
  }
  return json::apply(webhook_text, std::move(edits));
}

std::size_t redaction_length(std::string_view text) {
  if (!text.starts_with(mark_begin)) return 0;
  const auto end = std::min(text.find_first_not_of("0123456789", mark_begin.size()), text.size());
  return end > mark_begin.size() && text.substr(end).starts_with(mark_end) ? end + mark_end.size() : 0;
}

bool is_redaction(std::string_view text) { return !text.empty() && redaction_length(text) == text.size(); }

bool holds_redaction(std::string_view webhook_text) {
  if (webhook_text.find(mark_word) == std::string_view::npos) return false;
  bool found = false;
  json::edit_strings(webhook_text, [&](std::string_view text) {
    found = found || holds_mark(text);
    return std::vector<json::Edit>();
  });
  return found;
}

}  // namespace hookferry::secrets
