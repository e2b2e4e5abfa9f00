// The pure stages, one by one, over the webhooks of an account: micro FILE [OPTION OF GOOGLE BENCHMARK...]
#include <benchmark/benchmark.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "json/document.hpp"
#include "plan/plan.hpp"
#include "support/rooms.hpp"
#include "transform/transformer.hpp"
#include "webhook/webhook.hpp"

namespace {

using namespace hookferry;

std::string account;

TransformRules rules() {
  static const auto regions = RegionTable::builtin();
  TransformRules out;
  out.regions = &regions;
  out.source = regions.find("eu1");
  out.destination_region = regions.find("us2");
  out.hosts = HostRewrites::between(*out.source, *out.destination_region);
  return out;
}

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(account.size()));
}

void parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(json::Document::parse(account));
  count_bytes(state);
}

void read(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(read_webhooks(account, "the account"));
  count_bytes(state);
}

/// Whether a webhook equals another, which goes by the digest of its content.
void equal(benchmark::State& state) {
  const auto document = json::Document::parse(account);
  const auto webhooks = read_webhooks(account, "the account");
  for (auto _ : state) {
    std::size_t equals = 0;
    std::size_t i = 0;
    document.root().each_element([&](const json::Value& value) {
      if (digest_of(read_webhook(value)) == digest_of(webhooks[i++])) ++equals;
    });
    if (equals != webhooks.size()) state.SkipWithError("a webhook does not equal itself");
  }
  count_bytes(state);
}

void transform_all(benchmark::State& state) {
  const auto webhooks = read_webhooks(account, "the account");
  const auto its_rules = rules();
  for (auto _ : state) benchmark::DoNotOptimize(transform::transform(webhooks, its_rules));
  count_bytes(state);
}

void plan_for_empty(benchmark::State& state) {
  const auto source = transform::transform(read_webhooks(account, "the account"), rules());
  for (auto _ : state) benchmark::DoNotOptimize(make_plan(source, {}, ConflictPolicy::skip));
  count_bytes(state);
}

/// All in conflict or unchanged.
void plan_for_same(benchmark::State& state) {
  const auto destination = read_webhooks(account, "the account");
  const auto source = transform::transform(destination, rules());
  for (auto _ : state) benchmark::DoNotOptimize(make_plan(source, destination, ConflictPolicy::skip));
  count_bytes(state);
}

BENCHMARK(parse)->Unit(benchmark::kMillisecond);
BENCHMARK(read)->Unit(benchmark::kMillisecond);
BENCHMARK(equal)->Unit(benchmark::kMillisecond);
BENCHMARK(transform_all)->Name("transform")->Unit(benchmark::kMillisecond);
BENCHMARK(plan_for_empty)->Name("plan, nothing there")->Unit(benchmark::kMillisecond);
BENCHMARK(plan_for_same)->Name("plan, all there")->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc != 2) {
    std::cerr << "usage: micro FILE [--benchmark_OPTION...]\n";
    return 64;
  }
  std::ifstream file(argv[1], std::ios::binary);
  account.assign(std::istreambuf_iterator<char>(file), {});
  benchmark::RunSpecifiedBenchmarks();
}
