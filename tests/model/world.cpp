#include "world.hpp"
#include "support/rooms.hpp"

#include <algorithm>

namespace hookferry::model {

using Kind = Operation::Kind;

void Account::change(Time due) { earlier.push_back({webhooks, due}); }

void Account::apply(const Writes& writes, Time due) {
  if (writes.empty()) return;
  change(due);
  for (const auto& write : writes) {
    if (write.kind == Kind::create) {
      if (find(write.id) != nullptr) continue;  // The account has given the id of what it has.
      Stored made;
      made.created_at = made.updated_at = clock();
      made.id = write.id;
      made.identity = write.identity;
      made.content = write.content;
      made.made = true;
      made.slot = write.slot;
      made.copy = write.copy;
      made.due = due;
      const auto place = std::upper_bound(webhooks.begin(), webhooks.end(), made,
                                          [](const Stored& a, const Stored& b) { return a.id < b.id; });
      webhooks.insert(place, made);
    } else if (write.kind == Kind::update) {
      if (auto* there = find(write.id)) {
        there->content = write.content;
        there->slot = write.slot;
        there->modified_after_creation = true;
        there->updated_at = clock();
        there->edited = false;
        there->altered = false;
      }
    } else {
      std::erase_if(webhooks, [&](const Stored& one) { return one.id == write.id; });
    }
  }
}

void Account::apply_late(std::size_t which) {
  const auto request = late[which];
  late.erase(late.begin() + static_cast<std::ptrdiff_t>(which));
  apply(request.writes, request.due);
}

void Account::at(Time now) {
  now_ = now;
  for (std::size_t k = 0; k < late.size();) {
    if (late[k].due <= now)
      apply_late(k);
    else
      ++k;
  }
  for (std::size_t k = earlier.size(); k-- > 0;) {
    if (earlier[k].due > now) continue;
    earlier.erase(earlier.begin(), earlier.begin() + static_cast<std::ptrdiff_t>(k) + 1);
    break;
  }
}

Stored* Account::find(Id id) {
  for (auto& one : webhooks)
    if (one.id == id) return &one;
  return nullptr;
}

const Stored* Account::find(Id id) const {
  for (const auto& one : webhooks)
    if (one.id == id) return &one;
  return nullptr;
}

Id Account::take_id() {
  if (!uses_ids_again) return next_id++;
  Id out = 0;
  for (const auto& one : webhooks) out = std::max(out, one.id);
  for (const auto& request : late)
    for (const auto& write : request.writes) out = std::max(out, write.id);
  return out + 1;
}

void Account::add_times(std::set<Time>& out) const {
  const auto add = [&](const Webhooks& all) {
    for (const auto& one : all) {
      out.insert(one.created_at);
      out.insert(one.updated_at);
    }
  };
  add(webhooks);
  for (const auto& one : earlier) add(one.webhooks);
}

void Account::add(int identity, Content content, Time due) {
  Stored one;
  one.id = take_id();
  change(due);
  one.touched_at = has_clock ? now_ : not_touched;
  one.created_at = one.updated_at = clock();
  one.identity = identity;
  one.content = content;
  one.due = due;
  webhooks.push_back(one);
  std::sort(webhooks.begin(), webhooks.end(), [](const Stored& a, const Stored& b) { return a.id < b.id; });
}

void Account::edit(Id id, Time due) {
  change(due);
  auto* there = find(id);
  there->content = edited_content;
  there->modified_after_creation = true;
  there->edited = true;
  there->touched_at = has_clock ? now_ : not_touched;
  there->updated_at = clock();
  there->altered = false;
}

void Account::remove(Id id, Time due) {
  change(due);
  std::erase_if(webhooks, [&](const Stored& one) { return one.id == id; });
}

namespace {

void number(std::string& out, std::int64_t value) {
  out += std::to_string(value);
  out += ',';
}

void text_of(std::string& out, const Webhooks& webhooks, Time now, const Ranks& ranks) {
  constexpr Time long_ago = 1'000;
  for (const auto& one : webhooks) {
    number(out, one.id);
    out += one.content;
    number(out, one.identity + 4 * one.modified_after_creation + 8 * one.made + 16 * one.copy +
                    32 * one.edited + 64 * one.altered + 4096 * one.hidden + 128 * (one.slot + 1));
    number(out, std::max<Time>(0, one.due - now));
    if (ranks.empty()) continue;
    number(out, ranks.at(one.created_at));
    number(out, ranks.at(one.updated_at));
    number(out, std::min(long_ago, now - one.touched_at));
  }
  out += ';';
}

}  // namespace

void Account::canonical(std::string& out, Time now, const Ranks& ranks) const {
  number(out, next_id);
  text_of(out, webhooks, now, ranks);
  for (const auto& one : earlier) {
    text_of(out, one.webhooks, now, ranks);
    number(out, one.due - now);
  }
  out += '|';
  for (const auto& one : late) {
    number(out, one.due - now);
    for (const auto& write : one.writes) {
      number(out,
             static_cast<int>(write.kind) + 4 * write.identity + 16 * write.copy + 32 * (write.slot + 1));
      number(out, write.id);
      out += write.content;
    }
    out += ';';
  }
  out += '|';
}

std::string shown(const Webhooks& webhooks) {
  std::string out;
  for (const auto& one : webhooks) {
    out += out.empty() ? "" : "  ";
    out += std::to_string(one.id) + ":" + identity_of(one.identity).alias + "/" + one.content;
    if (one.slot >= 0) out += "(of planned " + std::to_string(one.slot) + ")";
    if (!one.made && one.slot < 0) out += "(a stranger's)";
    if (one.copy) out += "(copy)";
    if (one.edited) out += "(edited)";
  }
  return out.empty() ? "nothing" : out;
}

std::string shown(const Write& write) {
  const std::string what = write.kind == Kind::create   ? "create "
                           : write.kind == Kind::update ? "update "
                                                        : "delete ";
  return what + std::to_string(write.id) +
         (write.kind == Kind::remove ? "" : std::string(":") + write.content);
}

}  // namespace hookferry::model
