#include "tests/collector/support.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

namespace vinkki::collector {

MemoryIngest::MemoryIngest() : thread_([this] { Run(); }) {}

MemoryIngest::~MemoryIngest() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool MemoryIngest::Submit(Batch&& batch, engine::AckSink* sink, uint64_t token) {
  if (full) return false;
  {
    std::lock_guard lock(mutex_);
    batches_.push_back(std::move(batch));
    waiting_.push_back({sink, token});
  }
  changed_.notify_all();
  return true;
}

void MemoryIngest::Quarantine(engine::Reject reject) {
  std::lock_guard lock(mutex_);
  rejects_.push_back(std::move(reject));
}

void MemoryIngest::AnswerAll() {
  std::vector<Waiting> waiting;
  {
    std::lock_guard lock(mutex_);
    waiting.swap(waiting_);
  }
  std::map<engine::AckSink*, std::vector<engine::Ack>> groups;
  for (const Waiting& w : waiting) groups[w.sink].push_back({w.token, outcome.load()});
  for (const auto& [sink, acks] : groups) sink->Acknowledge(acks);
}

void MemoryIngest::Run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    changed_.wait(lock, [&] { return stop_ || (!waiting_.empty() && !manual); });
    lock.unlock();
    AnswerAll();
    lock.lock();
  }
}

void MemoryIngest::WaitForBatches(size_t n) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(20), [&] { return batches_.size() >= n; });
  REQUIRE(batches_.size() >= n);
}

std::vector<std::string> MemoryIngest::Dump() const {
  std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const Batch& batch : batches_) out.push_back(DumpBatch(batch));
  return out;
}

std::vector<engine::Reject> MemoryIngest::rejects() const {
  std::lock_guard lock(mutex_);
  return rejects_;
}

std::vector<std::string> MemoryIngest::RejectCodes() const {
  std::vector<std::string> out;
  for (const engine::Reject& reject : rejects()) out.push_back(reject.code);
  return out;
}

size_t MemoryIngest::batch_count() const {
  std::lock_guard lock(mutex_);
  return batches_.size();
}

namespace {

void DumpProps(PropReader props, std::ostream& out) {
  out << '{';
  std::string_view key;
  const char* comma = "";
  for (Value value; props.Next(&key, &value); comma = ",") {
    out << comma << key << '=';
    switch (value.kind) {
      case Value::Kind::kText: out << '"' << value.text << '"'; break;
      case Value::Kind::kBool: out << (value.boolean ? "true" : "false"); break;
      default: out << value.number;
    }
  }
  out << '}';
}

}  // namespace

std::string DumpBatch(const Batch& batch) {
  BatchReader reader(batch.bytes());
  const BatchHeader& header = reader.header();
  std::ostringstream out;
  constexpr const char* kModes[] = {"off", "cookieless", "full", "?"};
  out << batch.site() << '/' << batch.visitor() << ' '
      << kModes[static_cast<size_t>(header.consent) & 3] << ' ' << header.number
      << (header.history ? " history" : "") << ':';
  for (EventView event; reader.Next(&event);) {
    out << ' ' << event.name << '@' << event.at - header.received;
    if (!event.id.empty()) out << '#' << event.id;
    if (event.via_server) out << "(server)";
    DumpProps(event.props(), out);
    event.ForEachItem([&](PropReader item) {
      out << '+';
      DumpProps(item, out);
    });
  }
  CHECK(reader.status().ok());
  return out.str();
}

std::string Answer::code() const {
  constexpr std::string_view kKey = "\"code\":\"";
  const size_t at = body.find(kKey);
  if (at == std::string::npos) return {};
  const size_t begin = at + kKey.size();
  return body.substr(begin, body.find('"', begin) - begin);
}

Client::Client(uint16_t port, int receive_buffer) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
  if (receive_buffer > 0) {
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

Client::~Client() {
  if (socket_ >= 0) close(socket_);
}

Client::Client(Client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}

void Client::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;  // the server closed: what it answered shows why
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

bool Client::Fill() {
  pollfd poll_for{socket_, POLLIN, 0};
  REQUIRE_MESSAGE(poll(&poll_for, 1, 20'000) == 1, "no answer in 20 s; so far: " << buffer_);
  char bytes[65536];
  const ssize_t n = recv(socket_, bytes, sizeof bytes, 0);
  if (n <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(n));
  return true;
}

std::string Client::ReadUntil(std::string_view what) {
  for (;;) {
    const size_t at = buffer_.find(what);
    if (at != std::string::npos) {
      std::string out = buffer_.substr(0, at + what.size());
      buffer_.erase(0, out.size());
      return out;
    }
    if (!Fill()) return {};
  }
}

Answer Client::Read(bool head_only) {
  Answer answer;
  std::istringstream head(ReadUntil("\r\n\r\n"));
  std::string line;
  if (!std::getline(head, line)) return answer;
  answer.status = std::stoi(line.substr(9, 3));
  while (std::getline(head, line) && line != "\r") {
    const size_t colon = line.find(':');
    std::string name = line.substr(0, colon);
    std::transform(name.begin(), name.end(), name.begin(), ::tolower);
    std::string value = line.substr(colon + 2, line.size() - colon - 3);
    std::string& slot = answer.headers[name];
    slot = slot.empty() ? value : slot + ", " + value;
  }
  const auto length = answer.headers.find("content-length");
  if (head_only || length == answer.headers.end()) return answer;
  const size_t size = std::stoul(length->second);
  while (buffer_.size() < size) REQUIRE(Fill());
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

bool Client::Closed() {
  while (Fill()) buffer_.clear();
  return true;
}

void Client::CloseWrite() { shutdown(socket_, SHUT_WR); }

bool Client::HasInput(int millis) {
  pollfd poll_for{socket_, POLLIN, 0};
  return poll(&poll_for, 1, millis) == 1;
}

std::filesystem::path DataFolder() {
  if (const char* set = std::getenv("VINKKI_TEST_DATA")) return set;
  return std::filesystem::path(VINKKI_SOURCE_DIR) / ".." / "shared" / "data";
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

CollectorOptions Fixture::Options() {
  CollectorOptions options;
  options.listen = "127.0.0.1:0";
  options.sites.push_back({"shop", {std::string(kShop), "http://localhost:8080"}, "s3cret"});
  options.sites.push_back({"other", {"https://other.example"}, "0ther"});
  return options;
}

Fixture::Fixture(CollectorOptions options) {
  auto started = Collector::Start(std::move(options), &ingest, &clock, &metrics);
  REQUIRE_MESSAGE(started.ok(), started.status().message());
  collector = std::move(started).value();
}

Fixture::~Fixture() {
  ingest.manual = false;
  ingest.AnswerAll();
  collector->Stop();
}

Answer Fixture::Request(std::string_view bytes) {
  Client client(collector->port());
  client.Send(bytes);
  return client.Read(bytes.starts_with("HEAD "));
}

Answer Fixture::Beacon(std::string_view body, std::string_view more_headers) {
  return Request(BeaconRequest(body, more_headers));
}

Answer Fixture::Events(std::string_view body, std::string_view more_headers) {
  return Request(EventsRequest(body, more_headers));
}

double Fixture::Metric(const std::string& line) const {
  std::istringstream text(metrics.Text());
  for (std::string row; std::getline(text, row);) {
    if (row.starts_with(line + " ")) return std::stod(row.substr(line.size() + 1));
  }
  return 0;
}

std::string BeaconRequest(std::string_view body, std::string_view more_headers) {
  std::string out = "POST /v1/e HTTP/1.1\r\nHost: c.shop.example\r\nOrigin: ";
  out.append(kShop).append("\r\nContent-Type: text/plain;charset=UTF-8\r\nContent-Length: ");
  out.append(std::to_string(body.size())).append("\r\n").append(more_headers).append("\r\n");
  return out.append(body);
}

std::string EventsRequest(std::string_view body, std::string_view more_headers) {
  std::string out = "POST /v1/events HTTP/1.1\r\nHost: c\r\nAuthorization: Bearer s3cret\r\n";
  out.append("Content-Type: application/x-ndjson\r\nContent-Length: ");
  out.append(std::to_string(body.size())).append("\r\n").append(more_headers).append("\r\n");
  return out.append(body);
}

std::string BeaconBody(std::string_view events, std::string_view number) {
  std::string out =
      R"({"v":1,"s":"shop","i":"0123456789abcdef","t":"tab1","b":"load1","sent":1795000000000,)"
      R"("m":"cookieless","n":)";
  return out.append(number).append(",\"e\":").append(events).append("}");
}

}  // namespace vinkki::collector
