// One visitor-facing connection: reads requests, hands them to the routes, writes the answers in
// order. Runs on its I/O thread only; owned by it, and destroyed by it once it is closed and no
// operation of it is under way.
//
// Invariants: at most kMaxPipelined requests are under way, beyond that nothing is read; an idle
// connection holds no buffer (bytes arrive in the thread's own and only what is incomplete stays
// here); every state but "waiting for the engine" has a deadline, which the thread's tick enforces.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collector/address.h"
#include "collector/boost.h"
#include "collector/exchange.h"
#include "collector/request.h"

namespace vinkki::collector {

class IoThread;
struct Plan;

class Connection {
 public:
  Connection(IoThread* thread, Tcp::socket socket);
  ~Connection();

  void Start();
  // At each tick, with the steady clock's milliseconds: enforces deadlines, keeps streams alive.
  void Tick(int64_t now);
  // No more requests than those begun; closes when they are answered. Streams close at once.
  void BeginStop();
  void Close();

  // Sends what is done, in order; closes or reads on. After every batch of changes.
  void Settle();

  // From here on the connection is an offers stream of `key`: head and first bytes are `opening`.
  void BecomeStream(std::string key, std::string_view opening);
  // False: the reader is too slow and was dropped, or the stream is closed.
  bool SendToStream(std::string_view bytes);
  const std::string& stream_key() const { return stream_key_; }

  bool closed() const { return closed_; }
  // Whether the thread may destroy it.
  bool idle() const { return closed_ && !reading_ && !writing_; }

  size_t place = 0;      // in the thread's list
  bool touched = false;  // the thread will call Settle

 private:
  enum class Phase : uint8_t { kIdle, kHead, kBody, kStream, kLinger };
  static constexpr size_t kMaxPipelined = 16;
  static constexpr size_t kMaxUnsent = 256u << 10;  // beyond that no further request is begun

  void WaitReadable();
  void OnReadable(const error_code& ec);
  void Feed(std::string_view bytes);
  size_t Process(std::string_view bytes);
  bool Blocked() const;
  // Each returns how many bytes it used, 0 when it needs more.
  size_t ProcessHead(std::string_view bytes);
  size_t BeginBody(std::string_view rest);
  size_t ProcessBody(std::string_view bytes);
  void EnterPhase(Phase phase);
  void Handle(std::string_view body);
  void Refuse(const Problem& problem, Route route);
  Exchange* NewExchange(Route route);

  bool Resume();
  void CollectDone();
  void Flush();
  void OnWritable(const error_code& ec);
  void FinishOrRead();
  void Linger();

  IoThread* thread_;
  Tcp::socket socket_;
  IpAddress peer_;
  Phase phase_ = Phase::kIdle;
  bool reading_ = false;
  bool writing_ = false;
  bool closed_ = false;
  bool closing_ = false;  // no further request
  bool refused_ = false;  // the rest of what comes is thrown away, then lingering
  bool eof_ = false;
  int64_t deadline_ = 0;        // of the phase
  int64_t write_deadline_ = 0;  // while writing_
  uint64_t received_ = 0;       // bytes of the body so far

  std::string in_;  // what is incomplete
  size_t scanned_ = 0;
  std::optional<RequestParser> parser_;
  std::string head_;  // of a request whose body is still coming
  std::string body_;
  std::unique_ptr<Plan> plan_;

  Exchange* first_ = nullptr;
  Exchange* last_ = nullptr;
  size_t under_way_ = 0;
  std::string out_;
  size_t sent_ = 0;
  std::string stream_key_;
};

}  // namespace vinkki::collector
