// `vinkki import`: events from a file into a data folder, or over HTTP into a running server.

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "base/http_client.h"
#include "base/json_writer.h"
#include "base/metrics.h"
#include "base/text.h"
#include "cmd/commands.h"
#include "cmd/input.h"
#include "cmd/rules_source.h"
#include "engine/engine.h"

namespace vinkki::cmd {
namespace {

// Waits for the engine's answers; at most kMost batches are on their way.
class Answers final : public engine::AckSink {
 public:
  void Acknowledge(std::span<const engine::Ack> acks) override {
    std::lock_guard lock(mutex_);
    for (const engine::Ack& ack : acks) {
      if (ack.outcome == engine::Outcome::kUnavailable) ++failed_;
      if (ack.outcome == engine::Outcome::kDuplicate) ++duplicates_;
    }
    in_flight_ -= acks.size();
    changed_.notify_all();
  }
  void Sent() {
    std::unique_lock lock(mutex_);
    ++in_flight_;
    changed_.wait(lock, [&] { return in_flight_ < kMost; });
  }
  // Everything is answered; how many were not stored.
  uint64_t Await() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return in_flight_ == 0; });
    return failed_;
  }

 private:
  static constexpr size_t kMost = 4096;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t in_flight_ = 0;
  uint64_t failed_ = 0;
  uint64_t duplicates_ = 0;
};

Status IntoFolder(const ImportOptions& options, InputCounts* counts) {
  auto program = RequireProgram(options.rules);
  if (!program.ok()) return program.status();
  const SystemClock clock;
  Metrics metrics;
  engine::EngineOptions engine_options;
  engine_options.data_dir = options.data;
  engine_options.flush_on_stop = true;
  auto engine = engine::Engine::Open(engine_options, *program, &clock, &metrics);
  if (!engine.ok()) return engine.status();
  Answers answers;
  const auto submit = [&](Batch&& batch) {
    // Submit takes the batch only when it says true. NOLINTNEXTLINE(bugprone-use-after-move)
    while (!(*engine)->ingest().Submit(std::move(batch), &answers, 0)) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the queue is full
    }
    answers.Sent();
    return Status::Ok();
  };
  Status status =
      ReadBatches(options.input, clock.Now(), engine_options.accepted_lateness, submit, counts);
  const uint64_t failed = answers.Await();
  (*engine)->Stop();
  if (status.ok() && failed > 0) {
    return Status::Internal(
        std::to_string(failed) +
        " batches were not stored: is the disk full? Import the file again when "
        "there is space: events with an id count once");
  }
  return status;
}

void WriteProps(const std::vector<collector::Property>& props, size_t from, size_t to,
                JsonWriter* w) {
  for (size_t i = from; i < to; ++i) {
    if (!props[i].value.missing()) w->Key(props[i].key).Any(props[i].value);
  }
}

// The event as a line of POST /v1/events.
std::string LineOf(const collector::LineEvent& event, const std::string& site) {
  JsonWriter w;
  w.BeginObject();
  if (!event.site.empty())
    w.Key("site").Text(event.site);
  else if (!site.empty())
    w.Key("site").Text(site);
  w.Key("visitor").Text(event.visitor).Key("at").Whole(event.at).Key("name").Text(event.name);
  if (!event.id.empty()) w.Key("id").Text(event.id);
  if (event.via_server) w.Key("via").Text("server");
  w.Key("props").BeginObject();
  WriteProps(event.props.props, 0, event.props.props.size(), &w);
  if (!event.props.item_ends.empty()) {
    w.Key("items").BeginArray();
    size_t from = 0;
    for (uint32_t end : event.props.item_ends) {
      w.BeginObject();
      WriteProps(event.props.item_props, from, end, &w);
      w.EndObject();
      from = end;
    }
    w.EndArray();
  }
  w.EndObject().EndObject();
  return w.Take() + "\n";
}

// Posts pieces of the file; a piece that met a full queue is sent again.
class Uploader {
 public:
  Uploader(HttpClient client, std::string secret)
      : client_(std::move(client)), headers_{{"Authorization", "Bearer " + std::move(secret)}} {}

  Status Add(std::string line) {
    piece_ += line;
    return piece_.size() >= kPiece ? Flush() : Status::Ok();
  }

  Status Flush() {
    if (piece_.empty()) return Status::Ok();
    for (int tries = 0; tries < kTries; ++tries) {
      auto answer = client_.Post("/v1/events", headers_, piece_, "application/x-ndjson");
      if (answer.ok() && answer->status == 200) {
        PrintRefused(answer->body);
        piece_.clear();
        return Status::Ok();
      }
      if (answer.ok() && answer->status != 503 && answer->status != 429) {
        return Status::Invalid("the server refused: " + answer->body);
      }
      last_ = answer.ok() ? answer->body : answer.status().message();
      std::this_thread::sleep_for(std::chrono::milliseconds(200 << tries));
    }
    return Status::Unavailable("the server takes no events: " + last_);
  }

 private:
  static constexpr size_t kPiece = 1 << 20;
  static constexpr int kTries = 7;

  // {"accepted":n,"refused":[...]}: what was refused is for the person to read.
  static void PrintRefused(const std::string& body) {
    if (body.find("\"refused\":[]") == std::string::npos) {
      std::fprintf(stderr, "the server answered: %s\n", body.c_str());
    }
  }

  HttpClient client_;
  HttpHeaders headers_;
  std::string piece_;
  std::string last_;
};

Status OverHttp(const ImportOptions& options, InputCounts* counts) {
  auto client = HttpClient::Connect(options.to, 60'000);
  if (!client.ok()) return client.status();
  Uploader uploader(std::move(*client), options.secret);
  Status sent;
  Status read = ReadEvents(
      options.input,
      [&](const collector::LineEvent& event) {
        if (sent.ok()) sent = uploader.Add(LineOf(event, options.input.site));
        return collector::Problem();
      },
      counts);
  if (sent.ok()) sent = uploader.Flush();
  return read.ok() ? sent : read;
}

}  // namespace

int Import(const ImportOptions& options) {
  if (options.input.file.empty() || options.data.empty() == options.to.empty()) {
    return Complain(Status::Invalid(
        "say which file, and either --data FOLDER or --to http://host:port; vinkki import --help"));
  }
  InputCounts counts;
  const Status status =
      options.to.empty() ? IntoFolder(options, &counts) : OverHttp(options, &counts);
  PrintCounts(counts);
  return status.ok() ? 0 : Complain(status);
}

}  // namespace vinkki::cmd
