#include "collector/connection.h"

#include <algorithm>
#include <cassert>

#include "collector/io_thread.h"
#include "collector/offers_route.h"
#include "collector/routes.h"

namespace vinkki::collector {
namespace {

constexpr int64_t kLingerMillis = 2000;
// A body is given a second more for each so many bytes, so that only a trickle is cut.
constexpr uint64_t kSlowestBytesPerSecond = 64u << 10;
constexpr size_t kKeptCapacity = 16u << 10;  // of a buffer, between requests

IpAddress AddressOf(const Tcp::endpoint& peer) {
  const auto v6 = peer.address().is_v6()
                      ? peer.address().to_v6()
                      : net::ip::make_address_v6(net::ip::v4_mapped, peer.address().to_v4());
  const auto bytes = v6.to_bytes();
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes.begin());
  return address;
}

void Release(std::string* buffer) {
  if (buffer->capacity() > kKeptCapacity) {
    *buffer = std::string();
  } else {
    buffer->clear();
  }
}

}  // namespace

Connection::Connection(IoThread* thread, Tcp::socket socket)
    : thread_(thread), socket_(std::move(socket)), plan_(std::make_unique<Plan>()) {}

Connection::~Connection() = default;

void Connection::Start() {
  error_code ec;
  socket_.non_blocking(true, ec);
  socket_.set_option(Tcp::no_delay(true), ec);
  if (const auto peer = socket_.remote_endpoint(ec); !ec) peer_ = AddressOf(peer);
  EnterPhase(Phase::kIdle);
  WaitReadable();
}

void Connection::EnterPhase(Phase phase) {
  const CollectorOptions& o = thread_->server().options;
  const int64_t now = SteadyMillis();
  switch (phase) {
    case Phase::kIdle: deadline_ = now + o.idle_timeout; break;
    case Phase::kHead: deadline_ = now + o.request_timeout; break;
    case Phase::kBody: break;  // the head's goes on
    case Phase::kStream: deadline_ = now + o.stream_keep_alive; break;
    case Phase::kLinger: deadline_ = now + kLingerMillis; break;
  }
  phase_ = phase;
}

void Connection::Tick(int64_t now) {
  if (closed_) return;
  if (writing_ && now >= write_deadline_) {
    Close();
    return;
  }
  const int64_t extra =
      phase_ == Phase::kBody ? static_cast<int64_t>(received_ * 1000 / kSlowestBytesPerSecond) : 0;
  if (now < deadline_ + extra) return;
  switch (phase_) {
    case Phase::kIdle:
      if (first_ == nullptr) Close();
      return;
    case Phase::kHead:
    case Phase::kBody:
      if (Blocked()) return;  // it is we who do not read
      Refuse({Reason::kRequestTimeout, {}}, Route::kOther);
      Settle();
      return;
    case Phase::kStream:
      deadline_ = now + thread_->server().options.stream_keep_alive;
      if (!writing_) SendToStream(kKeepAlive);
      return;
    case Phase::kLinger: Close(); return;
  }
}

void Connection::BeginStop() {
  if (closed_) return;
  closing_ = true;
  const bool between = phase_ == Phase::kIdle && first_ == nullptr && out_.empty();
  if (between || phase_ == Phase::kStream || phase_ == Phase::kLinger) Close();
}

void Connection::Close() {
  if (closed_) return;
  closed_ = true;
  if (phase_ == Phase::kStream) thread_->RemoveStream(this);
  error_code ec;
  socket_.close(ec);
  while (first_ != nullptr) {
    Exchange* exchange = std::exchange(first_, first_->next);
    const LinesAnswer* lines = exchange->lines.get();
    const bool waits = lines != nullptr && lines->submitted < lines->batches.size();
    exchange->connection = nullptr;
    exchange->next = nullptr;
    if (exchange->acks_left == 0 && !waits) thread_->FreeExchange(exchange);
  }
  thread_->Retire(this);
}

// ---- reading

void Connection::WaitReadable() {
  if (reading_ || closed_ || eof_) return;
  reading_ = true;
  socket_.async_wait(Tcp::socket::wait_read, [this](const error_code& ec) { OnReadable(ec); });
}

void Connection::OnReadable(const error_code& ec) {
  reading_ = false;
  if (closed_) return;
  if (ec) {
    Close();
    return;
  }
  error_code read_error;
  std::vector<char>& buffer = thread_->read_buffer;
  const size_t n = socket_.read_some(net::buffer(buffer.data(), IoThread::kReadSize), read_error);
  if (read_error == net::error::would_block) {
    WaitReadable();
    return;
  }
  if (read_error == net::error::eof || (!read_error && n == 0)) {
    eof_ = true;
  } else if (read_error) {
    Close();
    return;
  }
  Feed({buffer.data(), n});
  Settle();
}

// New bytes, which live in the thread's buffer: what is not used of them is kept in in_.
void Connection::Feed(std::string_view bytes) {
  if (in_.empty()) {
    const size_t used = Process(bytes);
    in_.assign(bytes.substr(used));
    return;
  }
  in_.append(bytes);
  in_.reserve(in_.size() + kPadding);
  const size_t used = Process(in_);
  in_.erase(0, used);
  if (in_.empty()) Release(&in_);
}

bool Connection::Blocked() const {
  return under_way_ >= kMaxPipelined || out_.size() - sent_ > kMaxUnsent;
}

size_t Connection::Process(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && !closed_) {
    const std::string_view rest = bytes.substr(used);
    const bool deaf = phase_ == Phase::kStream || phase_ == Phase::kLinger || refused_ ||
                      (closing_ && phase_ == Phase::kIdle);
    if (deaf) return bytes.size();
    size_t n = 0;
    if (phase_ == Phase::kBody) {
      n = ProcessBody(rest);
    } else {
      if (Blocked()) return used;
      n = ProcessHead(rest);
    }
    if (n == 0) return used;
    used += n;
  }
  return used;
}

size_t Connection::ProcessHead(std::string_view bytes) {
  if (phase_ == Phase::kIdle) {
    EnterPhase(Phase::kHead);
    scanned_ = 0;
  }
  size_t end = 0;
  const HeadScan scan = ScanHead(bytes, &scanned_, &end);
  const size_t limit = thread_->server().options.header_limit;
  if (scan == HeadScan::kBad) {
    Refuse({Reason::kBadRequest, "a line that ends or begins as none may"}, Route::kOther);
    return bytes.size();
  }
  if (scan == HeadScan::kIncomplete ? bytes.size() > limit : end > limit) {
    Refuse({Reason::kHeaderTooLarge, "more than " + std::to_string(limit) + " bytes"},
           Route::kOther);
    return bytes.size();
  }
  if (scan == HeadScan::kIncomplete) return 0;
  parser_.emplace();
  if (Problem problem = parser_->ReadHead(bytes.substr(0, end))) {
    Refuse(problem, Route::kOther);
    return bytes.size();
  }
  const Request& request = parser_->request();
  const bool has_body = request.chunked || request.content_length > 0;
  *plan_ = MakePlan(thread_->server(), request);
  if (!plan_->problem && request.content_length > plan_->body_limit) {
    plan_->problem = {Reason::kBodyTooLarge,
                      "more than " + std::to_string(plan_->body_limit) + " bytes"};
  }
  if (plan_->problem && has_body) {
    Refuse(plan_->problem, plan_->route);
    return bytes.size();
  }
  if (!has_body) {
    Handle({});
    return end;
  }
  return end + BeginBody(bytes.substr(end));
}

size_t Connection::BeginBody(std::string_view rest) {
  const Request& request = parser_->request();
  if (!request.chunked && rest.size() >= request.content_length) {
    const auto size = static_cast<size_t>(request.content_length);
    Handle(rest.substr(0, size));  // in place: no copy
    return size;
  }
  head_.assign(parser_->head());
  parser_->Rebase(head_.data());
  received_ = 0;
  EnterPhase(Phase::kBody);
  if (request.expects_continue && first_ == nullptr && rest.empty()) {
    out_.append("HTTP/1.1 100 Continue\r\n\r\n");
  }
  return 0;
}

size_t Connection::ProcessBody(std::string_view bytes) {
  const Request& request = parser_->request();
  size_t used = 0;
  bool complete = false;
  if (request.chunked) {
    Problem problem;
    used = parser_->ReadChunks(bytes, plan_->body_limit, &body_, &problem);
    if (problem) {
      Refuse(problem, plan_->route);
      return bytes.size();
    }
    complete = parser_->chunks_done();
  } else {
    used = std::min<size_t>(bytes.size(), request.content_length - body_.size());
    body_.append(bytes.substr(0, used));
    complete = body_.size() == request.content_length;
  }
  received_ += used;
  if (complete) {
    body_.reserve(body_.size() + kPadding);
    Handle(body_);
  }
  return used;
}

// ---- requests and their answers

Exchange* Connection::NewExchange(Route route) {
  Exchange* exchange = thread_->NewExchange(this, route);
  (last_ == nullptr || first_ == nullptr ? first_ : last_->next) = exchange;
  last_ = exchange;
  ++under_way_;
  return exchange;
}

void Connection::Handle(std::string_view body) {
  const Request& request = parser_->request();
  Exchange* exchange = NewExchange(plan_->route);
  exchange->origin = plan_->origin;
  exchange->client = thread_->server().quotas.ClientKey(peer_, request.forwarded_for());
  exchange->http10 = request.http10;
  exchange->head_only = request.method == Method::kHead;
  exchange->keep_alive = request.keep_alive && !closing_;
  if (!exchange->keep_alive) closing_ = true;
  EnterPhase(Phase::kIdle);
  if (plan_->problem) {
    thread_->server().counters.Refused(plan_->problem.reason, 1);
    AnswerProblem(thread_, exchange, plan_->problem);
  } else {
    HandleRequest(thread_, exchange, *plan_, request, body);
  }
  Release(&head_);
  Release(&body_);
}

// The request is not one, or is not wanted: it is answered and nothing after it is read.
void Connection::Refuse(const Problem& problem, Route route) {
  Exchange* exchange = NewExchange(route);
  exchange->keep_alive = false;
  if (route != Route::kOther) exchange->origin = plan_->origin;
  closing_ = true;
  refused_ = true;
  EnterPhase(Phase::kIdle);
  thread_->server().counters.Refused(problem.reason, 1);
  AnswerProblem(thread_, exchange, problem);
  Release(&head_);
  Release(&body_);
}

void Connection::Settle() {
  bool progress = true;
  while (progress && !closed_) {
    CollectDone();
    Flush();
    progress = !closed_ && !in_.empty() && !Blocked() && Resume();
  }
  if (!closed_) FinishOrRead();
}

// Goes on with what waited for room; false when it is not a whole request.
bool Connection::Resume() {
  std::string waiting = std::exchange(in_, {});
  waiting.reserve(waiting.size() + kPadding);
  const size_t used = Process(waiting);
  in_.assign(waiting, used);
  return used > 0;
}

void Connection::CollectDone() {
  while (first_ != nullptr && first_->done) {
    Exchange* exchange = std::exchange(first_, first_->next);
    out_.append(exchange->response);
    thread_->FreeExchange(exchange);
    --under_way_;
    if (first_ == nullptr && phase_ == Phase::kIdle) EnterPhase(Phase::kIdle);
  }
  if (first_ == nullptr) last_ = nullptr;
}

void Connection::Flush() {
  if (writing_ || closed_) return;
  while (sent_ < out_.size()) {
    error_code ec;
    sent_ += socket_.write_some(net::buffer(out_.data() + sent_, out_.size() - sent_), ec);
    if (ec == net::error::would_block) {
      writing_ = true;
      write_deadline_ = SteadyMillis() + thread_->server().options.write_timeout;
      socket_.async_wait(Tcp::socket::wait_write, [this](const error_code& e) { OnWritable(e); });
      return;
    }
    if (ec) {
      Close();
      return;
    }
  }
  sent_ = 0;
  Release(&out_);
}

void Connection::OnWritable(const error_code& ec) {
  writing_ = false;
  if (closed_) return;
  if (ec) {
    Close();
    return;
  }
  Settle();
}

void Connection::FinishOrRead() {
  const bool nothing_left = first_ == nullptr && out_.empty();
  if (phase_ == Phase::kStream || phase_ == Phase::kLinger) {
    if (eof_) {
      Close();
    } else {
      WaitReadable();
    }
    return;
  }
  if (nothing_left && refused_ && !eof_) {
    Linger();
    return;
  }
  const bool begun = phase_ != Phase::kIdle && !eof_;
  if (nothing_left && (eof_ || (closing_ && !begun))) {
    Close();
    return;
  }
  if (in_.empty() || !Blocked()) WaitReadable();
}

// Closing with bytes unread resets the connection, and the client would never see the answer: the
// rest is read and thrown away for a while.
void Connection::Linger() {
  error_code ec;
  socket_.shutdown(Tcp::socket::shutdown_send, ec);
  Release(&in_);
  EnterPhase(Phase::kLinger);
  WaitReadable();
}

// ---- streams

void Connection::BecomeStream(std::string key, std::string_view opening) {
  // The exchange that asked for it has no answer of its own; those before it are answered first.
  assert(last_ != nullptr);
  last_->response.assign(opening);
  last_->keep_alive = false;
  last_->done = true;
  stream_key_ = std::move(key);
  EnterPhase(Phase::kStream);
  thread_->AddStream(this);
}

bool Connection::SendToStream(std::string_view bytes) {
  if (closed_) return false;
  if (first_ != nullptr ||
      out_.size() - sent_ + bytes.size() > thread_->server().options.stream_buffer) {
    Close();
    return false;
  }
  out_.append(bytes);
  Flush();
  return !closed_;
}

}  // namespace vinkki::collector
