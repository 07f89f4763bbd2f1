// A plain socket to the staff port, so that a test says every byte of a request itself.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace vinkki::console {

class Wire {
 public:
  explicit Wire(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ =
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() { ::close(socket_); }

  bool connected() const { return connected_; }

  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }

  // Reads until `mark` has come (and returns all so far), or to the end.
  std::string ReadTo(std::string_view mark) {
    while (read_.find(mark) == std::string::npos) {
      char buffer[4096];
      const ssize_t n = ::recv(socket_, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      read_.append(buffer, static_cast<size_t>(n));
    }
    return read_;
  }
  std::string ReadAll() { return ReadTo(std::string_view("\0never\0", 7)); }

 private:
  int socket_;
  bool connected_ = false;
  std::string read_;
};

struct HttpReply {
  int status = 0;
  std::string head;  // the header lines
  std::string body;
};

inline HttpReply Exchange(uint16_t port, std::string_view request) {
  Wire wire(port);
  wire.Send(request);
  const std::string all = wire.ReadAll();
  HttpReply reply;
  const size_t end = all.find("\r\n\r\n");
  if (end == std::string::npos || all.size() < 12) return reply;
  reply.status = std::atoi(all.c_str() + 9);
  reply.head = all.substr(0, end + 2);
  reply.body = all.substr(end + 4);
  return reply;
}

}  // namespace vinkki::console
