#include "plan/plan.hpp"

#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "core/text.hpp"

namespace hookferry::plan {
namespace {

using State = ledger::LedgerEntry::State;
using json::Kind;

/// Whether the destination has the webhook: written, or found there.
bool is_there(const ledger::LedgerEntry& entry) {
  if (entry.state == State::planned)
    return entry.action == ledger::Action::unchanged || entry.action == ledger::Action::conflict;
  // An update that was taken back leaves the webhook where it was.
  if (entry.state == State::undone) return entry.action == ledger::Action::update;
  return entry.state == State::arrived || entry.state == State::accepted;
}

bool refers_to_webhook(std::string_view member) {
  return member == "integrationId" || member == "integration_id";
}

/// The number's value if that is whole, which `5.0` and `5e0` are too.
std::optional<std::int64_t> whole_number(const json::Value& number) {
  if (const auto plain = number.integer()) return plain;
  auto digits = json::canonical(number);  // "-5e3": digits without zeros at the end, a power of ten
  const auto e = digits.find('e');
  if (e == std::string::npos) return std::nullopt;
  const auto zeros = number_in<std::size_t>(std::string_view(digits).substr(e + 1));
  if (!zeros || *zeros > 18) return std::nullopt;
  digits.resize(e);
  return number_in<std::int64_t>(digits.append(*zeros, '0'));
}

bool is_number_in_quotes(const json::Value& value) {
  if (!value.is(Kind::string)) return false;
  const auto text = value.string();
  return !text.empty() && std::ranges::all_of(text, is_digit);
}

class Rewirer {
 public:
  explicit Rewirer(const std::vector<MappedId>& ids) {
    for (const auto& id : ids) {
      new_ids_.emplace(id.source_id, id.destination_id);
      destinations_.insert(id.destination_id);
    }
  }

  Rewiring out;

  void visit(const json::Value& value) {
    const auto length = path_.size();
    std::size_t index = 0;
    value.each_element([&](const json::Value& element) {
      path_ += "/" + std::to_string(index++);
      visit(element);
      path_.resize(length);
    });
    value.each_member([&](const json::Value& key, const json::Value& member) {
      const auto name = key.string();
      path_ += "/" + name;
      if (member.is(Kind::number) && refers_to_webhook(name))
        rewire_one(member);
      else if (refers_to_webhook(name) && is_number_in_quotes(member))
        out.unknown.push_back({path_, std::string(member.text()), false, true});
      else
        visit(member);
      path_.resize(length);
    });
    // This is cheaper than decoding every string. An escape inside the name stands in no real alert.
    if (value.is(Kind::string) && value.text().find("integration") != std::string_view::npos)
      json::edit_members(value.text(), [&](std::string_view name, const json::Value& member) {
        if (member.is(Kind::number) && refers_to_webhook(name)) ++out.in_strings;
        return std::optional<std::string>();
      });
  }

 private:
  void rewire_one(const json::Value& number) {
    const auto id = whole_number(number);
    const auto found = id ? new_ids_.find(*id) : new_ids_.end();
    if (found == new_ids_.end()) {
      out.unknown.push_back({path_, std::string(number.text()), id && destinations_.contains(*id)});
      return;
    }
    out.edits.push_back({number.begin(), number.end(), std::to_string(found->second)});
    ++out.rewired;
  }

  std::unordered_map<std::int64_t, std::int64_t> new_ids_;
  std::unordered_set<std::int64_t> destinations_;
  std::string path_;
};

}  // namespace

std::vector<MappedId> id_map(const std::vector<ledger::LedgerRun>& runs) {
  std::map<std::int64_t, MappedId> by_source;
  std::set<std::int64_t> removed;
  for (const auto& run : runs) {
    if (run.is_undo()) continue;
    for (const auto& entry : run.entries) {
      if (!entry.destination_id) continue;
      if (entry.state == State::removed) removed.insert(*entry.destination_id);
      if (!entry.source_id || !is_there(entry)) continue;
      removed.erase(*entry.destination_id);
      by_source.insert_or_assign(*entry.source_id,
                                 MappedId{*entry.source_id, *entry.destination_id, entry.identity,
                                          entry.source_uuid, entry.destination_uuid});
    }
  }
  std::vector<MappedId> out;
  for (auto& [source_id, mapped] : by_source)
    if (!removed.contains(mapped.destination_id)) out.push_back(std::move(mapped));
  return out;
}

Rewiring rewire(const json::Document& document, const std::vector<MappedId>& ids) {
  Rewirer rewirer(ids);
  rewirer.visit(document.root());
  return std::move(rewirer.out);
}

}  // namespace hookferry::plan
