// The Kafka sink against the broker that librdkafka brings for tests: it speaks the protocol, and
// fails on demand. The real broker's turn is tests/e2e/kafka.py.
#include "sinks/kafka.h"

#include <doctest/doctest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <map>
#include <set>

#include "tests/sinks/memory_outbox.h"

namespace vinkki::sinks {
namespace {

using engine::kSinkKafka;

constexpr int16_t kProduce = 0;  // the protocol's number of the request

struct Message {
  std::string topic, key, value, content_type;
  int64_t timestamp;
};

rd_kafka_conf_t* Conf(std::initializer_list<std::pair<const char*, std::string>> settings) {
  char error[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    const auto set = rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof error);
    REQUIRE_MESSAGE(set == RD_KAFKA_CONF_OK, error);
  }
  rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
  return conf;
}

class MockBroker {
 public:
  MockBroker() {
    char error[256];
    host_ = rd_kafka_new(RD_KAFKA_PRODUCER, Conf({}), error, sizeof error);
    REQUIRE(host_ != nullptr);
    cluster_ = rd_kafka_mock_cluster_new(host_, 1);
    for (const char* topic : {"vinkki.triggers", "vinkki.decisions"}) {
      rd_kafka_mock_topic_create(cluster_, topic, 3, 1);
    }
  }
  ~MockBroker() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(host_);
  }

  std::string address() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  void Down() { rd_kafka_mock_broker_set_down(cluster_, 1); }
  void Up() { rd_kafka_mock_broker_set_up(cluster_, 1); }
  void FailProduce(std::vector<rd_kafka_resp_err_t> errors) {
    rd_kafka_mock_push_request_errors_array(cluster_, kProduce, errors.size(), errors.data());
  }

  // All messages of both topics, each partition's in order.
  std::vector<Message> Read() {
    char error[256];
    auto* conf = Conf({{"bootstrap.servers", address()},
                       {"group.id", "reader"},
                       {"enable.partition.eof", "true"}});
    rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof error);
    REQUIRE(consumer != nullptr);
    rd_kafka_poll_set_consumer(consumer);
    auto* parts = rd_kafka_topic_partition_list_new(6);
    for (const char* topic : {"vinkki.triggers", "vinkki.decisions"}) {
      for (int p = 0; p < 3; ++p) {
        rd_kafka_topic_partition_list_add(parts, topic, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
      }
    }
    REQUIRE(rd_kafka_assign(consumer, parts) == RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(parts);
    std::vector<Message> out;
    for (int ends = 0; ends < 6;) {
      rd_kafka_message_t* m = rd_kafka_consumer_poll(consumer, 30'000);
      REQUIRE(m != nullptr);
      if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        ++ends;
      } else if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        out.push_back(Copy(m));
      }
      rd_kafka_message_destroy(m);
    }
    rd_kafka_destroy(consumer);
    return out;
  }

 private:
  static Message Copy(rd_kafka_message_t* m) {
    Message copy{rd_kafka_topic_name(m->rkt), std::string(static_cast<char*>(m->key), m->key_len),
                 std::string(static_cast<char*>(m->payload), m->len), "",
                 rd_kafka_message_timestamp(m, nullptr)};
    rd_kafka_headers_t* headers = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    if (rd_kafka_message_headers(m, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        rd_kafka_header_get_last(headers, "content-type", &value, &size) ==
            RD_KAFKA_RESP_ERR_NO_ERROR) {
      copy.content_type.assign(static_cast<const char*>(value), size);
    }
    return copy;
  }

  rd_kafka_t* host_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

struct Fixture {
  MockBroker broker;
  MemoryOutbox outbox;
  Metrics metrics;
  std::unique_ptr<KafkaSink> sink = Make({});
  SinkSeries series{&metrics, "kafka"};

  std::unique_ptr<KafkaSink> Make(std::map<std::string, std::string> properties) {
    KafkaOptions options;
    options.brokers = broker.address();
    options.properties = std::move(properties);
    return std::make_unique<KafkaSink>(options, &outbox, &metrics);
  }
  // Rows 0..count-1 of ten visitors in turn.
  void AddRows(int from, int count) {
    for (int i = from; i < from + count; ++i) {
      outbox.Add(kSinkKafka, MakeRow(std::to_string(i), "v" + std::to_string(i % 10)));
    }
  }
  // Rows 0..count-1, no two of them of one visitor, meet a broker that refuses as many requests as
  // there are errors, each for good; returns when it has. (What comes after them waits until then:
  // kafka.h says in which case one may overtake another.)
  void SendRefused(int count, std::vector<rd_kafka_resp_err_t> errors) {
    const auto refusals = static_cast<double>(errors.size());
    broker.FailProduce(std::move(errors));
    AddRows(0, count);
    sink->Start();
    REQUIRE(outbox.WaitUntil([&] { return series.retries.Get() >= refusals; }));
  }
};

// Every row 0..count-1 is there, none else; each key's first occurrences are in order. Returns how
// many came more than once.
size_t CheckComplete(const std::vector<Message>& messages, int count) {
  std::set<int> seen;
  std::map<std::string, int> last;
  size_t again = 0;
  for (const Message& m : messages) {
    const int id = std::stoi(m.value.substr(7));
    if (!seen.insert(id).second) {
      ++again;
      continue;
    }
    CHECK(id >= 0);
    CHECK(id < count);
    CHECK(m.key == "shop/v" + std::to_string(id % 10));
    if (last.count(m.key) != 0) CHECK(last[m.key] < id);
    last[m.key] = id;
  }
  CHECK(seen.size() == static_cast<size_t>(count));
  return again;
}

}  // namespace

TEST_CASE("Kafka: a message is what the contract says") {
  Fixture f;
  f.outbox.Add(kSinkKafka, MakeRow("t1", "v1"));
  auto decision = MakeRow("d1", "v2");
  decision.type = "vinkki.decision.v1";
  f.outbox.Add(kSinkKafka, decision);
  f.sink->Start();
  REQUIRE(f.outbox.WaitLag(kSinkKafka, 0));
  f.sink->Stop();
  auto messages = f.broker.Read();
  REQUIRE(messages.size() == 2);
  if (messages[0].topic != "vinkki.triggers") std::swap(messages[0], messages[1]);
  CHECK(messages[0].topic == "vinkki.triggers");
  CHECK(messages[0].key == "shop/v1");
  CHECK(messages[0].value == R"({"id":"t1"})");
  CHECK(messages[0].content_type == "application/cloudevents+json");
  CHECK(messages[0].timestamp == 1'000);
  CHECK(messages[1].topic == "vinkki.decisions");
  CHECK(messages[1].value == R"({"id":"d1"})");
  CHECK(f.series.delivered.Get() == 2);
}

TEST_CASE("Kafka: every row once, in order for each key") {
  Fixture f;
  f.sink->Start();
  f.AddRows(0, 5'000);
  REQUIRE(f.outbox.WaitLag(kSinkKafka, 0));
  CHECK(CheckComplete(f.broker.Read(), 5'000) == 0);
}

TEST_CASE("Kafka: while the broker is away the outbox waits, and drains in order afterwards") {
  Fixture f;
  f.broker.Down();
  f.AddRows(0, 1'500);  // more than may be in flight
  f.sink->Start();
  REQUIRE(f.outbox.WaitLooks(2));
  CHECK(f.outbox.Lag(kSinkKafka) == 1'500);
  CHECK(f.series.up.Get() == 0);
  f.broker.Up();
  REQUIRE(f.outbox.WaitLag(kSinkKafka, 0));
  f.broker.Down();
  f.AddRows(1'500, 500);
  REQUIRE(f.outbox.WaitLooks(2));
  f.broker.Up();
  REQUIRE(f.outbox.WaitLag(kSinkKafka, 0));
  f.sink->Stop();
  CheckComplete(f.broker.Read(), 2'000);  // this broker does not recognise a request it had before
  CHECK(f.series.up.Get() == 0);
}

TEST_CASE("Kafka: errors that pass cost nothing but time") {
  Fixture f;
  f.broker.FailProduce({RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                        RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR__TRANSPORT,
                        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
                        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND});
  f.sink->Start();
  f.AddRows(0, 1'000);
  REQUIRE(f.outbox.WaitLag(kSinkKafka, 0));
  f.sink->Stop();
  CheckComplete(f.broker.Read(), 1'000);
}

TEST_CASE("Kafka: after a fatal error another producer sends again, with the same ids") {
  Fixture f;
  f.SendRefused(1, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
                    RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  f.AddRows(1, 999);
  REQUIRE(f.outbox.WaitLag(kSinkKafka, 0));
  f.sink->Stop();
  CHECK(CheckComplete(f.broker.Read(), 1'000) == 0);
}

TEST_CASE("Kafka: what a broker refuses is sent again before what comes after it") {
  Fixture f;
  f.sink = f.Make({{"batch.num.messages", "5"}, {"linger.ms", "50"}});  // many requests
  f.SendRefused(10, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  f.AddRows(10, 190);
  REQUIRE(f.outbox.WaitLag(kSinkKafka, 0));
  f.sink->Stop();
  CheckComplete(f.broker.Read(), 200);
}

TEST_CASE("Kafka: a batch too large for the broker costs none of its rows") {
  Fixture f;
  f.SendRefused(10, {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  f.AddRows(10, 990);
  REQUIRE(f.outbox.WaitLag(kSinkKafka, 0));
  f.sink->Stop();
  CheckComplete(f.broker.Read(), 1'000);
  CHECK(f.series.dropped.Get() == 0);
}

TEST_CASE("Kafka: a row that no broker takes is given up and counted; the others go on") {
  Fixture f;
  auto huge = MakeRow("huge", "v1");
  huge.payload = "{\"id\":\"" + std::string(2'000'000, 'x') + "\"}";
  f.outbox.Add(kSinkKafka, huge);
  f.AddRows(0, 10);
  f.sink->Start();
  REQUIRE(f.outbox.WaitLag(kSinkKafka, 0));
  f.sink->Stop();
  CheckComplete(f.broker.Read(), 10);
  CHECK(f.series.dropped.Get() == 1);
  CHECK(f.series.delivered.Get() == 10);
}

TEST_CASE("Kafka: an outbox that fails for a while delays and loses nothing") {
  Fixture f;
  f.sink->Start();
  f.AddRows(0, 100);
  REQUIRE(f.outbox.WaitLag(kSinkKafka, 99));
  f.outbox.SetFailing(true);
  f.AddRows(100, 100);
  REQUIRE(f.outbox.WaitReads(2));
  f.outbox.SetFailing(false);
  REQUIRE(f.outbox.WaitLag(kSinkKafka, 0));
  f.sink->Stop();
  CheckComplete(f.broker.Read(), 200);
}

TEST_CASE("Kafka: stopping keeps what the broker does not have, and the next sink sends it") {
  Fixture f;
  f.broker.Down();
  f.AddRows(0, 50);
  f.sink->Start();
  f.sink->Stop();
  CHECK(f.outbox.Lag(kSinkKafka) == 50);
  f.broker.Up();
  f.sink = f.Make({});
  f.sink->Start();
  REQUIRE(f.outbox.WaitLag(kSinkKafka, 0));
  f.sink->Stop();
  CheckComplete(f.broker.Read(), 50);
}

TEST_CASE("Kafka: settings are checked before anything is connected") {
  KafkaOptions options;
  CHECK(KafkaSink::Check(options).ok());
  options.properties = {{"linger.ms", "5"}, {"compression.type", "lz4"}};
  CHECK(KafkaSink::Check(options).ok());
  options.properties = {{"no.such.setting", "1"}};
  CHECK(KafkaSink::Check(options).message().find("no.such.setting") != std::string::npos);
  for (const auto& [name, value] :
       {std::pair("max.in.flight.requests.per.connection", "5"),
        std::pair("request.required.acks", "1"), std::pair("enable.idempotence", "false")}) {
    options.properties = {{name, value}};
    CHECK(KafkaSink::Check(options).message().find(name) != std::string::npos);
  }
  options.properties = {{"acks", "all"}, {"max.in.flight", "1"}};
  CHECK(KafkaSink::Check(options).ok());
  options.properties = {};
  options.brokers = "";
  CHECK_FALSE(KafkaSink::Check(options).ok());
}

}  // namespace vinkki::sinks
