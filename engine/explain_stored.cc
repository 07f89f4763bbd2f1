// A visitor's stored past: where it lies, and what was decided when it happened.
#include <algorithm>

#include "engine/explain.h"
#include "engine/store.h"
#include "engine/visitor.h"

namespace vinkki::engine {
namespace {

constexpr size_t kNearVisitors = 5;  // that are named when there is none of the name

std::string WhoOf(std::string_view site, std::string_view visitor) {
  std::string who(site);
  who.push_back('\0');
  return who.append(visitor);
}

// The sites of the folder, found by jumping from one to the next.
Result<std::vector<std::string>> Sites(const Store& store) {
  std::vector<std::string> sites;
  std::string from;
  for (;;) {
    bool found = false;
    std::string site;
    VINKKI_RETURN_IF_ERROR(
        store.Scan(Family::kStates, from, {}, [&](std::string_view who, std::string_view) {
          site = SiteOf(who);
          found = true;
          return false;
        }));
    if (!found) return sites;
    from = site + '\1';
    sites.push_back(std::move(site));
  }
}

Result<bool> IsKnown(const Store& store, std::string_view site, std::string_view visitor) {
  std::string row;
  Result<bool> known = store.Get(Family::kStates, WhoOf(site, visitor), &row);
  return known;
}

std::string List(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "'" : ", '") + name + "'";
  return out;
}

// "; there is 'v-812', 'v-813'": those that begin as it does, then with its first letters.
Result<std::string> NearVisitors(const Store& store, const std::vector<std::string>& sites,
                                 std::string_view visitor) {
  std::vector<std::string> near;
  for (size_t length = visitor.size(); length > 0 && near.empty(); length /= 2) {
    for (const std::string& site : sites) {
      const std::string prefix = WhoOf(site, visitor.substr(0, length));
      VINKKI_RETURN_IF_ERROR(store.Scan(Family::kStates, prefix, PrefixEnd(prefix),
                                        [&](std::string_view who, std::string_view) {
                                          near.emplace_back(VisitorOf(who));
                                          return near.size() < kNearVisitors;
                                        }));
    }
  }
  if (near.empty()) return std::string();
  return "; there is " + List(near) + " and perhaps more";
}

Result<std::string> FindSite(const Store& store, const ExplainQuery& query) {
  Result<std::vector<std::string>> sites = Sites(store);
  if (!sites.ok()) return sites.status();
  std::vector<std::string> known;
  for (const std::string& site : *sites) {
    if (query.site && *query.site != site) continue;
    Result<bool> here = IsKnown(store, site, query.visitor);
    if (!here.ok()) return here.status();
    if (*here) known.push_back(site);
  }
  if (known.size() == 1) return known[0];
  if (known.size() > 1) {
    return Status::Invalid("visitor '" + query.visitor +
                           "' is known at several sites: " + List(known) + "; say which");
  }
  if (sites->empty()) return Status::NotFound("no visitor is stored there yet");
  std::string message = "no visitor '" + query.visitor + "'";
  if (query.site) {
    message += " at site '" + *query.site + "'";
    const bool site = std::find(sites->begin(), sites->end(), *query.site) != sites->end();
    if (!site) return Status::NotFound(message + "; the sites stored there are " + List(*sites));
    sites->assign(1, *query.site);
  }
  Result<std::string> near = NearVisitors(store, *sites, query.visitor);
  if (!near.ok()) return near.status();
  return Status::NotFound(message + *near);
}

// What was decided of the visitor, by time.
Result<std::vector<DecisionRow>> Recorded(const Store& store, std::string_view who, Millis from,
                                          Millis to) {
  std::vector<DecisionRow> rows;
  std::string prefix;
  const auto add = [&](uint32_t day) {
    EncodeDayPrefix(day, who, &prefix);
    return store.Scan(Family::kDecisions, prefix, PrefixEnd(prefix),
                      [&](std::string_view key, std::string_view value) {
                        Result<DecisionRow> row = DecodeDecision(key, value);
                        if (row.ok()) rows.push_back(std::move(row).value());
                        return true;
                      });
  };
  // A timer may decide on the day after the last event; nothing does later.
  const uint32_t last = DayOf(to);
  for (uint32_t day = DayOf(from); day <= last; ++day) VINKKI_RETURN_IF_ERROR(add(day));
  return rows;
}

}  // namespace

Result<Explanation> ExplainStored(const Store& store, std::shared_ptr<const rules::Program> program,
                                  const ExplainQuery& query, Millis now) {
  Result<std::string> site = FindSite(store, query);
  if (!site.ok()) return site.status();
  const std::string who = WhoOf(*site, query.visitor);
  std::string row;
  Result<bool> found = store.Get(Family::kStates, who, &row);
  if (!found.ok()) return found.status();
  Visitor visitor(who, 0);
  std::string_view ignored;
  const bool read = *found && DecodeVisitor(row, &visitor, &ignored).ok();
  if (!read) {
    Result<std::vector<uint32_t>> days = FindDays(store, who);
    if (!days.ok()) return days.status();
    visitor.days = std::move(days).value();
  }
  History history;
  const Status broken = history.AddStored(store, who, visitor.days);
  history.Sort();
  if (history.events().empty()) {
    return broken.ok() ? Status::NotFound("the events of visitor '" + query.visitor +
                                          "' are no longer stored: they are past the retention")
                       : broken;
  }
  constexpr Millis kAfterwards = 24 * 3'600'000;
  Result<std::vector<DecisionRow>> recorded =
      Recorded(store, who, history.events().front().at, history.events().back().at + kAfterwards);
  if (!recorded.ok()) return recorded.status();
  Result<Explanation> out =
      ExplainHistory(std::move(program), query, *site, history, &*recorded, now);
  if (!out.ok()) return out;
  if (!broken.ok())
    out->notes.push_back("a stored batch is broken and left out: " + broken.message());
  if (read && visitor.events > history.events().size()) {
    out->notes.push_back(std::to_string(visitor.events - history.events().size()) +
                         " older events are no longer stored: what the rules remember of them "
                         "(visits, purchases, limits) is not in here");
  }
  return out;
}

}  // namespace vinkki::engine
