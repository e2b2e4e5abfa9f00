#include <functional>

#include "space.hpp"
#include "support/rooms.hpp"

namespace hookferry::model {
namespace {

struct Named {
  std::string name;
  std::vector<Source> sources;
};

const std::vector<Named>& plans() {
  static const std::vector<Named> all = {{"one", {{0, 'A'}}},
                                         {"namesakes", {{0, 'A'}, {0, 'B'}}},
                                         {"equals", {{0, 'A'}, {0, 'A'}}},
                                         {"different", {{0, 'A'}, {1, 'B'}}},
                                         {"three", {{0, 'A'}, {0, 'B'}, {1, 'C'}}}};
  return all;
}

std::string name_of(Initially initially) {
  switch (initially) {
    case Initially::empty:
      return "empty";
    case Initially::foreign:
      return "foreign";
    case Initially::namesake:
      return "namesake";
    case Initially::equal:
      return "equal";
  }
  return {};
}

std::string name_of(Storing storing) {
  switch (storing) {
    case Storing::as_sent:
      return "as sent";
    case Storing::normalises:
      return "normalised";
    case Storing::collapses:
      return "collapsed";
    case Storing::renames:
      return "renamed";
  }
  return {};
}

}  // namespace

std::vector<Space> product(std::vector<RunFaults> runs, int strangers) {
  std::vector<Space> out;
  for (const auto& plan : plans())
    for (const auto storing : {Storing::as_sent, Storing::normalises, Storing::collapses})
      for (const auto initially :
           {Initially::empty, Initially::foreign, Initially::namesake, Initially::equal})
        for (const auto options :
             {PlanOptions{false, false}, PlanOptions{true, false}, PlanOptions{true, true}})
          for (const std::size_t batch : {1, 2, 3}) {
            const auto count = plan.sources.size();
            if (batch > count) continue;
            for (const std::size_t concurrency : {1, 2}) {
              if (concurrency > 1 && batch >= count) continue;
              Space space;
              space.sources = plan.sources;
              space.storing = storing;
              space.initially = initially;
              space.plan = options;
              space.batch = batch;
              space.concurrency = concurrency;
              space.runs = runs;
              space.strangers = strangers;
              space.name = plan.name + ", " + name_of(storing) + ", " + name_of(initially) +
                           (options.mirror   ? ", mirror"
                            : options.update ? ", update"
                                             : "") +
                           ", batch " + std::to_string(batch) + "x" + std::to_string(concurrency);
              out.push_back(space);
            }
          }
  return out;
}

/// What shows that a rule is left out shows nothing with it.
void add_unmutated(std::vector<Space>& out) {
  for (auto& space : mutated_spaces()) {
    space.name = "with " + space.name.substr(std::string("without ").size());
    space.mutation = Mutation::none;
    out.push_back(std::move(space));
  }
}

/// The same with one more thing that may happen.
std::vector<Space> special_spaces(std::vector<RunFaults> runs) {
  struct Special {
    std::string name;
    std::function<void(Space&)> make;
  };
  const std::vector<Special> all = {
      {"1 shown at most", [](Space& space) { space.shows_at_most = 1; }},
      {"2 shown at most", [](Space& space) { space.shows_at_most = 2; }},
      {"another key", [](Space& space) { space.other_key = true; }},
      {"interrupted", [](Space& space) { space.interrupts = 1; }},
      {"disk full", [](Space& space) { space.full_disks = 1; }},
      {"slow to settle", [](Space& space) { space.settle = 200; }},
  };
  std::vector<Space> out;
  for (const auto& space : product(std::move(runs), 0)) {
    const bool few = space.sources.size() < 3 && space.concurrency == 1;
    if (!few || space.storing == Storing::collapses) continue;
    for (const auto& special : all) {
      out.push_back(space);
      out.back().name += ", " + special.name;
      special.make(out.back());
    }
  }
  return out;
}

/// Snapshots that describe one moment only: what is written late, what was there before, and what is new.
std::vector<Space> moment_spaces(std::vector<RunFaults> runs, bool whole) {
  std::vector<Space> out;
  for (auto space : product(std::move(runs), 0)) {
    if (space.concurrency > 1 || (!whole && space.sources.size() > 2)) continue;
    const auto add = [&](const std::string& name, bool fits, const std::function<void(Space&)>& make) {
      if (!fits) return;
      out.push_back(space);
      out.back().name += ", " + name;
      make(out.back());
    };
    const bool as_sent = space.storing == Storing::as_sent;
    const bool one = space.sources.size() == 1;
    const bool is_there = space.initially == Initially::equal || space.initially == Initially::namesake;
    add("renamed", space.storing == Storing::normalises, [](Space& its) { its.storing = Storing::renames; });
    add("first reading lacks it", as_sent && is_there && (one || whole),
        [](Space& its) { its.clock = its.hides_first = true; });
    add("get or create", as_sent && is_there && one,
        [](Space& its) { its.clock = its.hides_first = its.gets_or_creates = true; });
    add("ids used again, with a stranger", as_sent && (one || whole), [](Space& its) {
      its.clock = its.uses_ids_again = true;
      its.strangers = 1;
    });
    const bool enough = whole || space.name.starts_with("namesakes");
    add("slow undo, with a stranger", as_sent && !one && enough && space.batch == 1, [](Space& its) {
      its.clock = its.slow = true;
      its.strangers = 1;
      its.runs.insert(its.runs.begin(), {0, 0});
    });
    add("uuids",
        space.storing != Storing::collapses && space.batch == 1 && (whole || space.sources.size() < 3),
        [](Space& its) { its.uuids = true; });
    add("updates as new ones", as_sent && space.plan.update && is_there,
        [](Space& its) { its.updates_as_new = true; });
  }
  return out;
}

/// A list that never shows what is new.
std::vector<Space> hiding_spaces() {
  auto out = product({{2, 0}}, 0);
  std::erase_if(out,
                [](const Space& space) { return space.storing != Storing::as_sent || space.plan.update; });
  for (auto& space : out) {
    space.name += ", hides what is new";
    space.hides_new = true;
  }
  return out;
}

namespace {

void add(std::vector<Space>& out, std::vector<Space> more, const std::string& name) {
  for (auto& space : more) {
    space.name += ", " + name;
    out.push_back(std::move(space));
  }
}

}  // namespace

std::vector<Space> small_spaces() {
  auto out = product({{1, 1}, {0, 0}}, 0);
  auto beside = product({{1, 0}, {0, 0}}, 1);
  std::erase_if(beside, [](const Space& space) { return space.sources.size() > 1; });
  add(out, std::move(beside), "with a stranger");
  add(out, moment_spaces({{1, 0}, {0, 0}}, false), "moments");
  add(out, hiding_spaces(), "lost twice");
  add_unmutated(out);
  return out;
}

/// With somebody at work at any moment, with more faults, more kills, faults in the rerun, too; and what is
/// special beside one of each.
std::vector<Space> whole_spaces() {
  auto out = small_spaces();
  add(out, product({{1, 1}, {1, 0}, {0, 0}}, 0), "disturbed again");
  add(out, product({{2, 0}, {0, 0}}, 0), "disturbed twice");
  add(out, product({{0, 1}, {0, 1}, {0, 0}}, 0), "killed twice");
  add(out, product({{1, 1}, {0, 0}}, 1), "disturbed beside a stranger");
  add(out, special_spaces({{1, 1}, {0, 0}}), "disturbed");
  add(out, moment_spaces({{1, 1}, {0, 0}}, true), "moments, killed");
  add(out, moment_spaces({{2, 0}, {0, 0}}, false), "moments, disturbed twice");
  return out;
}

namespace {

Space mutated(std::string name, Mutation mutation, std::vector<Source> sources, std::vector<RunFaults> runs) {
  Space out;
  out.name = "without " + std::move(name);
  out.mutation = mutation;
  out.sources = std::move(sources);
  out.runs = std::move(runs);
  return out;
}

}  // namespace

std::vector<Space> mutated_spaces() {
  const std::vector<Source> one = {{0, 'A'}};
  const std::vector<Source> two = {{0, 'A'}, {0, 'B'}};
  std::vector<Space> out;
  out.push_back(mutated("whole readings", Mutation::whole_readings, one, {{3, 0}}));
  out.back().initially = Initially::foreign;
  out.push_back(mutated("agreeing readings", Mutation::agreeing_readings, one, {{2, 0}}));
  out.push_back(mutated("evidence", Mutation::evidence, one, {{1, 0}}));
  out.back().strangers = 1;
  out.push_back(mutated("evidence, normalised", Mutation::evidence, two, {{2, 0}, {0, 0}}));
  out.back().storing = Storing::normalises;
  out.push_back(mutated("waiting after a crash", Mutation::waiting, one, {{0, 1}, {0, 0}}));
  out.push_back(mutated("intents", Mutation::intents, one, {{0, 1}, {0, 0}}));
  out.push_back(mutated("what was confirmed", Mutation::confirmed, one, {{0, 1}, {2, 0}}));
  out.push_back(mutated("age", Mutation::age, two, {{0, 0}, {1, 0}, {0, 0}}));
  out.back().clock = out.back().slow = true;
  out.back().strangers = 1;
  out.push_back(mutated("origin", Mutation::origin, one, {{2, 0}, {0, 0}}));
  out.back().initially = Initially::equal;
  out.back().clock = out.back().hides_first = true;
  out.push_back(mutated("newcomers", Mutation::newcomers, one, {{1, 0}, {0, 0}}));
  out.back().storing = Storing::renames;
  out.push_back(mutated("one alone", Mutation::one_alone, two, {{2, 0}}));
  out.back().hides_new = true;
  return out;
}

}  // namespace hookferry::model
