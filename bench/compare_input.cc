// Writes what `bench/run.sh compare` replays: two sets of rules and one file of events, the shape
// on which Esper, Siddhi, Flink CEP and Drools were measured (bench/README.md).
//
//   compare_input FOLDER [EVENTS [VISITORS]]     2,000,000 events of 50,000 visitors
//
//   FOLDER/rules_4, FOLDER/rules_100   a count in a window, a sequence with an absence, distinct
//                                      values with a count, a filter on the event: one, and 25, of
//                                      each; the 25 differ in their windows and thresholds
//   FOLDER/events.ndjson               by time, the visitors' visits interleaved
//
// A visit: events 1 to 40 s apart; 25 % page_view, 25 % view_item of 25 items with prices from 1 to
// 999, 6 % add_to_cart, 4 % view_cart, 2 % begin_checkout, the rest what a beacon sends of its own.
// Visits begin evenly over two hours. Fixed seed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "bench/dice.h"

namespace vinkki::bench {
namespace {

constexpr int64_t kStart = 1'704'110'400'000;

struct Arrival {
  int64_t at;
  uint32_t visitor;
};

std::FILE* Create(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file != nullptr) return file;
  std::perror(path.c_str());
  std::exit(1);
}

void WriteRule(std::FILE* file, const char* name, int number, const std::string& when) {
  std::fprintf(file,
               "  - name: %s-%d\n    when: '%s'\n"
               "    offer: { channels: [chat], queue: sales, message: { en: \"Can we help?\" } }\n",
               name, number, when.c_str());
}

// `each` of each of the four kinds.
void WriteRules(const std::string& folder, int each) {
  std::filesystem::create_directories(folder);
  std::FILE* file = Create(folder + "/rules.yml");
  const auto n = [](int number) { return std::to_string(number); };
  std::fputs("version: 1\nrules:\n", file);
  for (int i = 0; i < each; ++i) {
    WriteRule(file, "count", i,
              "count(form_error, " + n(120 + 10 * (i % 7)) + "s) >= " + n(3 - i % 2));
    WriteRule(file, "absence", i,
              "sequence(add_to_cart, view_cart, not begin_checkout for " + n(90 + 3 * i) +
                  "s, within " + n(15 + i % 6) + "m)");
    WriteRule(file, "distinct", i,
              "distinct(view_item.item_id, " + n(15 + i % 9) + "m) >= " + n(4 + i % 5) +
                  " and count(add_to_cart, " + n(15 + i % 9) + "m) == 0");
    WriteRule(file, "filter", i,
              "event.name == \"view_item\" and event.price > " + n(700 + 12 * i));
  }
  std::fclose(file);
}

void WriteEvent(std::FILE* file, const Arrival& arrival, Dice* dice) {
  static constexpr const char* kMinor[] = {"active", "active", "click",      "hidden",    "visible",
                                           "search", "scroll", "rage_click", "form_error"};
  static constexpr const char* kPages[] = {"front", "category", "product", "search", "cart"};
  std::fprintf(file, "{\"site\":\"shop\",\"visitor\":\"v-%05u\",\"at\":%lld,\"name\":\"",
               arrival.visitor, static_cast<long long>(arrival.at));
  const int what = dice->In(0, 99);
  if (what < 25) {
    const char* page = dice->Of(kPages);
    std::fprintf(
        file, "page_view\",\"props\":{\"url\":\"https://shop.example/%s/%d\",\"type\":\"%s\"}}\n",
        page, dice->In(1, 99), page);
  } else if (what < 50) {
    std::fprintf(file, "view_item\",\"props\":{\"item_id\":\"sku-%d\",\"price\":%d}}\n",
                 dice->In(1, 25), dice->In(1, 999));
  } else if (what < 56) {
    std::fprintf(file, "add_to_cart\",\"props\":{\"value\":%d,\"items\":1}}\n", dice->In(5, 150));
  } else {
    const char* name = what < 60 ? "view_cart" : what < 62 ? "begin_checkout" : dice->Of(kMinor);
    std::fprintf(file, "%s\",\"props\":{}}\n", name);
  }
}

void WriteEvents(const std::string& path, size_t events, uint32_t visitors) {
  Dice dice(11);
  std::vector<Arrival> arrivals;
  arrivals.reserve(events);
  for (uint32_t visitor = 0; visitor < visitors; ++visitor) {
    int64_t at = kStart + dice.In(0, 7'200'000);
    const size_t visit = events * (visitor + 1) / visitors - events * visitor / visitors;
    for (size_t i = 0; i < visit; ++i, at += dice.In(1'000, 40'000)) {
      arrivals.push_back({at, visitor});
    }
  }
  std::stable_sort(arrivals.begin(), arrivals.end(),
                   [](const Arrival& a, const Arrival& b) { return a.at < b.at; });
  std::FILE* file = Create(path);
  for (const Arrival& arrival : arrivals) WriteEvent(file, arrival, &dice);
  std::fclose(file);
}

}  // namespace
}  // namespace vinkki::bench

int main(int argc, char** argv) {
  using namespace vinkki::bench;
  if (argc < 2) {
    std::fputs("compare_input FOLDER [EVENTS [VISITORS]]\n", stderr);
    return 2;
  }
  const std::string folder = argv[1];
  const size_t events = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 2'000'000;
  const size_t visitors = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 50'000;
  WriteRules(folder + "/rules_4", 1);
  WriteRules(folder + "/rules_100", 25);
  WriteEvents(folder + "/events.ndjson", events, static_cast<uint32_t>(visitors));
  return 0;
}
