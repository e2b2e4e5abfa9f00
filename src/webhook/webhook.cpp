#include "webhook/webhook.hpp"

#include <algorithm>
#include <array>
#include <boost/algorithm/string/join.hpp>
#include <tuple>

#include "core/failure.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::webhook {
namespace {

using json::Kind;

std::string defect_of(const json::Value& value, const WebhookMembers& members) {
  if (!value.is(Kind::object)) return "not a JSON object";
  const auto& alias = members.alias;
  const bool v1 = members.form == Form::v1;
  if (!alias || !alias->is(Kind::string) || alias->is_string("")) return v1 ? "no alias" : "no name";
  if (!members.type()) return v1 ? "no type (integration_type_id)" : "no type (type)";
  return {};
}

/// Writes the content of one webhook after the other, each with the memory of the one before.
class ContentWriter {
 public:
  /// The result is valid until the next call.
  const std::string& write(const json::Value& webhook, const WebhookMembers& members,
                           const json::ParseLimits& nested) {
    out_.clear();
    out_.reserve(webhook.text().size());
    if (!defect_of(webhook, members).empty())
      json::append_canonical(out_, webhook);
    else if (members.form == Form::v5)
      append_members_of_v5(webhook, true);
    else
      append_webhook(webhook, *members.type(), nested);
    return out_;
  }

  const std::string& write(const Webhook& webhook) {
    document_.reparse(webhook.text.view());
    return write(document_.root(), WebhookMembers(document_.root(), webhook.form), {});
  }

 private:
  void append_webhook(const json::Value& webhook, std::int64_t type, const json::ParseLimits& nested) {
    const json::SortedMembers members(webhook);
    const bool has_fields =
        std::ranges::find(members, member::fields, &json::NamedValue::name) != members.end();
    // These members count even if they are missing or stand elsewhere. They are sorted in by name.
    const std::array<std::pair<std::string_view, std::string>, 2> implied = {
        {{member::fields, "[]"}, {member::type_id, std::to_string(type)}}};
    const auto* next = implied.begin() + (has_fields ? 1 : 0);
    char separator = '{';
    const auto append_name = [&](std::string_view name) {
      out_ += std::exchange(separator, ',');
      json::append_encoded(out_, name);
      out_ += ':';
    };
    const auto append_implied = [&] {
      append_name(next->first);
      out_ += next++->second;
    };
    for (const auto& [name, value] : members) {
      if (is_server_owned(name) || (is_type_id(name) && value.integer() == type)) continue;
      while (next != implied.end() && next->first <= name) append_implied();
      append_name(name);
      if (name == member::fields)
        append_fields(value, nested);
      else if (name == member::type_block)
        append_type_block(value, type);
      else
        json::append_canonical(out_, value);
    }
    while (next != implied.end()) append_implied();
    out_ += '}';
  }

  /// v5 leaves out of its responses what is null.
  void append_members_of_v5(const json::Value& object, bool is_webhook) {
    char separator = '{';
    for (const auto& [name, value] : json::SortedMembers(object)) {
      if (value.is(Kind::null) || (is_webhook && is_server_owned(name, Form::v5))) continue;
      out_ += std::exchange(separator, ',');
      json::append_encoded(out_, name);
      out_ += ':';
      if (is_webhook && is_configuration(name) && value.is(Kind::object))
        append_members_of_v5(value, false);
      else
        json::append_canonical(out_, value);
    }
    out_ += separator == '{' ? "{}" : "}";
  }

  /// The JSON in the string, so that the spacing and the key order of another server make no difference.
  void append_fields(const json::Value& fields, const json::ParseLimits& limits) {
    if (fields.is(Kind::null)) {
      out_ += "[]";
    } else if (!fields.is(Kind::string)) {
      json::append_canonical(out_, fields);
    } else {
      const auto text = fields.unescape(decoded_);
      if (inner_.try_reparse(text, limits)) return json::append_canonical(out_, inner_.root());
      out_ += "text ";  // no JSON begins so: never equal to a JSON string
      json::append_encoded(out_, text);
    }
  }

  /// The block without its id, which is compared as the type. `name` counts as `label`.
  void append_type_block(const json::Value& block, std::int64_t type) {
    if (!block.is(Kind::object)) return json::append_canonical(out_, block);
    std::vector<std::string> members;
    block.each_member([&](const json::Value& key, const json::Value& value) {
      if (key.is_string(member::id) && value.integer() == type) return;
      auto& text = members.emplace_back(
          json::encode(key.is_string(member::name) ? std::string(member::label) : key.string()));
      text += ':';
      json::append_canonical(text, value);
    });
    std::ranges::sort(members);
    members.erase(std::unique(members.begin(), members.end()), members.end());
    out_ += '{' + boost::algorithm::join(members, ",") + '}';
  }

  json::Document document_, inner_;
  std::string decoded_, out_;
};

/// That of the thread, for those who write a content now and then.
ContentWriter& own_writer() {
  static thread_local ContentWriter out;
  return out;
}

Webhook read_with(ContentWriter& contents, const json::Value& value, const WebhookMembers& members,
                  SharedText text, const json::ParseLimits& nested, Digest digest) {
  Webhook out;
  out.text = std::move(text);
  out.form = members.form;
  if (members.uuid) out.uuid = members.uuid->string();
  if (members.id) out.id = members.id->integer();
  // Times of ISO 8601 in one zone and one length are in the order of their text.
  const auto& [created, updated] = std::tie(members.created_at, members.updated_at);
  std::string decoded;
  if (created && created->is(Kind::string)) out.created_at = parse_time(created->unescape(decoded));
  if (updated && updated->is(Kind::string)) out.updated_at = parse_time(updated->unescape(decoded));
  if (created && updated && created->is(Kind::string) && updated->is(Kind::string))
    out.modified_after_creation = updated->text().size() == created->text().size()
                                      ? updated->text() > created->text()
                                      : updated->text() != created->text();
  out.defect = defect_of(value, members);
  if (members.alias) out.identity.alias = members.alias->string();
  if (const auto type = members.type()) out.identity.type = *type;
  // Writing the content holds JSON in the fields to the limit, which a shorter text cannot exceed.
  const bool may_exceed_limit = value.end() - value.begin() > nested.nodes;
  if (digest == Digest::at_once || may_exceed_limit)
    out.digest = sha256(contents.write(value, members, nested));
  return out;
}

}  // namespace

std::optional<Identity> identity_of(const WebhookMembers& members) {
  const auto type = members.type();
  const auto alias = members.alias ? members.alias->string() : std::string();
  return type && !alias.empty() ? std::optional(Identity{alias, *type}) : std::nullopt;
}

Webhook read_webhook(const json::Value& value, const json::ParseLimits& nested, Digest digest,
                     std::optional<Form> form) {
  return read_with(own_writer(), value, WebhookMembers(value, form), SharedText::copy_of(value.text()),
                   nested, digest);
}

void append_own_text(std::string& out, const json::Value& webhook, Form form) {
  std::string decoded;
  char separator = '{';
  webhook.each_member([&](const json::Value& key, const json::Value& value) {
    if (is_server_owned(key.unescape(decoded), form)) return;
    out += std::exchange(separator, ',');
    out.append(key.text()) += ':';
    out += value.text();
  });
  out += separator == '{' ? "{}" : "}";
}

std::string content(const Webhook& webhook) { return own_writer().write(webhook); }

Sha256 digest_of(const json::Value& webhook, const WebhookMembers& members) {
  return sha256(own_writer().write(webhook, members, {}));
}

const Sha256& digest_of(const Webhook& webhook) {
  if (!webhook.digest) webhook.digest = sha256(own_writer().write(webhook));
  return *webhook.digest;
}

std::string content_digest(const Webhook& webhook) { return hex_digits(digest_of(webhook)); }

std::vector<Webhook> read_webhooks(std::string text, std::string_view origin, const json::ParseLimits& limits,
                                   Digest digest, std::optional<Form> form) {
  constexpr std::size_t usual_size = 400;
  const SharedText whole(std::move(text));
  const auto array = without_byte_order_mark(whole.view());
  const json::ParseLimits nested{.nodes = limits.nodes_of_element};
  ContentWriter contents;
  std::vector<Webhook> out;
  out.reserve(std::min(limits.elements, array.size() / usual_size));
  std::optional<Form> shown = form;
  try {
    const bool is_array = json::each_element_of(array, limits, [&](const json::Value& element) {
      WebhookMembers members(element, form);
      if (members.shows_form && shown.value_or(members.form) != members.form)
        throw Failure(Cause::bad_data,
                      printable(origin) + " holds webhooks of two forms: number " +
                          std::to_string(out.size() + 1) + " of the array is the first of " +
                          std::string(name_of(members.form)) + "'s form",
                      "put the webhooks of each form into a file of their own");
      if (members.shows_form)
        shown = members.form;
      else if (shown == Form::v5)
        members = WebhookMembers(element, shown);  // the form of the others
      out.push_back(read_with(contents, element, members, whole.part(element.text()), nested, digest));
      auto& defect = out.back().defect;
      if (!defect.empty())
        defect = defect.str() + "; it is number " + std::to_string(out.size()) + " of the array";
    });
    if (is_array) return out;
  } catch (const json::SyntaxError& error) {
    throw Failure(Cause::bad_data, printable(origin) + " is " + error.what(),
                  "a JSON array of webhooks is expected");
  }
  throw Failure(Cause::bad_data, printable(origin) + " is not a JSON array of webhooks",
                "use an export, or the response of GET /api/v1/external/integrations/");
}

void WebhooksWriter::add(std::span<const Webhook> webhooks) {
  if (webhooks.empty()) return;
  std::array<std::string, most_parts> pieces;
  in_parallel(webhooks.size(), [&](std::size_t part, std::size_t begin, std::size_t end) {
    const auto some = webhooks.subspan(begin, end - begin);
    std::size_t size = 0;
    for (const auto& webhook : some) size += webhook.text.size();
    std::string piece;
    piece.reserve(size + size / 2);
    for (const auto& webhook : some) {
      piece += ",\n  ";
      json::append_pretty(piece, webhook.text.view(), 2);
    }
    pieces[part] = std::move(piece);
  });
  if (std::exchange(empty_, false)) pieces.front().front() = '[';
  for (const auto& piece : pieces)
    if (!piece.empty()) write_(piece);
}

void WebhooksWriter::end() { write_(empty_ ? "[]\n" : "\n]\n"); }

std::string type_of(const Webhook& webhook) {
  // A webhook that is sound in its form may have a defect in the destination's, but never Slack, number 0.
  const auto& [alias, type] = webhook.identity;
  const bool is_known = webhook.defect.empty() || (webhook.form == Form::v5 && !alias.empty() && type != 0);
  return is_known ? type_name(type) : std::string();
}

std::string describe(const Identity& identity) {
  return "\"" + printable(secrets::mask_alias(identity.alias)) + "\" (" + type_name(identity.type) + ")";
}

std::string describe(const Webhook& webhook) {
  if (webhook.defect.empty()) return describe(webhook.identity);
  const auto alias = webhook.identity.alias.empty()
                         ? std::string()
                         : " \"" + printable(secrets::mask_alias(webhook.identity.alias)) + "\"";
  return "webhook" + alias + (webhook.id ? " with id " + std::to_string(*webhook.id) : "");
}

/// A longer one is not the vendor's, and its digest stands for it: it is shown and names files.
constexpr std::size_t longest_company = 40;

std::string company_of(const json::Value& object) {
  for (const auto name : {member::company_id, member::camel_company_id})
    if (const auto value = object.find(name); value && !value->is(json::Kind::null))
      return value->text().size() <= longest_company ? std::string(value->text()) : sha256_hex(value->text());
  return {};
}

}  // namespace hookferry::webhook
