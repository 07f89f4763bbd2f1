// Writes what `bench/run.sh many` replays: the visits and the rules of rules_workload.h, so that
// the time of 1,000 rules can be held against that of 10 on the same traffic.
//
//   shop_input FOLDER [VISITORS]                 66,667 visitors with 30 events each
//
//   FOLDER/rules_10, FOLDER/rules_1000, FOLDER/rules_1000_elsewhere
//   FOLDER/events.ndjson               visitor by visitor
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "bench/rules_workload.h"

namespace vinkki::bench {
namespace {

std::FILE* Create(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "wb");
  if (file != nullptr) return file;
  std::perror(path.c_str());
  std::exit(1);
}

void WriteRules(const std::string& folder, int count, Kind kind = Kind::kShop) {
  std::filesystem::create_directories(folder);
  std::FILE* file = Create(folder + "/rules.yml");
  std::fputs(Rules(count, kind).c_str(), file);
  std::fclose(file);
}

// The workload's texts need no escapes.
std::string JsonOf(const Value& value) {
  if (value.is_number()) return std::to_string(static_cast<int64_t>(value.number));
  return "\"" + std::string(value.text) + "\"";
}

void WriteVisit(std::FILE* file, const Batch& visit) {
  BatchReader reader(visit.bytes());
  EventView event;
  while (reader.Next(&event)) {
    std::string props;
    PropReader reading = event.props();
    std::string_view name;
    Value value;
    while (reading.Next(&name, &value)) {
      props += (props.empty() ? "\"" : ",\"") + std::string(name) + "\":" + JsonOf(value);
    }
    std::fprintf(
        file, "{\"site\":\"shop\",\"visitor\":\"%s\",\"at\":%lld,\"name\":\"%s\",\"props\":{%s}}\n",
        std::string(visit.visitor()).c_str(), static_cast<long long>(event.at),
        std::string(event.name).c_str(), props.c_str());
  }
}

}  // namespace
}  // namespace vinkki::bench

int main(int argc, char** argv) {
  using namespace vinkki::bench;
  if (argc < 2) {
    std::fputs("shop_input FOLDER [VISITORS]\n", stderr);
    return 2;
  }
  const std::string folder = argv[1];
  const int visitors = argc > 2 ? std::atoi(argv[2]) : 66'667;
  WriteRules(folder + "/rules_10", 10);
  WriteRules(folder + "/rules_1000", 1000);
  WriteRules(folder + "/rules_1000_elsewhere", 1000, Kind::kElsewhere);
  std::FILE* file = Create(folder + "/events.ndjson");
  for (int i = 0; i < visitors; ++i) WriteVisit(file, Visit(i));
  std::fclose(file);
  return 0;
}
