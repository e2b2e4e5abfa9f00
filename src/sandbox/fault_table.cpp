#include "sandbox/fault_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace hookferry {
namespace {

using Values = FaultValues;
using Milliseconds = std::chrono::milliseconds;
using Kind = PersonsAct::Kind;

std::size_t number(const std::string& text, std::size_t otherwise = 0) {
  std::size_t out = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

std::string value(const Values& values, const std::string& name, const std::string& otherwise = {}) {
  const auto found = values.find(name);
  return found == values.end() ? otherwise : found->second;
}

Milliseconds milliseconds(const Values& values, const std::string& name) {
  return Milliseconds(static_cast<std::int64_t>(number(value(values, name))));
}

Applied applied(const Values& values, const std::string& otherwise) {
  const auto text = value(values, "applied", otherwise);
  return text == "yes" ? Applied::yes : text == "prefix" ? Applied::prefix : Applied::no;
}

void set_status(Fault& fault, const Values& values, int otherwise) {
  fault.status = static_cast<int>(number(value(values, "status", std::to_string(otherwise))));
  fault.retry_after = value(values, "retry-after");
  // A rule is cut at its commas, and an HTTP date has one: "Sun_06_Nov_1994_08:49:37_GMT" stands for it.
  std::replace(fault.retry_after.begin(), fault.retry_after.end(), '_', ' ');
  if (fault.retry_after.size() > 4 && fault.retry_after[3] == ' ') fault.retry_after.insert(3, ",");
}

PersonsAct act(Kind kind, const Values& values, const std::string& name, std::size_t count) {
  PersonsAct out;
  out.kind = kind;
  out.alias = value(values, name);
  out.to = value(values, "to");
  out.url = value(values, "url");
  out.count = number(value(values, "count"), count);
  if (values.contains("after")) out.after = milliseconds(values, "after");
  return out;
}

constexpr std::string_view status_values = "status retry-after";

constexpr std::array table = {
    FaultSpec{"Actions:", "close-before", "", "", false, "drop the connection, apply nothing",
              [](Fault& f, const Values&) { f.action = FaultAction::close_before; }},
    FaultSpec{"", "close-after", "", "", false, "apply, then drop the connection",
              [](Fault& f, const Values&) { f.action = FaultAction::close_after; }},
    FaultSpec{"", "partial", "", "count status retry-after", false,
              "apply the first count=N, then answer status (500); status=0 drops the connection",
              [](Fault& f, const Values& v) {
                f.action = FaultAction::partial;
                f.count = number(value(v, "count"));
                set_status(f, v, 500);
              }},
    FaultSpec{"", "subset", "", status_values, false,
              "apply a random part, then answer status (500); 0 drops",
              [](Fault& f, const Values& v) {
                f.action = FaultAction::subset;
                set_status(f, v, 500);
              }},
    FaultSpec{"", "truncate", "", "", false, "apply, cut the answer in its middle",
              [](Fault& f, const Values&) { f.action = FaultAction::truncate; }},
    FaultSpec{"", "garbage", "", "applied", false,
              "answer 200 with a page of HTML; applied=yes (default) or no",
              [](Fault& f, const Values& v) {
                f.action = FaultAction::garbage;
                f.applied = applied(v, "yes");
              }},
    FaultSpec{"", "missing-element", "", "", false, "apply, leave the last element out of the answer",
              [](Fault& f, const Values&) { f.action = FaultAction::missing_element; }},
    FaultSpec{"", "stall", "", "applied", false, "never answer; applied=yes or no (default)",
              [](Fault& f, const Values& v) {
                f.action = FaultAction::stall;
                f.applied = applied(v, "no");
              }},
    FaultSpec{"", "apply-late", "", "after status retry-after", false,
              "answer status (0, the default: drop; 2xx: as if it were done) at once, apply after=N "
              "milliseconds; a DELETE too",
              [](Fault& f, const Values& v) {
                f.action = FaultAction::apply_late;
                f.after = milliseconds(v, "after");
                set_status(f, v, 0);
              }},
    FaultSpec{"", "status", "N", "retry-after applied above alias rate", false,
              "answer N; applied=yes, no (default) or prefix; above=N: only more elements than that; "
              "rate=N: only what comes faster than N a second, where N may come at once; alias=GLOB: only "
              "with such an alias, and prefix applies what stands before it",
              [](Fault& f, const Values& v) {
                f.action = FaultAction::status;
                f.applied = applied(v, "no");
                f.alias = value(v, "alias");
                set_status(f, v, 500);
              }},
    FaultSpec{"", "redirect", "URL", "applied status", false,
              "answer status (303) with that Location; applied=yes or no (default)",
              [](Fault& f, const Values& v) {
                f.action = FaultAction::redirect;
                f.applied = applied(v, "no");
                f.location = value(v, "redirect");
                set_status(f, v, 303);
              }},

    FaultSpec{"Time:", "slow-apply", "N", "", true,
              "work N milliseconds, only then do anything of the request, whether the client still waits or "
              "not",
              [](Fault& f, const Values& v) { f.works = milliseconds(v, "slow-apply"); }},
    FaultSpec{"", "slow", "N", "", true, "answer N milliseconds later",
              [](Fault& f, const Values& v) { f.slow = milliseconds(v, "slow"); }},

    FaultSpec{"Readings (a GET of all; late of one, too):", "late", "N", "", true,
              "show what was there N milliseconds ago",
              [](Fault& f, const Values& v) { f.late = milliseconds(v, "late"); }},
    FaultSpec{"", "hide", "GLOB", "", true, "without the webhooks whose alias matches",
              [](Fault& f, const Values& v) { f.hidden.push_back(value(v, "hide")); }},
    FaultSpec{"", "half", "", "", true, "of what is left, every other one",
              [](Fault& f, const Values&) { f.half = true; }},
    FaultSpec{"", "short", "N", "", true, "of what is left, the first N at most",
              [](Fault& f, const Values& v) { f.most_shown = number(value(v, "short")); }},
    FaultSpec{"", "empty", "", "", true, "nothing", [](Fault& f, const Values&) { f.most_shown = 0; }},

    FaultSpec{"Answers:", "shuffle", "", "", true, "a bulk answer in another order",
              [](Fault& f, const Values&) { f.shuffle = true; }},
    FaultSpec{"", "chunked", "", "", true, "the answer in small chunks",
              [](Fault& f, const Values&) { f.chunked = true; }},
    FaultSpec{"", "ids-only", "", "", true, "elements hold an id and nothing else",
              [](Fault& f, const Values&) { f.ids_only = true; }},
    FaultSpec{"", "bare-ids", "", "", true, "elements are bare numbers",
              [](Fault& f, const Values&) { f.bare_ids = true; }},
    FaultSpec{"", "wrong-ids", "", "", true, "to a POST: ids that exist nowhere",
              [](Fault& f, const Values&) { f.ids = AnswerIds::wrong; }},
    FaultSpec{"", "swapped-ids", "", "", true, "to a POST: the right ids, each in the next one's element",
              [](Fault& f, const Values&) { f.ids = AnswerIds::swapped; }},
    FaultSpec{"", "string-ids", "", "", true, "ids are strings, such as \"abc-7\"",
              [](Fault& f, const Values&) { f.ids = AnswerIds::text; }},
    FaultSpec{"", "no-ids", "", "", true, "elements hold no id",
              [](Fault& f, const Values&) { f.ids = AnswerIds::none; }},
    FaultSpec{"", "informational", "N", "", true, "an answer of status N (100, 103) first, at once",
              [](Fault& f, const Values& v) {
                f.informational = static_cast<int>(number(value(v, "informational")));
              }},
    FaultSpec{"", "leftover", "TEXT", "", true,
              "further bytes behind a whole answer: a number is a second answer of that status with [], "
              "\"answer\" the same answer again, other text stands for itself",
              [](Fault& f, const Values& v) { f.leftover = value(v, "leftover"); }},

    FaultSpec{"What is stored of a POST:", "twice", "", "", true,
              "apply it twice; the answer tells of the first time",
              [](Fault& f, const Values&) { f.twice = true; }},
    FaultSpec{"", "alter", "NAME", "", true, "store member NAME with #altered behind it",
              [](Fault& f, const Values& v) { f.alter = value(v, "alter"); }},
    FaultSpec{"", "drop", "NAME", "", true, "store member NAME as an empty string",
              [](Fault& f, const Values& v) { f.drop = value(v, "drop"); }},
    FaultSpec{
        "", "normalise", "HOW", "", true,
        "injective: store url with #n behind it, where it is not there yet; collapse: store all urls as "
        "an empty string",
        [](Fault& f, const Values& v) {
          f.normalise = value(v, "normalise") == "collapse" ? Normalise::collapse : Normalise::injective;
        }},
    FaultSpec{"", "reserialize", "", "", true, "store integration_type_fields spelled otherwise",
              [](Fault& f, const Values&) { f.reserialize = true; }},

    FaultSpec{"People at work, before the request or after=N milliseconds behind it:", "foreign", "ALIAS",
              "url after", true,
              "somebody adds a slack webhook of that alias; url=URL, else https://foreign.test/ID",
              [](Fault& f, const Values& v) { f.acts.push_back(act(Kind::add, v, "foreign", 1)); }},
    FaultSpec{"", "touch", "GLOB", "to url count after", true,
              "somebody edits the newest webhook whose alias matches, or the count=N newest: url=URL (else "
              "https://touched.test/TIME), to=ALIAS a new alias",
              [](Fault& f, const Values& v) { f.acts.push_back(act(Kind::edit, v, "touch", 1)); }},
    FaultSpec{"", "remove", "GLOB", "count after", true,
              "somebody deletes the webhooks whose alias matches, or the count=N newest",
              [](Fault& f, const Values& v) { f.acts.push_back(act(Kind::remove, v, "remove", SIZE_MAX)); }},
};

bool is_one_of(std::string_view name, std::string_view names) {
  return (" " + std::string(names) + " ").find(" " + std::string(name) + " ") != std::string::npos;
}

std::string object_to_number(std::string_view name, const std::string& given) {
  const auto n = number(given);
  if (name == "rate" && n == 0) return "rate is at least 1";
  if (name == "status" && n != 0 && (n < 200 || n > 599)) return "status is 0 or from 200 to 599";
  if (name == "informational" && (n < 100 || n > 199)) return "informational is from 100 to 199";
  return {};
}

}  // namespace

std::span<const FaultSpec> fault_table() { return table; }

const FaultSpec* find_fault(std::string_view name) {
  const auto* found =
      std::find_if(table.begin(), table.end(), [&](const FaultSpec& fault) { return fault.name == name; });
  return found == table.end() ? nullptr : found;
}

bool takes_value(const FaultSpec& fault, std::string_view name) {
  return name == fault.name ? !fault.own_value.empty() : is_one_of(name, fault.values);
}

bool is_word(const FaultSpec& fault, std::string_view name) {
  return name == fault.name ? fault.own_value != "N" : is_one_of(name, "applied alias retry-after to url");
}

std::string object_to_value(const FaultSpec& fault, std::string_view name, const std::string& given) {
  if (!is_word(fault, name)) return object_to_number(name, given);
  if (name == "applied" && !is_one_of(given, "yes no prefix")) return "applied is yes, no or prefix";
  if (name == "applied" && given == "prefix" && fault.name != "status")
    return "applied=prefix goes with status only";
  if (name == "normalise" && !is_one_of(given, "injective collapse"))
    return "normalise is injective or collapse";
  if (given.empty() && name == fault.name)
    return std::string(name) + " takes a " + std::string(fault.own_value);
  return {};
}

}  // namespace hookferry
