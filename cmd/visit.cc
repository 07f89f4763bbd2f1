// `vinkki visit`: plays visits over HTTP, as the beacon would send them, and waits for the offers.
// The first minutes of a story are sent at once, as events of the past minutes; then it waits in
// real time, as the rule does.

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/hash.h"
#include "base/http_client.h"
#include "base/json_writer.h"
#include "cmd/commands.h"

namespace vinkki::cmd {
namespace {

struct StoryEvent {
  Millis before;  // how long before the batch is sent
  const char* name;
  const char* props;  // JSON
};

struct Story {
  const char* rule;  // that must make an offer; empty: none may
  std::vector<StoryEvent> events;
};

#define VINKKI_PAGE(type, path) \
  "{\"type\":\"" type "\",\"url\":\"http://localhost/demo/" path "\",\"title\":\"" type "\"}"
#define VINKKI_ITEM(id, price) \
  "\"items\":[{\"item_id\":\"" id "\",\"price\":" #price ",\"quantity\":1}]"
#define VINKKI_VIEW(id, price) \
  "{\"currency\":\"EUR\",\"value\":" #price "," VINKKI_ITEM(id, price) "}"

const std::map<std::string, Story>& Stories() {
  static const std::map<std::string, Story> stories = {
      {"stuck",
       {"checkout-stuck",
        {{180'000, "page_view", VINKKI_PAGE("home", "")},
         {150'000, "page_view", VINKKI_PAGE("product", "product.html?id=kettle")},
         {149'000, "view_item", VINKKI_VIEW("kettle", 89)},
         {120'000, "add_to_cart", VINKKI_VIEW("kettle", 89)},
         {90'000, "page_view", VINKKI_PAGE("cart", "cart.html")},
         {89'000, "view_cart", VINKKI_VIEW("kettle", 89)},
         {60'000, "page_view", VINKKI_PAGE("checkout", "checkout.html")},
         {59'000, "begin_checkout", VINKKI_VIEW("kettle", 89)},
         {20'000, "form_error", "{\"form\":\"checkout\",\"field\":\"phone\"}"},
         {9'000, "form_error", "{\"form\":\"checkout\",\"field\":\"phone\"}"},
         {0, "form_error", "{\"form\":\"checkout\",\"field\":\"postcode\"}"}}}},
      {"comparing",
       {"comparing",
        {{260'000, "page_view", VINKKI_PAGE("category", "category.html")},
         {220'000, "page_view", VINKKI_PAGE("product", "product.html?id=kettle")},
         {219'000, "view_item", VINKKI_VIEW("kettle", 89)},
         {180'000, "page_view", VINKKI_PAGE("product", "product.html?id=mug")},
         {179'000, "view_item", VINKKI_VIEW("mug", 19)},
         {120'000, "page_view", VINKKI_PAGE("product", "product.html?id=lamp")},
         {119'000, "view_item", VINKKI_VIEW("lamp", 129)},
         {90'000, "page_view", VINKKI_PAGE("product", "product.html?id=kettle")},
         {89'000, "view_item", VINKKI_VIEW("kettle", 89)},
         {40'000, "page_view", VINKKI_PAGE("product", "product.html?id=blanket")},
         {39'000, "view_item", VINKKI_VIEW("blanket", 79)},
         {1'000, "page_view", VINKKI_PAGE("product", "product.html?id=kettle")},
         {0, "view_item", VINKKI_VIEW("kettle", 89)}}}},
      {"untroubled",
       {"",
        {{90'000, "page_view", VINKKI_PAGE("home", "")},
         {60'000, "page_view", VINKKI_PAGE("product", "product.html?id=mug")},
         {59'000, "view_item", VINKKI_VIEW("mug", 19)},
         {20'000, "add_to_cart", VINKKI_VIEW("mug", 19)},
         {0, "active", "{}"}}}},
  };
  return stories;
}

std::string BatchOf(const Story& story, const std::string& site, const std::string& visitor,
                    Millis now) {
  JsonWriter w;
  w.BeginObject().Key("v").Whole(1).Key("s").Text(site).Key("i").Text(visitor);
  w.Key("t").Text(RandomId(8)).Key("n").Whole(1).Key("b").Text(RandomId(8));
  w.Key("sent").Whole(now).Key("m").Text("cookieless").Key("e").BeginArray();
  for (const StoryEvent& event : story.events) {
    w.BeginArray().Text(event.name).Whole(-event.before).Raw(event.props).EndArray();
  }
  w.EndArray().EndObject();
  return w.Take();
}

// The text of `"key":"..."` in compact JSON of our own making.
std::string FieldOf(std::string_view json, std::string_view key) {
  const std::string needle = "\"" + std::string(key) + "\":\"";
  const size_t at = json.find(needle);
  if (at == std::string_view::npos) return "";
  const size_t start = at + needle.size();
  return std::string(json.substr(start, json.find('"', start) - start));
}

// The CloudEvent in a message of the live view (engine/live.h), empty in any other message.
std::string_view TriggerIn(std::string_view message) {
  static constexpr std::string_view kKey = "\"trigger\":{";
  const size_t at = message.find(kKey);
  if (message.rfind("{\"type\":\"trigger\"", 0) != 0 || at == std::string_view::npos) return {};
  const size_t start = at + kKey.size() - 1;
  return message.substr(start, message.size() - start - 1);
}

// What came of the visits, filled by the reading threads.
class Arrivals {
 public:
  void Add(const std::string& visitor, const std::string& rule, std::string_view json) {
    std::lock_guard lock(mutex_);
    if (!rules_[visitor].insert(rule).second) return;
    std::printf("%.*s\n", static_cast<int>(json.size()), json.data());
    std::fflush(stdout);
    changed_.notify_all();
  }
  // Waits until every visitor got `rule`; how many did.
  size_t Await(const std::vector<std::string>& visitors, const std::string& rule, Millis wait) {
    const auto count = [&] {
      size_t n = 0;
      for (const auto& v : visitors) n += rules_[v].count(rule);
      return n;
    };
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(wait),
                      [&] { return !rule.empty() && count() == visitors.size(); });
    return count();
  }
  size_t total() const {
    std::lock_guard lock(mutex_);
    size_t n = 0;
    for (const auto& [visitor, rules] : rules_) n += rules.size();
    return n;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::set<std::string>> rules_;
};

// A thread that reads one stream of server-sent events until it is cancelled.
class StreamReader {
 public:
  using OnEvent = std::function<bool(std::string_view event, std::string_view data)>;
  StreamReader(HttpClient client, std::string path, HttpHeaders headers, OnEvent on_event)
      : client_(std::move(client)),
        thread_([this, path = std::move(path), headers = std::move(headers),
                 on_event = std::move(on_event)] {
          status_ = client_.Stream(
              path, headers, [this] { Opened(true); }, on_event);
          Opened(false);
        }) {}
  ~StreamReader() {
    client_.Cancel();
    thread_.join();
    if (!status_.ok()) Complain(status_);
  }
  // Whether the server answered; waits for it.
  bool AwaitOpen() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return answered_; });
    return open_;
  }

 private:
  void Opened(bool open) {
    std::lock_guard lock(mutex_);
    if (!answered_) open_ = open;
    answered_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool answered_ = false;
  bool open_ = false;
  HttpClient client_;
  Status status_;
  std::thread thread_;
};

// Reads the page's own stream of offers for each visitor or, where there is a staff port, the
// triggers of them all.
Status OpenStreams(const VisitOptions& options, const std::vector<std::string>& visitors,
                   Arrivals* arrivals, std::vector<std::unique_ptr<StreamReader>>* readers) {
  const Millis timeout = options.wait + 30'000;
  if (!options.staff.empty()) {
    auto client = HttpClient::Connect(options.staff, timeout);
    if (!client.ok()) return client.status();
    const std::set<std::string> ours(visitors.begin(), visitors.end());
    readers->push_back(std::make_unique<StreamReader>(
        std::move(*client), "/api/v1/live?site=" + options.site,
        HttpHeaders{{"Authorization", "Bearer " + options.token}},
        [arrivals, ours](std::string_view, std::string_view data) {
          const std::string_view trigger = TriggerIn(data);
          if (trigger.empty()) return true;
          // The server keeps a page's visitors apart from all others by the prefix "p.".
          const std::string visitor = FieldOf(data, "visitor");
          if (visitor.rfind("p.", 0) == 0 && ours.count(visitor.substr(2)) != 0) {
            arrivals->Add(visitor.substr(2), FieldOf(trigger, "name"), trigger);
          }
          return true;
        }));
    return Status::Ok();
  }
  for (const std::string& visitor : visitors) {
    auto client = HttpClient::Connect(options.to, timeout);
    if (!client.ok()) return client.status();
    readers->push_back(std::make_unique<StreamReader>(
        std::move(*client), "/v1/offers?s=" + options.site + "&i=" + visitor, HttpHeaders{},
        [arrivals, visitor](std::string_view event, std::string_view data) {
          if (event == "offer") arrivals->Add(visitor, FieldOf(data, "rule"), data);
          return true;
        }));
  }
  return Status::Ok();
}

Status SendVisits(const VisitOptions& options, const Story& story,
                  const std::vector<std::string>& visitors) {
  auto client = HttpClient::Connect(options.to);
  if (!client.ok()) return client.status();
  const HttpHeaders headers = {{"Origin", options.origin.empty() ? options.to : options.origin}};
  for (const std::string& visitor : visitors) {
    const std::string body = BatchOf(story, options.site, visitor, SystemClock().Now());
    auto answer = client->Post("/v1/e", headers, body, "text/plain");
    if (!answer.ok()) return answer.status();
    if (answer->status != 204) {
      return Status::Invalid("the server refused the visit: " + std::to_string(answer->status) +
                             " " + answer->body);
    }
  }
  return Status::Ok();
}

}  // namespace

int Visit(const VisitOptions& options) {
  const auto story = Stories().find(options.story);
  if (story == Stories().end()) {
    return Complain(Status::Invalid("no story '" + options.story +
                                    "'; there are: comparing, stuck, untroubled"));
  }
  const std::string expect = options.expect.empty() ? story->second.rule : options.expect;
  std::vector<std::string> visitors;
  for (uint32_t i = 0; i < options.visits; ++i) visitors.push_back("visit-" + RandomId(12));
  Arrivals arrivals;
  std::vector<std::unique_ptr<StreamReader>> readers;
  Status status = OpenStreams(options, visitors, &arrivals, &readers);
  for (auto& reader : readers) {
    if (status.ok() && !reader->AwaitOpen()) return 2;  // the reader says why
  }
  if (status.ok()) status = SendVisits(options, story->second, visitors);
  if (!status.ok()) return Complain(status);
  const size_t came = arrivals.Await(visitors, expect, options.wait);
  readers.clear();
  if (expect.empty() ? arrivals.total() == 0 : came == visitors.size()) return 0;
  std::fprintf(stderr, "vinkki: %zu of %zu visits got the offer of '%s' within %lld s%s\n", came,
               visitors.size(), expect.empty() ? "(none)" : expect.c_str(),
               static_cast<long long>(options.wait / 1000),
               expect.empty() ? "; none should have" : "");
  return 1;
}

}  // namespace vinkki::cmd
