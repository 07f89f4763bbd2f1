// Kafka's sink alone, driven by tests/e2e/kafka.py against a real broker:
//
//   kafka_drive BROKERS
//
// Commands come on standard input, one a line, answered by one line each:
//   add N   N more triggers, of 50 visitors in turn, into the outbox; ids are 0, 1, 2, ...
//   wait    answers when the outbox is empty
// At the end of the input the sink is stopped.
#include <iostream>
#include <sstream>

#include "base/json_writer.h"
#include "base/text.h"
#include "sinks/kafka.h"
#include "tests/sinks/memory_outbox.h"

namespace vinkki::sinks {
namespace {

constexpr Millis kStart = 1'795'000'000'000;

engine::OutboxRow Trigger(int number) {
  engine::OutboxRow row;
  row.type = "vinkki.trigger.v1";
  row.id = std::to_string(number);
  row.site = "shop";
  row.visitor = "v-" + std::to_string(number % 50);
  row.at = kStart + number;
  row.expires = row.at + 180'000;
  JsonWriter w;
  w.BeginObject();
  w.Key("specversion").Text("1.0").Key("type").Text(row.type);
  w.Key("source").Text("/sites/shop").Key("id").Text(row.id);
  w.Key("time").Text(FormatRfc3339(row.at)).Key("subject").Text("visitor/" + row.visitor);
  w.Key("data").BeginObject();
  w.Key("rule").Raw(R"({"name":"stuck","version":"sha256:0","priority":1})");
  w.Key("offer").BeginObject().Key("channel").Text("chat");
  w.Key("message").Raw(R"({"en":"May we help?","fi":"Voimmeko auttaa?"})");
  w.Key("expires_at").Text(FormatRfc3339(row.expires)).EndObject();
  w.Key("why").Raw(R"({"text":"3 form errors","facts":{"form_errors":3}})");
  w.Key("visitor").BeginObject().Key("id").Text(row.visitor);
  w.Key("visits").Whole(1).Key("purchases").Whole(0).EndObject();
  w.Key("journey").BeginArray().EndArray();
  w.Key("experiment").Raw(R"({"arm":"offer","holdout":0})");
  w.EndObject().EndObject();
  row.payload = w.Take();
  return row;
}

int Drive(const std::string& brokers) {
  MemoryOutbox outbox;
  Metrics metrics;
  KafkaOptions options;
  options.brokers = brokers;
  if (const Status status = KafkaSink::Check(options); !status.ok()) {
    std::cerr << status.message() << "\n";
    return 2;
  }
  KafkaSink sink(options, &outbox, &metrics);
  sink.Start();
  int next = 0;
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    int count = 0;
    words >> command >> count;
    if (command == "wait") {
      while (outbox.Lag(engine::kSinkKafka) > 0) outbox.WaitLag(engine::kSinkKafka, 0);
    } else {
      for (int i = 0; i < count; ++i) outbox.Add(engine::kSinkKafka, Trigger(next++));
    }
    std::cout << "lag " << outbox.Lag(engine::kSinkKafka) << std::endl;
  }
  sink.Stop();
  return 0;
}

}  // namespace
}  // namespace vinkki::sinks

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: kafka_drive BROKERS\n";
    return 2;
  }
  return vinkki::sinks::Drive(argv[1]);
}
