// Lines of NDJSON and rows of CSV, as the tools read them, and POST /v1/events.
#include <doctest/doctest.h>
#include <zlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "collector/csv.h"
#include "collector/ndjson.h"
#include "tests/collector/support.h"

namespace vinkki::collector {
namespace {

constexpr Millis kNow = 1'795'000'000'000;

std::string DumpLine(std::string_view line) {
  NdjsonDecoder decoder;
  LineEvent event;
  if (Problem problem = decoder.Decode(line, &event)) return std::string(Info(problem.reason).code);
  BatchSplitter splitter({"shop", false, kNow, std::nullopt});
  if (Problem problem = splitter.Add(event)) return std::string(Info(problem.reason).code);
  return DumpBatch(splitter.Finish().at(0));
}

TEST_CASE("a line is an event") {
  const std::pair<std::string, std::string> cases[] = {
      {R"({"visitor":"v","at":1794999999000,"name":"a"})", "shop/v full 0: a@-1000{}"},
      {R"({"at":"2026-11-18T13:06:39.5+02:00","name":"a","visitor":"v"})",
       "shop/v full 0: a@-500{}"},
      {R"({"site":"x","visitor":"v","at":1795000000000,"name":"a","id":"i","via":"server",)"
       R"("props":{"value":80,"items":[{"item_id":"s"}]},"other":[1]})",
       R"(x/v full 0: a@0#i(server){value=80}+{item_id="s"})"},
      {R"({"visitor":"v","at":1795000000001,"name":"a","id":null,"props":null})",
       "shop/v full 0: a@0{}"},
      {R"({"visitor":"p.0123456789abcdef","at":1795000000000,"name":"a"})",
       "shop/p.0123456789abcdef full 0: a@0{}"},
      {R"({"visitor":"v","at":1795000000000,"name":"a","props":{"x":"\ud83d!"}})",
       "shop/v full 0: a@0{x=\"\uFFFD!\"}"},
      {R"({"visitor":"v","at":1795000000000})", "missing_field"},
      {R"({"visitor":"v","name":"a"})", "missing_field"},
      {R"({"name":"a","at":1})", "missing_field"},
      {R"({"visitor":"","at":1,"name":"a"})", "bad_visitor"},
      {R"({"visitor":"a\u0000b","at":1,"name":"a"})", "bad_visitor"},
      {R"({"visitor":7,"at":1,"name":"a"})", "bad_field"},
      {R"({"visitor":"v","at":"yesterday","name":"a"})", "event_time"},
      {R"({"visitor":"v","at":-1,"name":"a"})", "event_time"},
      {R"({"visitor":"v","at":"1969-12-31T23:59:59.999Z","name":"a"})", "event_time"},
      {R"({"visitor":"v","at":"9999-12-31T23:59:59-01:00","name":"a"})", "event_time"},
      {R"({"visitor":"v","at":1e300,"name":"a"})", "event_time"},
      {R"({"visitor":"v","at":1,"name":"a\tb"})", "event_name"},
      {R"({"visitor":"v","at":1,"name":"a","props":[]})", "bad_field"},
      {R"({"visitor":"v","at":1,"name":"a","props":{"x":1,"x":2}})", "duplicate_prop"},
      {R"({"visitor":"v","at":1,"name":"a","name":"b"})", "duplicate_field"},
      {R"({"visitor":"v","at":1,"name":"a","id":""})", "bad_id"},
      {R"({"visitor":"v","at":1,"name":"a"} x)", "bad_json"},
      {R"([])", "bad_shape"},
      {"\xff", "bad_utf8"},
      {"{", "bad_json"},
  };
  for (const auto& [text, expected] : cases) {
    const auto& line = text;
    CAPTURE(line);
    CHECK(DumpLine(line) == expected);
  }
  CHECK(DumpLine(std::string(300'000, ' ')) == "line_too_long");
}

TEST_CASE("lines are counted from 1, and empty ones are read over") {
  LineReader reader("a\r\n\n \nb");
  std::string_view line;
  uint32_t number = 0;
  REQUIRE(reader.Next(&line, &number));
  CHECK(line == "a");
  CHECK(number == 1);
  REQUIRE(reader.Next(&line, &number));
  CHECK(line == "b");
  CHECK(number == 4);
  CHECK(!reader.Next(&line, &number));
}

TEST_CASE("batches hold one visitor, history apart and first, and are not endless") {
  BatchSplitter splitter({"shop", true, kNow, 1000});
  LineEvent event;
  event.name = "a";
  for (int i = 0; i < 401; ++i) {
    event.visitor = "v";
    event.at = kNow;
    CHECK(!splitter.Add(event));
  }
  event.visitor = "w";
  event.at = kNow - 1000;
  CHECK(!splitter.Add(event));
  event.at = kNow - 1001;
  CHECK(!splitter.Add(event));
  event.site = "x";
  CHECK(splitter.Add(event).reason == Reason::kWrongSite);
  const std::vector<Batch> batches = splitter.Finish();
  REQUIRE(batches.size() == 4);
  CHECK(DumpBatch(batches[0]) == "shop/w full 0 history: a@-1001{}");
  CHECK(BatchReader(batches[1].bytes()).header().count == 400);
  CHECK(batches[1].visitor() == "v");
  CHECK(BatchReader(batches[3].bytes()).header().count == 1);
  CHECK(splitter.Finish().empty());
}

TEST_CASE("POST /v1/events stores lines by visitor and lists what it refused") {
  Fixture f;
  const std::string body = R"({"visitor":"v","at":1794999999000,"name":"a"})"
                           "\n"
                           R"({"visitor":"w","at":"2026-11-18T11:06:40Z","name":"b","site":"shop"})"
                           "\r\n"
                           "nonsense\n"
                           "\n"
                           R"({"visitor":"v","at":1795000000000,"name":"c","props":{"x":true}})"
                           "\n"
                           R"({"visitor":"v","at":1,"name":"old"})"
                           "\n"
                           R"({"visitor":"v","at":1,"name":"x","site":"other"})";
  Answer answer = f.Events(body);
  CHECK(answer.status == 200);
  CHECK(answer.headers["content-type"] == "application/json");
  CHECK(
      answer.body.starts_with(R"({"accepted":4,"refused":[{"line":3,"code":"bad_json","detail":)"));
  CHECK(answer.body.find(R"({"line":7,"code":"wrong_site","detail":"\"other\""}]})") !=
        std::string::npos);
  std::vector<std::string> dump = f.ingest.Dump();
  REQUIRE(dump.size() == 3);
  CHECK(dump[0] == "shop/v full 0 history: old@-1794999999999{}");
  CHECK(dump[1] == "shop/v full 0: a@-1000{} c@0{x=true}");
  CHECK(dump[2] == "shop/w full 0: b@0{}");
  CHECK(f.ingest.RejectCodes() == std::vector<std::string>{"bad_json", "wrong_site"});
  CHECK(f.ingest.rejects()[0].bytes == "nonsense");
}

TEST_CASE("POST /v1/events needs the site's secret and its type") {
  Fixture f;
  const std::string line = R"({"visitor":"v","at":1,"name":"a"})";
  const std::string length = "Content-Length: " + std::to_string(line.size()) + "\r\n";
  const std::string head = "POST /v1/events HTTP/1.1\r\nHost: c\r\n" + length;
  CHECK(f.Request(head + "\r\n" + line).code() == "unauthorized");
  CHECK(f.Request(head + "Authorization: Bearer nope\r\n\r\n" + line).status == 401);
  CHECK(f.Request(head + "Authorization: Bearer \r\n\r\n" + line).status == 401);
  CHECK(f.Request(head + "Authorization: Basic s3cret\r\n\r\n" + line).status == 401);
  const std::string secret = head + "Authorization: Bearer 0ther\r\n";
  CHECK(f.Request(secret + "Content-Type: text/html\r\n\r\n" + line).code() == "unsupported_type");
  CHECK(f.Request(secret + "Content-Encoding: br\r\n\r\n" + line).code() == "unsupported_encoding");
  CHECK(f.ingest.batch_count() == 0);
  CHECK(f.Request(secret + "\r\n" + line).status == 200);
  CHECK(f.ingest.Dump()[0].starts_with("other/v"));
  CHECK(f.Events("").code() == "empty_body");
  CHECK(f.Events("\n\n").code() == "empty_body");
  CHECK(f.Events("nothing good").status == 422);
  CHECK(f.Request("OPTIONS /v1/events HTTP/1.1\r\nHost: c\r\n\r\n").status == 405);
}

std::string Gzip(std::string_view plain) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

TEST_CASE("gzip: taken, cut off, in two members, and a bomb") {
  CollectorOptions options = Fixture::Options();
  options.ndjson_body_limit = 1u << 20;
  Fixture f(options);
  const std::string line = R"({"visitor":"v","at":1795000000000,"name":"a"})"
                           "\n";
  const std::string packed = Gzip(line);
  constexpr std::string_view kHeader = "Content-Encoding: gzip\r\n";
  CHECK(f.Events(packed, kHeader).status == 200);
  CHECK(f.Events(packed + packed, kHeader).body == R"({"accepted":2,"refused":[]})");
  CHECK(f.Events(packed.substr(0, packed.size() - 3), kHeader).code() == "bad_gzip");
  CHECK(f.Events(line, kHeader).code() == "bad_gzip");
  CHECK(f.Events(packed + "x", kHeader).code() == "bad_gzip");
  const std::string bomb = Gzip(std::string(64u << 20, '\n'));
  REQUIRE(bomb.size() < options.ndjson_body_limit);
  const Answer answer = f.Events(bomb, kHeader);
  CHECK(answer.status == 413);
  CHECK(answer.code() == "body_too_large");
  CHECK(f.ingest.batch_count() == 2);
}

TEST_CASE("lines wait for room in the queue, and are answered when all are stored") {
  Fixture f;
  f.ingest.full = true;
  f.ingest.manual = true;
  std::string body;
  for (int i = 0; i < 50; ++i) {
    body += R"({"visitor":"v)" + std::to_string(i) +
            R"(","at":1795000000000,"name":"a"})"
            "\n";
  }
  Client client(f.collector->port());
  client.Send(EventsRequest(body));
  client.Send("GET /healthz HTTP/1.1\r\nHost: c\r\n\r\n");  // its answer has to wait
  f.ingest.full = false;
  f.ingest.WaitForBatches(50);
  f.ingest.manual = false;
  f.ingest.AnswerAll();
  CHECK(client.Read().body == R"({"accepted":50,"refused":[]})");
  CHECK(client.Read().body == "ok\n");
}

TEST_CASE("lines that find no room are given up with 503") {
  CollectorOptions options = Fixture::Options();
  options.write_timeout = 40;
  Fixture f(options);
  f.ingest.full = true;
  const Answer answer = f.Events(R"({"visitor":"v","at":1795000000000,"name":"a"})");
  CHECK(answer.status == 503);
  CHECK(answer.headers.at("retry-after") == "1");
}

// ---- CSV

std::vector<std::string> ReadCsv(std::string_view text, std::string_view map) {
  auto mapping = ParseCsvMapping(map);
  if (!mapping.ok()) return {mapping.status().message()};
  auto reader = CsvReader::Open(text, std::move(mapping).value());
  if (!reader.ok()) return {reader.status().message()};
  std::vector<std::string> out;
  LineEvent event;
  uint32_t line = 0;
  for (Problem problem; reader->Next(&event, &line, &problem);) {
    std::string row = std::to_string(line) + " ";
    if (problem) {
      out.push_back(row.append(Info(problem.reason).code));
      continue;
    }
    row.append(event.visitor).append(" ").append(std::to_string(event.at)).append(" ");
    row.append(event.name);
    for (const Property& p : event.props.props) {
      row.append(" ").append(p.key).append(p.value.is_number() ? ":" : "=");
      row.append(p.value.is_number() ? std::to_string(p.value.number) : std::string(p.value.text));
    }
    out.push_back(row);
  }
  return out;
}

using Rows = std::vector<std::string>;

TEST_CASE("CSV: quotes, separators, line ends, empty lines") {
  constexpr std::string_view kMap = "name=n,at=t,visitor=v,text=x";
  const Rows expected = {"2 ann 1433193132535 view text=a,b",
                         "3 bob 1433193132000 buy text=say \"hi\"",
                         "5 cy 1433116800000 view text=two\nlines", "7 dee 1433193132535 view"};
  CHECK(ReadCsv("n,t,v,x\n"
                "view,1433193132535,ann,\"a,b\"\n"
                "buy,1433193132,bob,\"say \"\"hi\"\"\"\n"
                "\n"
                "view,2015-06-01,cy,\"two\nlines\"\n"
                "view,2015-06-01T21:12:12.535Z,dee,",
                kMap) == expected);
  CHECK(ReadCsv("\xEF\xBB\xBFn;t;v;x\r\n"
                "view;1433193132535;ann;a,b\r\n",
                kMap) == Rows{expected[0]});
  CHECK(ReadCsv("n\tt\tv\tx\nview\t2015-06-01 21:12:12.535\tann\ta,b\n", kMap) ==
        Rows{expected[0]});
}

TEST_CASE("CSV: a carriage return belongs to the line's end only there") {
  CHECK(ReadCsv("n,t,v,x\r\na,1433193132535,v\r,\r\nb,1433193132535,v,\"x\r\"\r\n",
                "name=n,at=t,visitor=v,x=x") == Rows{"2 bad_visitor", "3 v 1433193132535 b x=x\r"});
  CHECK(ReadCsv("\r,\n", "name=n,at=t,visitor=v")[0].find("no column") != std::string::npos);
}

TEST_CASE("CSV: constants, translations, sums, numbers and ids") {
  CHECK(ReadCsv("s;d;ms;i;price\n1;2016-05-09;526309;81766;12.5\n",
                "name='view_item',at=d+ms,visitor=s,item_id=i,price=price,shop='a,b'") ==
        Rows{"2 1 1462752526309 view_item item_id=81766 price:12.500000 shop=a,b"});
  CHECK(
      ReadCsv("e,t,v\nview,1433193132535,7\ntransaction,1433193132535,7\nother,1433193132535,7\n",
              "name=e/view:view_item/transaction:purchase,at=t,visitor=v") ==
      Rows{"2 7 1433193132535 view_item", "3 7 1433193132535 purchase", "4 7 1433193132535 other"});
}

TEST_CASE("CSV: what is refused, by row, and the rest is used") {
  CHECK(ReadCsv("n,t,v\na,1433193132535,x\na,1433193132535\na,soon,x\na\x01,1433193132535,x\n"
                "a,1433193132535,\na,1433193132535,\xff\nb,1433193132535,x\n\"a,1,x\n",
                "name=n,at=t,visitor=v") ==
        Rows{"2 x 1433193132535 a", "3 bad_shape", "4 event_time", "5 event_name", "6 bad_visitor",
             "7 bad_utf8", "8 x 1433193132535 b", "9 bad_shape"});
}

TEST_CASE("CSV: times before 1970 are refused, sums of them too") {
  CHECK(ReadCsv("n,t,ms,v\na,1900-01-01,0,x\na,1970-01-01,-1,x\na,1970-01-01,0,x\n",
                "name=n,at=t+ms,visitor=v") == Rows{"2 event_time", "3 event_time", "4 x 0 a"});
}

TEST_CASE("CSV: mappings that are wrong say so") {
  const std::pair<std::string, std::string> cases[] = {
      {"name=n,at=t", "visitor is missing"},
      {"name=n,at=t,visitor=nobody", "its columns are n, t, v"},
      {"name=n,at=t,visitor", "there is no target"},
      {"name=n,name=n,at=t,visitor=v", "the target stands twice"},
      {"name=n+t,at=t,visitor=v", "only at can be a sum"},
      {"name=n/view,at=t,visitor=v", "has no \":\""},
      {"name=n,at=t+,visitor=v", "a column has no name"},
  };
  for (const auto& [text, expected] : cases) {
    const auto& map = text;
    CAPTURE(map);
    const Rows rows = ReadCsv("n,t,v\n", map);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].find(expected) != std::string::npos);
  }
  CHECK(ReadCsv("", "name=n,at=t,visitor=v")[0].find("no header") != std::string::npos);
}

TEST_CASE("CSV: real shop traffic is read from first to last row") {
  struct File {
    std::string path;
    std::string map;
  };
  const File files[] = {
      {"retailrocket_sample/sample_events.csv",
       "name=event/view:view_item/addtocart:add_to_cart/transaction:purchase,at=timestamp,"
       "visitor=visitorid,item_id=itemid,transaction_id=transactionid"},
      {"diginetica_cikm2016/sample_train-item-views.csv",
       "name='view_item',at=eventdate+timeframe,visitor=session_id,item_id=item_id"},
      {"diginetica_cikm2016/train-purchases.csv",
       "name='purchase',at=eventdate+timeframe,visitor=sessionId,item_id=itemId,"
       "transaction_id=ordernumber"},
  };
  const std::filesystem::path data = DataFolder();
  for (const File& file : files) {
    CAPTURE(file.path);
    if (!std::filesystem::exists(data / file.path)) {
      MESSAGE("skipped: " << file.path << " is not here");
      continue;
    }
    const std::string text = ReadFile(data / file.path);
    const auto lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
    const Rows rows = ReadCsv(text, file.map);
    CHECK(rows.size() + 1 >= lines);
    CHECK(rows.size() <= lines);
    for (const std::string& row : rows) {
      if (std::count(row.begin(), row.end(), ' ') < 4) FAIL_CHECK("refused: " << row);
    }
  }
}

}  // namespace
}  // namespace vinkki::collector
