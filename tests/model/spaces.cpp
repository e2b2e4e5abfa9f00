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
  return out;
}

}  // namespace hookferry::model
