#include "weather.hpp"
#include "support/rooms.hpp"

#include <algorithm>

namespace hookferry::test {
namespace {

const std::vector<std::string> posts = {"close-before",
                                        "close-after",
                                        "partial,count=1,status=500",
                                        "partial,count=3,status=0",
                                        "subset,status=502",
                                        "subset,status=0",
                                        "truncate",
                                        "garbage",
                                        "missing-element",
                                        "status=500",
                                        "status=503,retry-after=0",
                                        "status=503,applied=yes",
                                        "status=504,applied=yes",
                                        "status=429,retry-after=0",
                                        "status=413,above=4",
                                        "apply-late,after=50",
                                        "apply-late,after=30,status=500",
                                        "stall,applied=yes",
                                        "stall,applied=no",
                                        "status=400,alias=hook-3,applied=prefix",
                                        "status=422,alias=hook-5"};
const std::vector<std::string> reads = {
    "status=500", "garbage,applied=no", "truncate", "close-before", "late=60", "late=30"};
const std::vector<std::string> modifiers = {"shuffle",  "chunked",     "ids-only",
                                            "bare-ids", "reserialize", "slow=10"};
const std::vector<std::string> deletions = {"close-after", "close-before", "status=500",
                                            "status=503,retry-after=0"};

void add(std::vector<std::string>& options, const std::string& rule) {
  options.push_back("--fault");
  options.push_back(rule);
}

std::string percent(Random& random, std::size_t least, std::size_t most) {
  return "%" + std::to_string(random.between(least, most));
}

std::string one_of_the_first(Random& random, std::size_t most) {
  return "#" + std::to_string(random.between(1, most));
}

/// Whether the first reading of the destination is the first request for one: none fails and is made again.
bool first_reading_is_sure(const std::vector<std::string>& options) {
  return std::none_of(options.begin(), options.end(), [](const std::string& option) {
    return (option.starts_with("GET") && option.find("late=") == std::string::npos) ||
           option.starts_with("ANY");
  });
}

/// Once in a storm: two readings that lack the same webhook, a settle time apart, would be a proof. Of the
/// destination: what a source does not show cannot be missed. And nothing that is there before the first run
/// may be missing in the first reading that succeeds, for nobody has ever seen it.
void add_short_reading(Random& random, const Sky& sky, Forecast& out) {
  const bool sure = !sky.kills && first_reading_is_sure(sky.usual) && first_reading_is_sure(out.options);
  const auto number = random.between(2, 8);
  const auto any = random.pick({"empty", "half", "short=1", "short=3"});
  const auto when = "us/GET#" + std::to_string(number) + ":";
  const bool everything = sky.destination_empty || sure;
  if (everything && (sky.news.empty() || random.jitter(60))) {
    add(out.options, when + any);
  } else if (!sky.news.empty()) {
    add(out.options, when + "hide=" + random.pick(sky.news));
  }
}

/// Over when the settle time after the connection's end is: that may be the client's time limit (0.5 s), or a
/// kill right behind the request.
void add_slow_work(Random& random, const Sky& sky, Forecast& out) {
  const auto longest = sky.kills || random.jitter(60) ? 120u : 560u;
  const auto when = percent(random, 5, 20);
  add(out.options, "POST" + when + ":slow-apply=" + std::to_string(random.between(10, longest)));
}

void add_stored_otherwise(Random& random, const Sky& sky, Forecast& out) {
  const bool collapse = random.jitter(40) && !sky.namesakes;
  const auto when = random.jitter(70) ? std::string() : percent(random, 20, 90);
  add(out.options, "POST" + when + ":normalise=" + (collapse ? "collapse" : "injective"));
  out.other_contents = collapse;
  out.undecidable = true;  // an answer may be lost, and then nothing tells it from a stranger's
}

/// The same for aliases and types. What the source sent is told from another client's webhooks by count
/// alone, if at all.
void add_other_identities(Random& random, const Sky& sky, Forecast& out) {
  const auto how = sky.odd_aliases ? random.pick({"trim", "lower", "type"}) : std::string("type");
  const auto when = random.jitter(70) ? std::string() : percent(random, 20, 90);
  add(out.options, "POST" + when + ":normalise=" + how);
  out.other_contents = true;
  out.undecidable = true;
}

void add_odd_server(Random& random, Forecast& out) {
  if (random.jitter(30)) add(out.options, "ANY:reuse-ids");
  if (random.jitter(15)) {
    add(out.options, "POST" + one_of_the_first(random, 4) + ":update-creates");
    out.copies = true;
    out.undecidable = true;
  }
  if (random.jitter(15)) {
    add(out.options, "POST" + one_of_the_first(random, 4) + ":get-or-create");
    out.undecidable = true;
  }
  if (random.jitter(20)) {
    const auto when = random.jitter(50) ? ",after=" + std::to_string(random.between(0, 60)) : std::string();
    add(out.options, "us/ANY#" + std::to_string(random.between(2, 8)) + ":foreign=" + visitor + when);
    out.undecidable = true;
  }
  if (random.jitter(30)) {
    const auto part = marked_part(random, random.pick({"eu", "us", "us"}));
    out.options.insert(out.options.end(), part.begin(), part.end());
  }
}

void add_odd_answers(Random& random, Forecast& out) {
  const std::vector<std::string> ids = {"wrong-ids", "swapped-ids", "no-ids"};
  const std::vector<std::string> bytes = {"informational=100", "informational=103", "leftover=200",
                                          "leftover=503",      "leftover=answer",   "leftover=stray"};
  if (random.jitter(40)) {
    const auto when = percent(random, 20, 100);
    const auto odd = random.pick(ids);
    add(out.options, "POST" + when + ":" + odd);
    // An id that is confirmed and not to be seen may be hidden: beside an equal webhook only a person can
    // tell.
    out.undecidable |= odd == "wrong-ids";
  }
  if (random.jitter(60)) {
    const auto method = random.pick({"POST", "GET", "GETONE", "ANY"});
    const auto when = percent(random, 10, 60);
    add(out.options, method + when + ":" + random.pick(bytes));
  }
  if (random.jitter(25)) {
    const auto when = percent(random, 5, 15);
    add(out.options, "POST" + when + ":redirect=/elsewhere,applied=" + random.pick({"yes", "no"}));
  }
}

}  // namespace

std::vector<std::string> usual_faults(Random& random, bool altering) {
  std::vector<std::string> out;
  for (auto i = random.between(1, 3); i > 0; --i) {
    const auto when = random.jitter(50) ? one_of_the_first(random, 4) : percent(random, 5, 35);
    add(out, "POST" + when + ":" + random.pick(posts));
  }
  if (random.jitter(40)) {
    const auto what = random.pick(reads);
    add(out, "GET" + percent(random, 5, 30) + ":" + what);
  }
  if (random.jitter(30)) add(out, "GET:late=" + std::to_string(random.between(10, 60)));
  if (random.jitter(50)) add(out, "POST:" + random.pick(modifiers));
  if (altering) add(out, "POST" + percent(random, 20, 100) + ":alter=url");
  if (random.jitter(30)) add(out, "DELETE%20:" + random.pick(deletions));
  out.insert(out.end(), {"--seed", std::to_string(random.upto(1'000'000))});
  return out;
}

std::vector<std::string> marked_part(Random& random, const std::string& account) {
  const auto first = random.between(1, 6);
  const auto when =
      account + "/GET#" + std::to_string(first) + "-" + std::to_string(first + random.upto(2)) + ":";
  std::vector<std::string> out;
  add(out, when + random.pick({"success=206", "header=Content-Range:_rows_0-1/9",
                               "header=Link:_</all?page=2>;_rel=next", "repeat=*"}));
  if (out.back().ends_with("repeat=*")) return out;
  add(out, when + random.pick({"half", "short=1", "short=3"}));
  return out;
}

Forecast newer_faults(Random& random, const Sky& sky) {
  Forecast out;
  out.undecidable = sky.altering && sky.namesakes;
  if (random.jitter(30)) add_slow_work(random, sky, out);
  if (random.jitter(15))
    add(out.options, "POST" + percent(random, 5, 15) + ":apply-late,after=40,status=200");
  if (random.jitter(25)) {
    out.copies = true;
    add(out.options, "POST" + one_of_the_first(random, 4) + ":twice");
  }
  if (random.jitter(25))
    add_stored_otherwise(random, sky, out);
  else if (!sky.updates && random.jitter(30))
    add_other_identities(random, sky, out);
  add_odd_server(random, out);
  if (random.jitter(60)) add_odd_answers(random, out);
  if (random.jitter(40)) {
    const auto when = percent(random, 5, 25);
    add(out.options,
        "GETONE" + when + ":" + random.pick({"status=500", "close-before", "late=50", "slow=10"}));
  }
  if (random.jitter(60)) add_short_reading(random, sky, out);
  add(out.of_undo, "DELETE%20:" + random.pick({"apply-late,after=40", "apply-late,after=40,status=200",
                                               "slow-apply=60", "informational=100", "leftover=200"}));
  if (random.jitter(50)) {
    const auto when = one_of_the_first(random, 4);
    add(out.of_undo, "us/GET" + when + ":" + random.pick({"empty", "half", "short=1"}));
  }
  return out;
}

std::vector<std::string> api_options(std::uint64_t seed, Apis apis) {
  if (apis == Apis::v1) return {};
  Random random(seed + 0x5eed);  // so that a seed's faults are the same by either API
  std::vector<std::string> out;
  if (random.jitter(50)) out.insert(out.end(), {"--source-api", "v5"});
  if (out.empty() || random.jitter(70)) out.insert(out.end(), {"--dest-api", "v5"});
  return out;
}

}  // namespace hookferry::test
