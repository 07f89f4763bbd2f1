// A small blocking HTTP/1.1 client for tools and sinks (import --to, visit, webhooks). One
// connection, kept alive; not thread-safe but for Cancel.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace vinkki {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::string content_type;
  std::string retry_after;
  std::string set_cookie;
};

class HttpClient {
 public:
  // `url`: http://host:port, a path is ignored. kInvalid when it is no such URL.
  static Result<HttpClient> Connect(const std::string& url, Millis timeout = 10'000);
  HttpClient(HttpClient&&) noexcept;
  ~HttpClient();

  // kUnavailable when there was no answer; the message says why.
  Result<HttpAnswer> Post(const std::string& path, const HttpHeaders& headers,
                          std::string_view body, const std::string& content_type);
  Result<HttpAnswer> Get(const std::string& path, const HttpHeaders& headers);

  // Reads a stream of server-sent events; on_event(event, data) returns false to stop. Blocks
  // until then, until the server ends it, until nothing came for `timeout`, or until Cancel.
  // `on_open` (may be empty) is called when the server has answered 200.
  Status Stream(const std::string& path, const HttpHeaders& headers,
                const std::function<void()>& on_open,
                const std::function<bool(std::string_view event, std::string_view data)>& on_event);

  // Ends a Stream that another thread reads; it then returns Ok.
  void Cancel();

 private:
  struct Inner;
  explicit HttpClient(std::unique_ptr<Inner> inner);
  std::unique_ptr<Inner> inner_;
};

}  // namespace vinkki
