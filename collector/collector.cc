// Acceptor, threads, and the seam of the offers streams. One socket listens, and its connections go
// to the threads in turn: with SO_REUSEPORT a second collector could take half of the traffic
// without anybody noticing, instead of failing because the port is in use.
#include "collector/collector.h"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <thread>

#include "base/log.h"
#include "collector/boost.h"
#include "collector/io_thread.h"
#include "collector/offers_route.h"
#include "collector/response.h"
#include "collector/server.h"

namespace vinkki::collector {
namespace {

// One offer on its way through the threads: each adds its streams, the last one reports.
struct PushJob {
  std::string key;
  std::string bytes;
  std::function<void(bool)> written;
  bool taken = false;
};

Result<Tcp::endpoint> ParseListen(const std::string& text) {
  const size_t colon = text.rfind(':');
  uint16_t port = 0;
  const char* end = text.data() + text.size();
  if (colon != std::string::npos) {
    const auto [p, error] = std::from_chars(text.data() + colon + 1, end, port);
    std::string host = text.substr(0, colon);
    if (host == "localhost") host = "127.0.0.1";
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
      host = host.substr(1, host.size() - 2);
    }
    error_code ec;
    const auto address = net::ip::make_address(host, ec);
    if (!ec && error == std::errc() && p == end && colon + 1 < text.size()) {
      return Tcp::endpoint(address, port);
    }
  }
  return Status::Invalid("listen address \"" + text +
                         "\" is not one; write it as 127.0.0.1:8080 or [::1]:8080");
}

Result<std::vector<IpRange>> ParseProxies(const std::vector<std::string>& texts) {
  std::vector<IpRange> ranges;
  for (const std::string& text : texts) {
    const auto range = ParseIpRange(text);
    if (!range) return Status::Invalid("trusted proxy \"" + text + "\": not an address or range");
    ranges.push_back(*range);
  }
  return ranges;
}

// 10,000 streams need more files than the usual soft limit of 1,024.
void RaiseFileLimit(size_t connections) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = connections + 256;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted) {
    Log(Level::kWarn, "few file descriptors",
        {{"limit", static_cast<uint64_t>(limit.rlim_cur)},
         {"wanted", static_cast<uint64_t>(wanted)},
         {"do", "raise LimitNOFILE, or lower max_connections"}});
  }
}

void AddDemoSite(CollectorOptions* options, uint16_t port) {
  const bool there = std::any_of(options->sites.begin(), options->sites.end(),
                                 [](const Site& site) { return site.key == "demo"; });
  if (!options->demo || there) return;
  const std::string at = ":" + std::to_string(port);
  options->sites.push_back({"demo", {"http://localhost" + at, "http://127.0.0.1" + at}, {}});
}

class HttpCollector final : public Collector {
 public:
  HttpCollector(CollectorOptions options, Admission admission, std::vector<IpRange> proxies,
                engine::Ingest* ingest, const Clock* clock, Metrics* metrics)
      : server_(std::move(options), std::move(admission), std::move(proxies), ingest, clock,
                metrics) {
    for (uint32_t i = 0; i < std::max(1u, server_.options.io_threads); ++i) {
      threads_.push_back(std::make_unique<IoThread>(&server_));
    }
  }
  ~HttpCollector() override { Stop(); }

  // `socket` listens already.
  void Serve(int socket, bool v6) {
    acceptor_.emplace(threads_[0]->context());
    acceptor_->assign(v6 ? Tcp::v6() : Tcp::v4(), socket);
    port_ = acceptor_->local_endpoint().port();
    backoff_.emplace(threads_[0]->context());
    Accept();
    for (auto& thread : threads_) running_.emplace_back([t = thread.get()] { t->Run(); });
  }

  uint16_t port() const override { return port_; }
  void Stop() override;
  void Push(std::string_view site, std::string_view visitor, std::string_view event_name,
            std::string_view id, std::string_view data, std::function<void(bool)> written) override;
  void OnOpen(std::function<void(std::string_view, std::string_view)> f) override {
    std::lock_guard lock(server_.on_open_mutex);
    server_.on_open = std::move(f);
  }

 private:
  void Accept();
  void OnAccept(const error_code& ec, IoThread* target, Tcp::socket socket);
  bool RefuseBeyondLimit(Tcp::socket* socket);
  void PushFrom(size_t thread, PushJob job);

  Server server_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::vector<std::thread> running_;
  std::optional<Tcp::acceptor> acceptor_;     // on the first thread
  std::optional<net::steady_timer> backoff_;  // on the first thread
  size_t turn_ = 0;
  uint16_t port_ = 0;
  std::mutex stop_mutex_;
  bool stopped_ = false;  // under stop_mutex_: nothing is posted any more
};

void HttpCollector::Accept() {
  IoThread* target = threads_[turn_++ % threads_.size()].get();
  acceptor_->async_accept(target->context(),
                          [this, target](const error_code& ec, Tcp::socket socket) {
                            OnAccept(ec, target, std::move(socket));
                          });
}

void HttpCollector::OnAccept(const error_code& ec, IoThread* target, Tcp::socket socket) {
  if (!acceptor_->is_open()) return;
  if (ec && ec != net::error::connection_aborted) {
    // Out of file descriptors, most likely: what is open goes on, and we try again shortly.
    Log(Level::kWarn, "cannot accept a connection", {{"error", ec.message()}});
    backoff_->expires_after(std::chrono::milliseconds(100));
    backoff_->async_wait([this](const error_code& e) {
      if (!e && acceptor_->is_open()) Accept();
    });
    return;
  }
  if (!ec && !RefuseBeyondLimit(&socket)) {
    net::post(target->context(),
              [target, s = std::move(socket)]() mutable { target->Adopt(std::move(s)); });
  }
  Accept();
}

bool HttpCollector::RefuseBeyondLimit(Tcp::socket* socket) {
  if (server_.connections < server_.options.max_connections) return false;
  AnswerStyle style;
  style.keep_alive = false;
  std::string answer;
  AppendProblem(&answer, style, {Reason::kTooManyConnections, {}});
  error_code ec;
  socket->non_blocking(true, ec);
  socket->write_some(net::buffer(answer), ec);
  socket->shutdown(Tcp::socket::shutdown_send, ec);
  server_.counters.Refused(Reason::kTooManyConnections, 1);
  server_.counters.Request(Route::kOther, 503);
  return true;
}

void HttpCollector::Push(std::string_view site, std::string_view visitor,
                         std::string_view event_name, std::string_view id, std::string_view data,
                         std::function<void(bool)> written) {
  PushJob job{std::string(site) + '\0' + std::string(visitor), FormatEvent(event_name, id, data),
              std::move(written)};
  {
    std::lock_guard lock(stop_mutex_);
    if (!stopped_) {
      net::post(threads_[0]->context(),
                [this, j = std::move(job)]() mutable { PushFrom(0, std::move(j)); });
      return;
    }
  }
  job.written(false);
}

void HttpCollector::PushFrom(size_t thread, PushJob job) {
  if (threads_[thread]->PushToStreams(job.key, job.bytes) > 0) job.taken = true;
  if (thread + 1 == threads_.size()) {
    job.written(job.taken);
    return;
  }
  net::post(threads_[thread + 1]->context(),
            [this, thread, j = std::move(job)]() mutable { PushFrom(thread + 1, std::move(j)); });
}

void HttpCollector::Stop() {
  if (running_.empty()) return;
  server_.stopping = true;
  const std::chrono::milliseconds grace(server_.options.stop_grace);
  net::post(threads_[0]->context(), [this] {
    error_code ec;
    acceptor_->close(ec);
    backoff_->cancel();
  });
  for (auto& thread : threads_) {
    net::post(thread->context(), [t = thread.get(), grace] { t->BeginStop(grace); });
  }
  for (std::thread& thread : running_) thread.join();
  running_.clear();
  {
    std::lock_guard lock(stop_mutex_);
    stopped_ = true;
  }
  // What was posted too late is run here, so that every Push is answered.
  for (auto& thread : threads_) {
    thread->context().restart();
    thread->context().poll();
  }
}

// A listening socket; asio's own exceptions and the race between "is it free" and "bind" end here.
Result<int> Listen(const CollectorOptions& options, const Tcp::endpoint& endpoint, uint16_t* port) {
  net::io_context context;
  Tcp::acceptor acceptor(context);
  error_code ec;
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(net::socket_base::reuse_address(true), ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(4096, ec);
  if (ec == net::error::address_in_use) {
    return Status::Conflict(options.listen +
                            " is in use by another program; stop it or set "
                            "another listen address");
  }
  if (ec) return Status::Internal("cannot listen on " + options.listen + ": " + ec.message());
  *port = acceptor.local_endpoint().port();
  const int socket = acceptor.release(ec);
  if (ec) return Status::Internal("cannot listen on " + options.listen + ": " + ec.message());
  return socket;
}

}  // namespace

Result<std::unique_ptr<Collector>> Collector::Start(CollectorOptions options,
                                                    engine::Ingest* ingest, const Clock* clock,
                                                    Metrics* metrics) {
  auto endpoint = ParseListen(options.listen);
  if (!endpoint.ok()) return endpoint.status();
  auto proxies = ParseProxies(options.quota.trusted_proxies);
  if (!proxies.ok()) return proxies.status();
  uint16_t port = 0;
  auto socket = Listen(options, *endpoint, &port);
  if (!socket.ok()) return socket.status();
  AddDemoSite(&options, port);
  auto admission = Admission::Make(options.sites);
  if (!admission.ok()) {
    ::close(*socket);
    return admission.status();
  }
  RaiseFileLimit(options.max_connections);
  auto collector =
      std::make_unique<HttpCollector>(std::move(options), std::move(admission).value(),
                                      std::move(proxies).value(), ingest, clock, metrics);
  collector->Serve(*socket, endpoint->address().is_v6());
  return std::unique_ptr<Collector>(std::move(collector));
}

}  // namespace vinkki::collector
