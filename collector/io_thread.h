// One I/O thread: its io_context, its connections, and everything that is reused from request to
// request. All of it is touched by this thread only, apart from the inbox of acks and what is
// posted to context().
//
// The engine answers whole groups: Acknowledge (on a commit thread) wakes the I/O thread once for a
// group, which then writes once for each connection.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collector/boost.h"
#include "collector/connection.h"
#include "collector/decode.h"
#include "collector/exchange.h"
#include "collector/ndjson.h"
#include "collector/server.h"
#include "engine/ingest.h"

namespace vinkki::collector {

int64_t SteadyMillis();

class IoThread final : public engine::AckSink {
 public:
  explicit IoThread(Server* server);
  ~IoThread() override;

  net::io_context& context() { return context_; }
  Server& server() { return *server_; }

  // The thread's body: returns when stopped.
  void Run();
  // Everything below on this thread only, unless it says otherwise.
  void Adopt(Tcp::socket socket);
  void BeginStop(std::chrono::milliseconds grace);

  // From any commit thread.
  void Acknowledge(std::span<const engine::Ack> acks) override;

  Exchange* NewExchange(Connection* connection, Route route);
  void FreeExchange(Exchange* exchange);
  // Submits what `exchange` still has to submit of its lines; true when there is none left.
  bool SubmitLines(Exchange* exchange);

  void AddStream(Connection* connection);
  void RemoveStream(Connection* connection);
  // How many streams of the visitor took the bytes.
  size_t PushToStreams(const std::string& key, std::string_view bytes);

  void Retire(Connection* connection);
  void CountConnections(int by);

  // Reused by every request of the thread.
  Decoder decoder;
  BatchWriter writer;
  BeaconResult beacon_result;
  NdjsonDecoder lines;
  std::vector<char> read_buffer;  // kReadSize, and kPadding behind it

  std::string_view date_line();
  static constexpr size_t kReadSize = 256u << 10;
  static constexpr size_t kStreamsOfVisitor = 16;  // the oldest goes
  // Connections whose deadlines are looked at in one go, and who may be sent a keep-alive then:
  // with 10,000 open streams the others would wait for milliseconds else.
  static constexpr size_t kTickedAtOnce = 256;

 private:
  void TakeAcks();
  void TakeAck(const engine::Ack& ack);
  void Touch(Connection* connection);
  void SettleTouched();
  void ArmTick();
  void Tick();
  void TickConnections();
  void Sweep();
  void MaybeFinish();

  Server* server_;
  net::io_context context_{1};
  net::executor_work_guard<net::io_context::executor_type> work_;
  net::steady_timer tick_;
  std::chrono::milliseconds tick_every_;

  std::vector<std::unique_ptr<Connection>> connections_;
  size_t not_ticked_ = 0;  // of them, in this round: those in front
  std::vector<std::unique_ptr<Connection>> retired_;
  std::vector<Connection*> touched_;
  std::deque<Exchange> exchanges_;
  std::vector<uint32_t> free_exchanges_;
  std::vector<Exchange*> waiting_lines_;  // for room in the engine's queue
  std::unordered_map<std::string, std::vector<Connection*>> streams_;
  bool stopping_ = false;
  int64_t stop_at_ = 0;

  std::string date_line_;
  Millis date_second_ = -1;

  std::mutex inbox_mutex_;
  std::vector<engine::Ack> inbox_;  // under inbox_mutex_; bounded by the exchanges under way
  std::vector<engine::Ack> taken_;
};

}  // namespace vinkki::collector
