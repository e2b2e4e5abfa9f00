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
      Stored made;
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

void Account::add(int identity, Content content, Time due) {
  change(due);
  Stored one;
  one.id = next_id++;
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

void text_of(std::string& out, const Webhooks& webhooks, Time now) {
  for (const auto& one : webhooks) {
    number(out, one.id);
    out += one.content;
    number(out, one.identity + 4 * one.modified_after_creation + 8 * one.made + 16 * one.copy +
                    32 * one.edited + 64 * one.altered + 128 * (one.slot + 1));
    number(out, std::max<Time>(0, one.due - now));
  }
  out += ';';
}

}  // namespace

void Account::canonical(std::string& out, Time now) const {
  number(out, next_id);
  text_of(out, webhooks, now);
  for (const auto& one : earlier) {
    text_of(out, one.webhooks, now);
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
