#include "base/http_client.h"

#include <httplib.h>

#include <atomic>

namespace vinkki {
namespace {

httplib::Headers HeadersOf(const HttpHeaders& headers) {
  httplib::Headers out;
  for (const auto& [name, value] : headers) out.emplace(name, value);
  return out;
}

Status NoAnswer(const std::string& what, httplib::Error error) {
  return Status::Unavailable(what + ": no answer (" + httplib::to_string(error) +
                             "); is the server running?");
}

Result<HttpAnswer> AnswerOf(const httplib::Result& result, const std::string& what) {
  if (!result) return NoAnswer(what, result.error());
  return HttpAnswer{result->status, result->body, result->get_header_value("Content-Type"),
                    result->get_header_value("Retry-After"),
                    result->get_header_value("Set-Cookie")};
}

// Splits a stream of server-sent events (WHATWG HTML, 9.2) into (event, data) pairs.
class SseSplitter {
 public:
  template <typename F>
  bool Feed(std::string_view bytes, F&& on_event) {
    for (char c : bytes) {
      if (c == '\r') continue;
      if (c != '\n') {
        line_.push_back(c);
        continue;
      }
      if (!line_.empty()) {
        TakeLine();
      } else if (!Emit(on_event)) {
        return false;
      }
      line_.clear();
    }
    return true;
  }

 private:
  void TakeLine() {
    const size_t colon = line_.find(':');
    const std::string name = line_.substr(0, colon);
    std::string value = colon == std::string::npos ? "" : line_.substr(colon + 1);
    if (!value.empty() && value[0] == ' ') value.erase(0, 1);
    if (name == "event") event_ = value;
    if (name == "data") data_ += (data_.empty() ? "" : "\n") + value;
  }
  template <typename F>
  bool Emit(F&& on_event) {
    const bool go_on = data_.empty() || on_event(event_, data_);
    event_.clear();
    data_.clear();
    return go_on;
  }

  std::string line_, event_, data_;
};

}  // namespace

struct HttpClient::Inner {
  Inner(const std::string& host, std::string u) : client(host), url(std::move(u)) {}
  httplib::Client client;
  std::string url;
  std::atomic<bool> cancelled{false};
};

HttpClient::HttpClient(std::unique_ptr<Inner> inner) : inner_(std::move(inner)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpClient> HttpClient::Connect(const std::string& url, Millis timeout) {
  if (url.rfind("http://", 0) != 0) {
    return Status::Invalid("'" + url + "' is not an address like http://localhost:8080");
  }
  const std::string host = url.substr(0, url.find('/', 7));
  auto inner = std::make_unique<Inner>(host, host);
  if (host.size() <= 7 || !inner->client.is_valid())
    return Status::Invalid("'" + url + "' has no valid host");
  // A Debian with nothing in it has no /etc/hosts; the name is loopback's anyway (RFC 6761, 6.3).
  inner->client.set_hostname_addr_map({{"localhost", "127.0.0.1"}});
  inner->client.set_keep_alive(true);
  inner->client.set_tcp_nodelay(true);
  inner->client.set_connection_timeout(timeout / 1000, (timeout % 1000) * 1000);
  inner->client.set_read_timeout(timeout / 1000, (timeout % 1000) * 1000);
  return HttpClient(std::move(inner));
}

Result<HttpAnswer> HttpClient::Post(const std::string& path, const HttpHeaders& headers,
                                    std::string_view body, const std::string& content_type) {
  return AnswerOf(
      inner_->client.Post(path, HeadersOf(headers), body.data(), body.size(), content_type),
      "POST " + inner_->url + path);
}

Result<HttpAnswer> HttpClient::Get(const std::string& path, const HttpHeaders& headers) {
  return AnswerOf(inner_->client.Get(path, HeadersOf(headers)), "GET " + inner_->url + path);
}

Status HttpClient::Stream(const std::string& path, const HttpHeaders& headers,
                          const std::function<void()>& on_open,
                          const std::function<bool(std::string_view, std::string_view)>& on_event) {
  SseSplitter splitter;
  bool stopped = false;
  const auto receive = [&](const char* data, size_t size) {
    stopped = inner_->cancelled || !splitter.Feed({data, size}, on_event);
    return !stopped;
  };
  int status = 200;
  const auto response = [&](const httplib::Response& r) {
    status = r.status;
    if (status == 200 && on_open) on_open();
    return status == 200;
  };
  const auto result = inner_->client.Get(path, HeadersOf(headers), response, receive);
  if (stopped || inner_->cancelled) return Status::Ok();
  const std::string what = "GET " + inner_->url + path;
  if (status != 200) return Status::Unavailable(what + ": answered " + std::to_string(status));
  if (!result) return NoAnswer(what, result.error());
  return Status::Unavailable(what + ": the stream ended");
}

void HttpClient::Cancel() {
  inner_->cancelled = true;
  inner_->client.stop();
}

}  // namespace vinkki
