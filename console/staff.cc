#include "console/staff.h"

#include <httplib.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "base/asset.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "console/access.h"
#include "console/etag.h"
#include "console/rules_api.h"

namespace vinkki::console {

std::span<const Asset> PageAssets();  // cmake/Embed.cmake, of web/dist

namespace {

using httplib::Request;
using httplib::Response;

constexpr size_t kMaxBody = 1u << 20;
constexpr size_t kOtherThreads = 8;  // for what is no stream
constexpr Millis kPingAfter = 10'000;
constexpr std::chrono::milliseconds kWait{200};
constexpr size_t kMaxBurst = 64u << 10;  // bytes of messages written together

struct Problem {
  int status;
  std::string_view code;
  std::string_view title;
  std::string detail;
};

constexpr std::string_view kJson = "application/json";

void Answer(Response& response, const Problem& problem) {
  JsonWriter w;
  w.BeginObject();
  w.Key("type").Text("about:blank").Key("title").Text(problem.title);
  w.Key("status").Whole(problem.status).Key("code").Text(problem.code);
  w.Key("detail").Text(problem.detail).EndObject();
  response.status = problem.status;
  response.set_content(w.Take(), "application/problem+json");
}

void AnswerJson(Response& response, std::string json) {
  response.status = 200;
  response.set_content(std::move(json), std::string(kJson));
}

// What the library itself refuses, in the form of all our errors.
Problem ProblemOf(int status) {
  switch (status) {
    case 404: return {404, "not_found", "Not found", "There is nothing at this path and method."};
    case 413: return {413, "too_large", "Too large", "A body here is at most 1 MiB."};
    case 414: return {414, "too_large", "Too large", "A URL here is at most 8,192 characters."};
    case 500: return {500, "internal", "Internal error", "The server's log says more."};
    default: return {status, "malformed", "Bad request", "This is not HTTP as it should be."};
  }
}

std::string Now(std::string_view event, Millis now) {
  return "event: " + std::string(event) + "\ndata: {\"now\":" + std::to_string(now) + "}\n\n";
}

// One open live view. A pool thread runs Pump until the reader is gone.
class Stream {
 public:
  // Gives back one of `open` at its end.
  Stream(std::unique_ptr<engine::Watch> watch, const Clock* clock, std::atomic<size_t>* open,
         Gauge* gauge)
      : watch_(std::move(watch)), clock_(clock), open_(open), gauge_(gauge) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { gauge_->Set(static_cast<double>(open_->fetch_sub(1) - 1)); }

  // False: the reader is gone, or too slow.
  bool Pump(httplib::DataSink& sink) {
    if (wrote_at_ == 0) return Write(sink, Now("hello", clock_->Now()));
    std::string out;
    auto message = watch_->Next(kWait);
    while (message) {
      out += "data: " + *message + "\n\n";
      if (out.size() >= kMaxBurst) break;
      message = watch_->Next(std::chrono::milliseconds(0));
    }
    if (out.empty() && clock_->Now() - wrote_at_ >= kPingAfter) out = Now("ping", clock_->Now());
    return out.empty() ? sink.is_writable() : Write(sink, out);
  }

 private:
  bool Write(httplib::DataSink& sink, const std::string& bytes) {
    wrote_at_ = clock_->Now();
    return sink.write(bytes.data(), bytes.size());
  }

  const std::unique_ptr<engine::Watch> watch_;
  const Clock* const clock_;
  std::atomic<size_t>* const open_;
  Gauge* const gauge_;
  Millis wrote_at_ = 0;
};

class HttpStaff final : public Staff {
 public:
  HttpStaff(StaffOptions options, engine::Live* live,
            std::function<std::shared_ptr<const rules::Program>()> program,
            std::function<Status()> reload, Metrics* metrics, const Clock* clock)
      : options_(std::move(options)),
        live_(live),
        program_(std::move(program)),
        reload_(std::move(reload)),
        metrics_(metrics),
        clock_(clock),
        policy_(PagePolicy(options_.shop_url)),
        streams_gauge_(metrics->GetGauge("vinkki_staff_streams", "Open live views")) {}

  ~HttpStaff() override { Stop(); }

  Status Listen();
  uint16_t port() const override { return port_; }
  void Stop() override;

 private:
  using Handler = void (HttpStaff::*)(const Request&, Response&);

  void Configure();
  enum class Method { kGet, kPost, kPut };
  void Route(Method method, const char* pattern, Handler handler, bool open);
  bool Admit(const Request& request, Response& response, bool open);
  void Refuse(Response& response, const Problem& problem);

  void Page(const Request& request, Response& response);
  void Health(const Request& request, Response& response);
  void MetricsText(const Request& request, Response& response);
  void About(const Request& request, Response& response);
  void Visitors(const Request& request, Response& response);
  void Live(const Request& request, Response& response);
  void Explain(const Request& request, Response& response);
  void Rules(const Request& request, Response& response);
  void Reload(const Request& request, Response& response);
  void PutRules(const Request& request, Response& response);

  const StaffOptions options_;
  engine::Live* const live_;
  const std::function<std::shared_ptr<const rules::Program>()> program_;
  const std::function<Status()> reload_;
  Metrics* const metrics_;
  const Clock* const clock_;
  const std::string policy_;
  Gauge& streams_gauge_;

  std::string listen_host_;
  uint16_t port_ = 0;
  std::atomic<size_t> streams_{0};
  httplib::Server server_;
  std::thread thread_;
};

// Without SO_REUSEPORT, which the library would set: two programs on one port is an error here.
void SetSocketOptions(int socket) {
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

Status BindError(int error, const std::string& listen) {
  const std::string what = "staff port " + listen + ": ";
  if (error == EADDRINUSE) {
    return Status::Conflict(what +
                            "in use by another program; stop that one, or choose another "
                            "address for the staff port");
  }
  if (error == EACCES) return Status::Invalid(what + "not allowed; choose a port from 1024 on");
  return Status::Invalid(what + "cannot listen there (" + std::strerror(error) +
                         "); it has to be an address of this machine");
}

Status HttpStaff::Listen() {
  auto address = ParseAddress(options_.listen);
  if (!address.ok()) return address.status();
  listen_host_ = address->host;
  Configure();
  errno = 0;
  const int port = address->port == 0 ? server_.bind_to_any_port(address->host)
                   : server_.bind_to_port(address->host, address->port) ? address->port
                                                                        : -1;
  if (port < 0) return BindError(errno == 0 ? EADDRNOTAVAIL : errno, options_.listen);
  port_ = static_cast<uint16_t>(port);
  thread_ = std::thread([this] { server_.listen_after_bind(); });
  while (!server_.is_running()) std::this_thread::yield();
  Log(Level::kInfo, "staff_listening", {{"host", listen_host_}, {"port", port_}});
  return Status::Ok();
}

void HttpStaff::Stop() {
  if (!thread_.joinable()) return;
  server_.stop();
  thread_.join();
}

void HttpStaff::Configure() {
  const size_t threads = options_.max_streams + kOtherThreads;
  server_.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
  server_.set_socket_options(SetSocketOptions);
  server_.set_tcp_nodelay(true);
  // One request a connection: an idle one then holds no thread, and a body that nobody read
  // cannot become the next request.
  server_.set_keep_alive_max_count(1);
  server_.set_read_timeout(5);
  server_.set_write_timeout(2);
  server_.set_payload_max_length(kMaxBody);
  server_.set_error_handler([](const Request&, Response& response) {
    if (response.body.empty()) Answer(response, ProblemOf(response.status));
  });
  server_.set_exception_handler([](const Request& request, Response& response, auto) {
    Log(Level::kError, "staff_exception", {{"path", request.path}});
    Answer(response, ProblemOf(500));
  });
  server_.set_post_routing_handler([](const Request&, Response& response) {
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_header("X-Frame-Options", "DENY");
    response.set_header("Referrer-Policy", "no-referrer");
    response.set_header("Cross-Origin-Opener-Policy", "same-origin");
    response.set_header("Cross-Origin-Resource-Policy", "same-origin");
    if (!response.has_header("Cache-Control")) response.set_header("Cache-Control", "no-store");
  });
  // `curl -X POST` sends neither a body nor a length; the library would wait for one.
  server_.set_pre_routing_handler([this](const Request& request, Response& response) {
    const bool bare = request.method == "POST" && request.path == "/api/v1/reload" &&
                      !request.has_header("Content-Length") &&
                      !request.has_header("Transfer-Encoding");
    if (!bare) return httplib::Server::HandlerResponse::Unhandled;
    if (Admit(request, response, false)) Reload(request, response);
    return httplib::Server::HandlerResponse::Handled;
  });
  Route(Method::kGet, "/", &HttpStaff::Page, true);
  Route(Method::kGet, "/assets/.*", &HttpStaff::Page, true);
  Route(Method::kGet, "/healthz", &HttpStaff::Health, true);
  Route(Method::kGet, "/metrics", &HttpStaff::MetricsText, options_.open_metrics);
  Route(Method::kGet, "/api/v1/about", &HttpStaff::About, false);
  Route(Method::kGet, "/api/v1/visitors", &HttpStaff::Visitors, false);
  Route(Method::kGet, "/api/v1/live", &HttpStaff::Live, false);
  Route(Method::kGet, "/api/v1/rules", &HttpStaff::Rules, false);
  Route(Method::kPost, "/api/v1/reload", &HttpStaff::Reload, false);
  if (options_.explain) Route(Method::kGet, "/api/v1/explain", &HttpStaff::Explain, false);
  if (options_.rules) Route(Method::kPut, "/api/v1/rules", &HttpStaff::PutRules, false);
}

// open: answers without the token.
void HttpStaff::Route(Method method, const char* pattern, Handler handler, bool open) {
  auto guarded = [this, handler, open](const Request& request, Response& response) {
    if (Admit(request, response, open)) (this->*handler)(request, response);
  };
  switch (method) {
    case Method::kGet: server_.Get(pattern, guarded); break;
    case Method::kPost: server_.Post(pattern, guarded); break;
    case Method::kPut: server_.Put(pattern, guarded); break;
  }
}

void HttpStaff::Refuse(Response& response, const Problem& problem) {
  metrics_
      ->GetCounter("vinkki_staff_refused_total", "Requests refused by the staff port",
                   {{"code", std::string(problem.code)}})
      .Add();
  Answer(response, problem);
}

bool HttpStaff::Admit(const Request& request, Response& response, bool open) {
  if (request.get_header_value_count("Host") != 1 ||
      !HostAllowed(request.get_header_value("Host"), listen_host_, options_.hosts)) {
    Refuse(response, {421, "host", "Unknown host",
                      "This port answers to its address and to localhost. A reverse proxy's name "
                      "has to be listed in the configuration."});
    return false;
  }
  if (open) return true;
  const TokenCheck check =
      request.get_header_value_count("Authorization") > 1
          ? TokenCheck::kWrong
          : CheckToken(request.get_header_value("Authorization"), options_.token);
  if (check == TokenCheck::kRight) return true;
  response.set_header("WWW-Authenticate", "Bearer realm=\"vinkki staff\"");
  if (check == TokenCheck::kMissing) {
    Refuse(response, {401, "token_missing", "Token missing",
                      "Send the header Authorization: Bearer <token>."});
  } else {
    Refuse(response, {401, "token_wrong", "Wrong token",
                      "The token is not the one that this server was started with."});
  }
  return false;
}

bool Accepts(const Request& request, std::string_view coding) {
  return request.get_header_value("Accept-Encoding").find(coding) != std::string::npos;
}

void HttpStaff::Page(const Request& request, Response& response) {
  constexpr std::string_view kPrefix = "/assets/";
  const std::string path = request.path == "/" ? "index.html" : request.path.substr(kPrefix.size());
  const Asset* asset = FindAsset(PageAssets(), path);
  if (asset == nullptr) return Answer(response, ProblemOf(404));
  response.set_header("Content-Security-Policy", policy_);
  response.set_header("Cache-Control", "no-cache");
  response.set_header("ETag", std::string(asset->etag));
  response.set_header("Vary", "Accept-Encoding");
  if (request.get_header_value("If-None-Match") == asset->etag) {
    response.status = 304;
    return;
  }
  std::string_view bytes = asset->identity;
  if (!asset->brotli.empty() && Accepts(request, "br")) {
    bytes = asset->brotli;
    response.set_header("Content-Encoding", "br");
  } else if (!asset->gzip.empty() && Accepts(request, "gzip")) {
    bytes = asset->gzip;
    response.set_header("Content-Encoding", "gzip");
  }
  // A provider, because the library would compress a plain body once more; an empty one it would
  // ask for ever.
  if (bytes.empty()) return response.set_content("", std::string(asset->content_type));
  response.set_content_provider(bytes.size(), std::string(asset->content_type),
                                [bytes](size_t offset, size_t length, httplib::DataSink& sink) {
                                  return sink.write(bytes.data() + offset, length);
                                });
}

void HttpStaff::Health(const Request&, Response& response) {
  response.set_content("ok\n", "text/plain; charset=utf-8");
}

void HttpStaff::MetricsText(const Request&, Response& response) {
  response.set_content(metrics_->Text(), "text/plain; version=0.0.4; charset=utf-8");
}

void HttpStaff::About(const Request&, Response& response) {
  JsonWriter w;
  w.BeginObject().Key("version").Text(VINKKI_VERSION).Key("now").Whole(clock_->Now());
  w.Key("shop_url").Text(options_.shop_url).EndObject();
  AnswerJson(response, w.Take());
}

void HttpStaff::Visitors(const Request&, Response& response) {
  JsonWriter w;
  w.BeginObject().Key("now").Whole(clock_->Now()).Key("visitors").BeginArray();
  for (const engine::RecentVisitor& visitor : live_->Recent()) {
    w.BeginObject().Key("site").Text(visitor.site).Key("visitor").Text(visitor.visitor);
    w.Key("last_at").Whole(visitor.last_at);
    w.Key("events").Whole(static_cast<int64_t>(visitor.events)).EndObject();
  }
  w.EndArray().EndObject();
  AnswerJson(response, w.Take());
}

void HttpStaff::Live(const Request& request, Response& response) {
  const size_t open = streams_.fetch_add(1) + 1;
  if (open > options_.max_streams) {
    streams_.fetch_sub(1);
    response.set_header("Retry-After", "10");
    return Refuse(response, {503, "streams", "Too many live views",
                             "All live views of this server are taken; close one, or raise the "
                             "limit in the configuration."});
  }
  streams_gauge_.Set(static_cast<double>(open));
  auto stream = std::make_shared<Stream>(
      live_->Subscribe(request.get_param_value("site"), request.get_param_value("visitor")), clock_,
      &streams_, &streams_gauge_);
  response.set_header("X-Accel-Buffering", "no");  // nginx: pass it on at once
  response.set_chunked_content_provider(
      "text/event-stream",
      [stream](size_t, httplib::DataSink& sink) { return stream->Pump(sink); });
}

void HttpStaff::Explain(const Request& request, Response& response) {
  engine::ExplainQuery query;
  query.visitor = request.get_param_value("visitor");
  query.rule = request.get_param_value("rule");
  if (request.has_param("site")) query.site = request.get_param_value("site");
  const std::string at = request.get_param_value("at");
  const bool now = at.empty() || at == "now";
  for (const auto& [name, value] : request.params) {
    if (name == "visitor" || name == "site" || name == "at" || name == "rule") continue;
    return Answer(response, {400, "malformed", "Unknown parameter",
                             "'" + name + "' is none of visitor, site, at and rule."});
  }
  if (!now) query.at = engine::ParseExplainMoment(at);
  if (query.visitor.empty()) {
    return Answer(response, {400, "malformed", "Whom to explain",
                             "Say whom: ?visitor=<id>; site, at and rule may be said too."});
  }
  if (!now && !query.at) {
    return Answer(response,
                  {400, "malformed", "No moment",
                   "'at' is RFC 3339, milliseconds since 1970, now, last, last+10s or first+2m."});
  }
  Result<std::string> json = options_.explain(query);
  if (json.ok()) return AnswerJson(response, std::move(*json));
  const std::string& why = json.status().message();
  switch (json.status().code()) {
    case Code::kNotFound: return Answer(response, {404, "not_found", "Not found", why});
    case Code::kInvalid: return Answer(response, {400, "malformed", "Bad question", why});
    default: return Answer(response, {503, "unavailable", "Not now", why});
  }
}

void HttpStaff::Rules(const Request& request, Response& response) {
  RulesSource source;
  if (options_.rules) {
    source = options_.rules->Source();
    const std::string tag = options_.rules->Tag();
    response.set_header("ETag", tag);
    if (IfNoneMatchKnows(request.get_header_value("If-None-Match"), tag)) {
      response.status = 304;
      return;
    }
  }
  AnswerJson(response, RulesJson(program_().get(), options_.rules ? &source : nullptr));
}

void HttpStaff::PutRules(const Request& request, Response& response) {
  RulesRequest put;
  put.content_type = request.get_header_value("Content-Type");
  if (request.has_param("file")) put.file = request.get_param_value("file");
  for (const auto& [name, value] : request.params) {
    if (name != "file" && name != "dry_run") put.unknown = name;
  }
  put.dry_run = request.has_param("dry_run") && request.get_param_value("dry_run") != "false";
  put.body = request.body;
  put.if_match = request.get_header_value("If-Match");
  RulesReply reply = console::PutRules(options_.rules, put);
  Log(reply.status == 200 ? Level::kInfo : Level::kWarn, "staff_put_rules",
      {{"from", request.remote_addr},
       {"status", reply.status},
       {"dry_run", put.dry_run},
       {"result", reply.summary}});
  response.status = reply.status;
  if (!reply.tag.empty()) response.set_header("ETag", reply.tag);
  response.set_content(std::move(reply.body), reply.content_type);
}

void HttpStaff::Reload(const Request& request, Response& response) {
  const Status status = reload_();
  Log(status.ok() ? Level::kInfo : Level::kWarn, "staff_reload",
      {{"from", request.remote_addr}, {"result", status.ok() ? "loaded" : status.message()}});
  if (!status.ok()) {
    return Answer(response, {422, "rules", "The rules were not loaded",
                             status.message() + "\nWhat ran before goes on."});
  }
  const auto program = program_();
  JsonWriter w;
  w.BeginObject().Key("version").Text(program ? program->version() : "").EndObject();
  AnswerJson(response, w.Take());
}

}  // namespace

Result<std::unique_ptr<Staff>> Staff::Start(
    StaffOptions options, engine::Live* live,
    std::function<std::shared_ptr<const rules::Program>()> program, std::function<Status()> reload,
    Metrics* metrics, const Clock* clock) {
  if (options.token.empty()) {
    return Status::Invalid("staff port: a token is required; set one, or let the server make one");
  }
  auto staff = std::make_unique<HttpStaff>(std::move(options), live, std::move(program),
                                           std::move(reload), metrics, clock);
  VINKKI_RETURN_IF_ERROR(staff->Listen());
  return std::unique_ptr<Staff>(std::move(staff));
}

}  // namespace vinkki::console
