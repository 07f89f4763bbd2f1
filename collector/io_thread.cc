#include "collector/io_thread.h"

#include <algorithm>
#include <cassert>

#include "base/log.h"
#include "base/thread_name.h"
#include "collector/routes.h"

namespace vinkki::collector {
namespace {

// Ticks are as fine as the shortest deadline asks for (tests have short ones), at most 250 ms
// apart.
std::chrono::milliseconds TickOf(const CollectorOptions& o) {
  const Millis shortest = std::min(
      {o.request_timeout, o.write_timeout, o.idle_timeout, o.stream_keep_alive, o.stop_grace});
  return std::chrono::milliseconds(std::clamp<Millis>(shortest / 8, 5, 250));
}

}  // namespace

int64_t SteadyMillis() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

IoThread::IoThread(Server* server)
    : read_buffer(kReadSize + kPadding),
      server_(server),
      work_(net::make_work_guard(context_)),
      tick_(context_),
      tick_every_(TickOf(server->options)) {}

IoThread::~IoThread() = default;

void IoThread::Run() {
  NameThread("visitors io");
  ArmTick();
  context_.run();
}

void IoThread::Adopt(Tcp::socket socket) {
  auto connection = std::make_unique<Connection>(this, std::move(socket));
  connection->place = connections_.size();
  connections_.push_back(std::move(connection));
  CountConnections(+1);
  Connection* c = connections_.back().get();
  c->Start();
  if (stopping_) c->BeginStop();
}

void IoThread::CountConnections(int by) {
  const size_t n = server_->connections += static_cast<size_t>(by);
  server_->counters.SetConnections(n);
}

// Closed: it goes to retired_ now and is destroyed by a tick, when nothing of it runs any more.
void IoThread::Retire(Connection* connection) {
  const size_t place = connection->place;
  assert(connections_[place].get() == connection);
  retired_.push_back(std::move(connections_[place]));
  if (place + 1 != connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->place = place;
  }
  connections_.pop_back();
  CountConnections(-1);
}

void IoThread::BeginStop(std::chrono::milliseconds grace) {
  stopping_ = true;
  stop_at_ = SteadyMillis() + grace.count();
  // Backwards: closing moves the last one into the gap.
  for (size_t i = connections_.size(); i-- > 0;) connections_[i]->BeginStop();
  MaybeFinish();
}

void IoThread::MaybeFinish() {
  if (!stopping_) return;
  if (!connections_.empty() && SteadyMillis() < stop_at_) return;
  for (size_t i = connections_.size(); i-- > 0;) connections_[i]->Close();
  work_.reset();
  context_.stop();
}

// A round over all connections takes as long as one tick, however many there are.
void IoThread::ArmTick() {
  const auto parts = static_cast<int64_t>(connections_.size() / kTickedAtOnce + 1);
  tick_.expires_after(
      std::max(std::chrono::microseconds(tick_every_) / parts, std::chrono::microseconds(1000)));
  tick_.async_wait([this](const error_code& ec) {
    if (ec) return;
    Tick();
    ArmTick();
  });
}

// Backwards: closing one moves the last one into the gap, and that has had its turn.
void IoThread::TickConnections() {
  const int64_t now = SteadyMillis();
  if (not_ticked_ == 0) not_ticked_ = connections_.size();
  not_ticked_ = std::min(not_ticked_, connections_.size());
  const size_t end = not_ticked_ - std::min(not_ticked_, kTickedAtOnce);
  while (not_ticked_ > end) connections_[--not_ticked_]->Tick(now);
}

void IoThread::Tick() {
  TickConnections();
  for (Exchange* exchange : std::exchange(waiting_lines_, {})) SubmitLines(exchange);
  SettleTouched();
  Sweep();
  server_->counters.SetConnections(server_->connections);
  server_->counters.SetStreams(server_->streams);
  MaybeFinish();
}

void IoThread::Sweep() {
  std::erase_if(retired_, [](const auto& connection) { return connection->idle(); });
}

std::string_view IoThread::date_line() {
  const Millis now = server_->clock->Now();
  if (now / 1000 != date_second_) {
    date_second_ = now / 1000;
    date_line_ = DateLine(now);
  }
  return date_line_;
}

Exchange* IoThread::NewExchange(Connection* connection, Route route) {
  if (free_exchanges_.empty()) {
    free_exchanges_.push_back(static_cast<uint32_t>(exchanges_.size()));
    exchanges_.emplace_back().index = free_exchanges_.back();
  }
  Exchange* exchange = &exchanges_[free_exchanges_.back()];
  free_exchanges_.pop_back();
  exchange->connection = connection;
  exchange->route = route;
  return exchange;
}

void IoThread::FreeExchange(Exchange* exchange) {
  constexpr size_t kKeptCapacity = 4096;
  std::string response = std::move(exchange->response);
  std::string cookie_line = std::move(exchange->cookie_line);
  const uint32_t index = exchange->index;
  const uint32_t generation = exchange->generation + 1;
  *exchange = Exchange();
  exchange->index = index;
  exchange->generation = generation;
  if (response.capacity() <= kKeptCapacity) exchange->response = std::move(response);
  exchange->response.clear();
  exchange->cookie_line = std::move(cookie_line);
  exchange->cookie_line.clear();
  free_exchanges_.push_back(index);
}

void IoThread::Acknowledge(std::span<const engine::Ack> acks) {
  bool wake = false;
  {
    std::lock_guard lock(inbox_mutex_);
    wake = inbox_.empty();
    inbox_.insert(inbox_.end(), acks.begin(), acks.end());
  }
  if (wake) net::post(context_, [this] { TakeAcks(); });
}

void IoThread::TakeAcks() {
  {
    std::lock_guard lock(inbox_mutex_);
    taken_.swap(inbox_);
  }
  for (const engine::Ack& ack : taken_) TakeAck(ack);
  taken_.clear();
  SettleTouched();
}

void IoThread::TakeAck(const engine::Ack& ack) {
  const auto index = static_cast<uint32_t>(ack.token);
  if (index >= exchanges_.size()) return;
  Exchange* exchange = &exchanges_[index];
  if (exchange->generation != ack.token >> 32 || exchange->acks_left == 0) return;
  if (ack.outcome == engine::Outcome::kUnavailable) exchange->unavailable = true;
  --exchange->acks_left;
  const LinesAnswer* lines = exchange->lines.get();
  if (exchange->acks_left > 0) return;
  if (lines != nullptr && lines->submitted < lines->batches.size()) return;  // a tick goes on
  if (exchange->connection == nullptr) {
    FreeExchange(exchange);
    return;
  }
  AnswerStored(this, exchange);
  Touch(exchange->connection);
}

void IoThread::Touch(Connection* connection) {
  if (connection->touched) return;
  connection->touched = true;
  touched_.push_back(connection);
}

void IoThread::SettleTouched() {
  // Closed ones are still there: only a tick's Sweep destroys, after this.
  for (size_t i = 0; i < touched_.size(); ++i) {
    touched_[i]->touched = false;
    touched_[i]->Settle();
  }
  touched_.clear();
}

bool IoThread::SubmitLines(Exchange* exchange) {
  LinesAnswer* lines = exchange->lines.get();
  while (lines->submitted < lines->batches.size()) {
    ++exchange->acks_left;  // before: the ack may come at once
    if (server_->ingest->Submit(std::move(lines->batches[lines->submitted]), this,
                                exchange->token())) {
      ++lines->submitted;
      continue;
    }
    --exchange->acks_left;
    if (SteadyMillis() < lines->give_up_at && !exchange->unavailable) {
      waiting_lines_.push_back(exchange);
      return false;
    }
    exchange->unavailable = true;
    lines->submitted = lines->batches.size();
  }
  lines->batches.clear();
  lines->submitted = 0;
  if (exchange->acks_left > 0) return true;
  if (exchange->connection == nullptr) {
    FreeExchange(exchange);
  } else {
    AnswerStored(this, exchange);
    Touch(exchange->connection);
  }
  return true;
}

void IoThread::AddStream(Connection* connection) {
  std::vector<Connection*>& of_visitor = streams_[connection->stream_key()];
  if (of_visitor.size() == kStreamsOfVisitor) of_visitor.front()->Close();  // removes itself
  streams_[connection->stream_key()].push_back(connection);
  server_->counters.SetStreams(++server_->streams);
}

void IoThread::RemoveStream(Connection* connection) {
  const auto it = streams_.find(connection->stream_key());
  if (it == streams_.end()) return;
  std::erase(it->second, connection);
  if (it->second.empty()) streams_.erase(it);
  server_->counters.SetStreams(--server_->streams);
}

size_t IoThread::PushToStreams(const std::string& key, std::string_view bytes) {
  const auto it = streams_.find(key);
  if (it == streams_.end()) return 0;
  const std::vector<Connection*> targets = it->second;  // a slow one removes itself
  return static_cast<size_t>(std::count_if(targets.begin(), targets.end(),
                                           [&](Connection* c) { return c->SendToStream(bytes); }));
}

}  // namespace vinkki::collector
