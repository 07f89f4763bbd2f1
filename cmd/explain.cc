// `vinkki explain`: why a visitor got an offer, or none. From a data folder, also beside a running
// server, or from a file of events.
#include "engine/explain.h"

#include <unistd.h>

#include <cstdio>

#include "cmd/commands.h"
#include "cmd/explain_text.h"
#include "cmd/input.h"
#include "cmd/rules_source.h"
#include "engine/store.h"

namespace vinkki::cmd {
namespace {

using Program = std::shared_ptr<const rules::Program>;

Result<engine::Explanation> FromData(const ExplainOptions& options,
                                     const engine::ExplainQuery& query, Program program) {
  engine::StoreOptions store_options;
  store_options.data_dir = options.data;
  store_options.read_only = true;
  auto store = engine::Store::Open(store_options);
  if (!store.ok()) {
    const Code code = store.status().code();
    if (code == Code::kNotFound || code == Code::kInvalid) return store.status();
    return Status(code, store.status().message() +
                            "; while its server runs, ask its staff port: GET "
                            "/api/v1/explain?visitor=" +
                            options.visitor);
  }
  return engine::ExplainStored(**store, std::move(program), query, SystemClock().Now());
}

// The visitor's batches of a file, as replay reads it.
class FileEvents {
 public:
  Status Read(const InputOptions& input, const engine::ExplainQuery& query) {
    constexpr Millis kEndOfTime = 253'402'300'799'999;  // nothing of a file is from the future
    InputCounts counts;
    const Status status = ReadBatches(
        input, kEndOfTime, std::nullopt,
        [&](Batch&& batch) {
          if (batch.visitor() != query.visitor) return Status::Ok();
          if (query.site && batch.site() != *query.site) return Status::Ok();
          if (sites_.empty() || sites_[0] != batch.site()) sites_.emplace_back(batch.site());
          batches_.push_back(std::move(batch));
          return Status::Ok();
        },
        &counts);
    if (counts.refused_total() > 0) PrintCounts(counts);
    if (!status.ok()) return status;
    if (sites_.size() > 1) {
      return Status::Invalid("visitor '" + query.visitor + "' is at sites '" + sites_[0] +
                             "' and '" + sites_[1] + "' in the file; say which with --site");
    }
    if (batches_.empty()) {
      return Status::NotFound("no events of visitor '" + query.visitor +
                              "' in the file, which has " + std::to_string(counts.accepted) +
                              " events");
    }
    return Status::Ok();
  }

  Result<engine::Explanation> Explain(const engine::ExplainQuery& query, Program program) {
    engine::History history;
    for (const Batch& batch : batches_) VINKKI_RETURN_IF_ERROR(history.Add(batch.bytes()));
    history.Sort();
    return engine::ExplainHistory(std::move(program), query, sites_[0], history, nullptr,
                                  std::nullopt);
  }

 private:
  std::vector<Batch> batches_;
  std::vector<std::string> sites_;
};

Result<engine::Explanation> FromFile(const ExplainOptions& options,
                                     const engine::ExplainQuery& query, Program program) {
  FileEvents events;
  VINKKI_RETURN_IF_ERROR(events.Read(options.input, query));
  return events.Explain(query, std::move(program));
}

Result<engine::ExplainQuery> QueryOf(const ExplainOptions& options) {
  engine::ExplainQuery query;
  query.visitor = options.visitor;
  query.rule = options.rule;
  query.site = options.site;
  if (options.at.empty() || options.at == "now") return query;
  query.at = engine::ParseExplainMoment(options.at);
  if (!query.at) {
    return Status::Invalid("'" + options.at + "' is no moment: write 2026-11-22T12:00:00Z, " +
                           "milliseconds since 1970, last, last+10s or first+2m");
  }
  return query;
}

Result<ExplainText> HowOf(const ExplainOptions& options) {
  ExplainText how;
  how.terminal = Terminal::Of(STDOUT_FILENO);
  how.zone_name = options.zone;
  how.all = options.all;
  Result<rules::Zone> zone = rules::Zone::Find(options.zone);
  if (!zone.ok()) {
    const std::string near = rules::Zone::NearestName(options.zone);
    return Status::Invalid("there is no time zone '" + options.zone + "'" +
                           (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }
  how.zone = std::move(zone).value();
  return how;
}

}  // namespace

int Explain(const ExplainOptions& options) {
  if (options.input.file.empty() == options.data.empty()) {
    return Complain(Status::Invalid("say either --data FOLDER or --events FILE"));
  }
  auto query = QueryOf(options);
  if (!query.ok()) return Complain(query.status());
  auto how = HowOf(options);
  if (!how.ok()) return Complain(how.status());
  auto program = RequireProgram(options.rules);
  if (!program.ok()) return Complain(program.status());
  auto explanation = options.data.empty() ? FromFile(options, *query, *program)
                                          : FromData(options, *query, *program);
  if (!explanation.ok()) return Complain(explanation.status());
  const std::string text = options.json ? engine::ExplanationJson(*explanation) + "\n"
                                        : ExplanationText(*explanation, *how);
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace vinkki::cmd
