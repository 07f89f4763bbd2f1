// `vinkki export`: what is stored, one line of JSON each. Events come in the form in which
// `vinkki import` reads them.

#include <cstdio>

#include "base/hash.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "cmd/commands.h"
#include "engine/history.h"
#include "engine/ingest.h"
#include "engine/stored.h"
#include "rules/step.h"

namespace vinkki::cmd {
namespace {

void PrintLine(JsonWriter* w) {
  std::string line = w->Take();
  line.push_back('\n');
  std::fwrite(line.data(), 1, line.size(), stdout);
}

void WriteProps(PropReader reader, JsonWriter* w) {
  std::string_view key;
  for (Value value; reader.Next(&key, &value);) w->Key(key).Any(value);
}

void PrintEvent(const engine::StoredBatch& batch, const EventView& event) {
  JsonWriter w;
  w.BeginObject().Key("site").Text(batch.site).Key("visitor").Text(batch.visitor);
  w.Key("at").Whole(event.at).Key("name").Text(event.name).Key("props").BeginObject();
  WriteProps(event.props(), &w);
  if (event.item_count() > 0) {
    w.Key("items").BeginArray();
    event.ForEachItem([&](PropReader item) {
      w.BeginObject();
      WriteProps(item, &w);
      w.EndObject();
    });
    w.EndArray();
  }
  w.EndObject();
  if (!event.id.empty()) w.Key("id").Text(event.id);
  if (event.via_server) w.Key("via").Text("server");
  w.EndObject();
  PrintLine(&w);
}

Status ExportEvents(const std::string& data) {
  Status broken;
  const Status read = engine::ForEachBatch(data, [&](const engine::StoredBatch& batch) {
    BatchReader reader(batch.bytes);
    for (EventView event; engine::NextEvent(&reader, &event);) PrintEvent(batch, event);
    broken = reader.status();
    return broken.ok();
  });
  return read.ok() ? broken : read;
}

Status ExportDecisions(const std::string& data) {
  return engine::ForEachDecision(data, [](const engine::DecisionRow& row) {
    const auto reason = static_cast<rules::Reason>(row.reason);
    JsonWriter w;
    w.BeginObject().Key("at").Whole(row.at).Key("site").Text(row.site);
    w.Key("visitor").Text(row.visitor).Key("rule").Text(row.rule).Key("version").Text(row.version);
    w.Key("decision").Text(reason == rules::Reason::kNone ? "offer" : "silent");
    if (reason != rules::Reason::kNone) w.Key("reason").Text(rules::ReasonName(reason));
    if (row.to_bot) w.Key("to").Text("bot");
    w.EndObject();
    PrintLine(&w);
    return true;
  });
}

Status ExportQuarantine(const std::string& data) {
  return engine::ForEachReject(data, [](const engine::Reject& reject) {
    JsonWriter w;
    w.BeginObject().Key("at").Whole(reject.at).Key("site").Text(reject.site);
    w.Key("code").Text(reject.code).Key("detail").Text(reject.detail);
    // The input as it came may be no UTF-8: hexadecimal says exactly what it was.
    w.Key("bytes").Text(IsUtf8(reject.bytes) ? reject.bytes : "hex:" + HexOf(reject.bytes));
    w.EndObject();
    PrintLine(&w);
    return true;
  });
}

}  // namespace

int Export(const ExportOptions& options) {
  Status status;
  if (options.what == "events") status = ExportEvents(options.data);
  if (options.what == "decisions") status = ExportDecisions(options.data);
  if (options.what == "quarantine") status = ExportQuarantine(options.data);
  return status.ok() ? 0 : Complain(status);
}

}  // namespace vinkki::cmd
