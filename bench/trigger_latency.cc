// From an event's departure to its offer's arrival on the visitor's open stream, over real sockets:
// opens a stream for a new visitor, posts one event that fires the rule "probe" at once, and waits
// for the offer. One visitor after the other, so that each figure is one visitor's.
//
//   trigger_latency PORT SITE ORIGIN SECONDS     prints p50, p99 and max in milliseconds

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using SteadyClock = std::chrono::steady_clock;

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "trigger_latency: %s\n", why.c_str());
  std::exit(1);
}

class Connection {
 public:
  explicit Connection(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int one = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    const timeval patience{5, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) Die("cannot connect");
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;

  void Send(const std::string& text) {
    if (::send(fd_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
      Die("cannot send");
    }
  }
  // Reads until `mark` has come; what was read before stays out.
  void Await(const char* mark) {
    while (seen_.find(mark) == std::string::npos) {
      char buffer[4096];
      const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) Die(std::string("no '") + mark + "' within 5 s; got: " + seen_);
      seen_.append(buffer, static_cast<size_t>(n));
    }
    seen_.clear();
  }

 private:
  int fd_;
  std::string seen_;
};

double Probe(int port, const std::string& site, const std::string& origin,
             const std::string& visitor, Connection* posts) {
  Connection stream(port);
  stream.Send("GET /v1/offers?s=" + site + "&i=" + visitor +
              " HTTP/1.1\r\nHost: x\r\nOrigin: " + origin + "\r\n\r\n");
  stream.Await("\r\n\r\n");
  const std::string body = "{\"v\":1,\"s\":\"" + site + "\",\"i\":\"" + visitor +
                           "\",\"t\":\"t\",\"n\":1,\"b\":\"b\",\"sent\":1,\"m\":\"cookieless\","
                           "\"e\":[[\"vinkki_probe\",0,{}]]}";
  const auto start = SteadyClock::now();
  posts->Send("POST /v1/e HTTP/1.1\r\nHost: x\r\nOrigin: " + origin +
              "\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n" + body);
  stream.Await("event: offer");
  const std::chrono::duration<double, std::milli> took = SteadyClock::now() - start;
  posts->Await(" 204 ");
  return took.count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) Die("usage: trigger_latency PORT SITE ORIGIN SECONDS");
  const int port = std::atoi(argv[1]);
  const auto until = SteadyClock::now() + std::chrono::seconds(std::atoi(argv[4]));
  Connection posts(port);
  std::vector<double> took;
  while (SteadyClock::now() < until) {
    const std::string visitor =
        "probe-" + std::to_string(::getpid()) + "-" + std::to_string(1'000'000 + took.size());
    took.push_back(Probe(port, argv[2], argv[3], visitor, &posts));
  }
  std::sort(took.begin(), took.end());
  std::printf("probes %zu p50_ms %.2f p99_ms %.2f max_ms %.2f\n", took.size(),
              took[took.size() / 2], took[took.size() * 99 / 100], took.back());
  return 0;
}
