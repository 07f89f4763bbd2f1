// Sources that differ in the constant of their `where` only, put together into ladders (ladder.h).
// Which constants there are is known when all rules are compiled; until then each has a source of
// its own, and one that stays alone keeps it.
#include <algorithm>
#include <charconv>

#include "base/hash.h"
#include "rules/compiler.h"
#include "rules/print.h"

namespace vinkki::rules {
namespace {

std::string TextOf(const std::vector<Ladder::Rung>& rungs) {
  std::string out;
  for (const Ladder::Rung& rung : rungs) {
    char digits[40];
    const auto end = std::to_chars(digits, digits + sizeof digits, rung.number);
    out += (out.empty() ? "" : ",") + std::string(rung.strict ? " > " : " >= ");
    out.append(digits, end.ptr);
  }
  return out;
}

void SortUnique(auto* values) {
  std::sort(values->begin(), values->end());
  values->erase(std::unique(values->begin(), values->end()), values->end());
}

}  // namespace

// Whether all that reads it asks for a few latest times: a count that is a number sees more.
bool Compiler::FitsLadder(const Stream& stream, const SourceCode& source) {
  const bool above =
      stream.compare == Compare::kGreater || stream.compare == Compare::kGreaterEqual;
  return source.storage == Storage::kTimes && !source.bounded && source.keep <= Ladder::kMostKept &&
         stream.property != kNone && above;
}

// All events with these names.
uint32_t Compiler::StreamOfAll(const StreamNames& names) {
  for (uint32_t i = 0; i < code_->streams.size(); ++i) {
    const StreamNames& other = stream_names_[i];
    if (code_->streams[i].where == kYes && other.any == names.any && other.names == names.names) {
      return i;
    }
  }
  code_->streams.emplace_back();
  stream_names_.push_back(names);
  return static_cast<uint32_t>(code_->streams.size() - 1);
}

// One source for all of these. `events`: which they are of, without the `where`.
void Compiler::JoinLadder(const std::string& events, const std::vector<OneRung>& members,
                          std::vector<Joined>* joined) {
  Ladder ladder;
  for (const OneRung& one : members) ladder.rungs.push_back(one.rung);
  SortUnique(&ladder.rungs);
  SourceCode source;
  source.storage = Storage::kLadder;
  source.window = Window::Kind::kDuration;
  source.property = code_->streams[members.front().stream].property;
  source.rungs = static_cast<uint32_t>(ladder.rungs.size());
  for (const OneRung& one : members) {
    source.keep = std::max(source.keep, code_->sources[one.source].keep);
    source.longest = std::max(source.longest, code_->sources[one.source].longest);
  }
  if (source.rungs < 2 || source.most() > UINT16_MAX) return;
  source.ladder = static_cast<uint32_t>(code_->ladders.size());
  source.definition = "ladder sliding " + events + TextOf(ladder.rungs);
  source.hash = Hash64(source.definition);
  const auto index = static_cast<uint32_t>(code_->sources.size());
  for (const OneRung& one : members) {
    const auto at = std::find(ladder.rungs.begin(), ladder.rungs.end(), one.rung);
    (*joined)[one.source] = {index, static_cast<uint32_t>(at - ladder.rungs.begin())};
  }
  code_->sources.push_back(std::move(source));
  code_->ladders.push_back(std::move(ladder));
  code_->streams[StreamOfAll(stream_names_[members.front().stream])].sources.push_back(index);
}

void Compiler::BuildLadders() {
  std::map<std::string, std::vector<OneRung>> groups;
  for (uint32_t s = 0; s < code_->streams.size(); ++s) {
    const Stream& stream = code_->streams[s];
    for (const uint32_t source : stream.sources) {
      if (!FitsLadder(stream, code_->sources[source])) continue;
      Events events;
      events.any = stream_names_[s].any;
      events.names = stream_names_[s].names;
      const std::string key =
          Canonical(events, *file_) + " ." + code_->properties.Name(stream.property);
      const bool strict = stream.compare == Compare::kGreater;
      groups[key].push_back({s, source, {stream.number, strict}});
    }
  }
  std::vector<Joined> joined(code_->sources.size());
  for (const auto& [events, members] : groups) JoinLadder(events, members, &joined);
  joined.resize(code_->sources.size());
  ReadLadders(joined);
  RemoveJoined(joined);
}

// Who read one of the sources that were joined reads its rung of the ladder.
void Compiler::ReadLadders(const std::vector<Joined>& joined) {
  for (CallFact& call : code_->calls) {
    const Joined& one = joined[call.source];
    if (one.into == kNone) continue;
    call.source = one.into;
    call.rung = one.rung;
    call.storage = Storage::kLadder;
  }
  for (Edge& edge : edges_) {
    if (edge.kind != Edge::Kind::kAtLeast || joined[edge.source].into == kNone) continue;
    edge.rung = joined[edge.source].rung;
    edge.source = joined[edge.source].into;
  }
}

// The sources that were joined go; the others are numbered anew. Nothing reads the former any more.
void Compiler::RemoveJoined(const std::vector<Joined>& joined) {
  std::vector<uint32_t> to;
  uint32_t left = 0;
  for (const Joined& one : joined) to.push_back(one.into == kNone ? left++ : kNone);
  if (left == joined.size()) return;
  const auto gone = [&](uint32_t source) { return to[source] == kNone; };
  for (uint32_t s = 0; s < code_->streams.size(); ++s) {
    std::vector<uint32_t>& sources = code_->streams[s].sources;
    const bool fed = !sources.empty();
    std::erase_if(sources, gone);
    for (uint32_t& source : sources) source = to[source];
    if (fed && sources.empty() && !HasRole(s)) stream_names_[s] = {};  // no event is tested for it
  }
  for (uint32_t i = 0; i < joined.size(); ++i) {
    if (!gone(i) && to[i] != i) code_->sources[to[i]] = std::move(code_->sources[i]);
  }
  code_->sources.resize(left);
  for (CallFact& call : code_->calls) call.source = to[call.source];
  for (SequenceCode& sequence : code_->sequences) sequence.source = to[sequence.source];
  for (auto& [property, source] : code_->visitor_properties) source = to[source];
  for (Node& node : code_->nodes) {
    if (node.op == Op::kVisitorProperty) node.a = to[node.a];
  }
  for (Edge& edge : edges_) {
    const bool of_source = edge.kind == Edge::Kind::kAtLeast || edge.kind == Edge::Kind::kForgets;
    if (of_source) edge.source = to[edge.source];
  }
  for (std::vector<Turns>& parts : parts_) {
    for (Turns& turns : parts) turns.RenumberSources(to);
  }
}

bool Compiler::HasRole(uint32_t stream) const {
  for (const auto& roles : roles_) {
    for (const auto& [of, role] : roles) {
      if (of == stream) return true;
    }
  }
  return false;
}

void Compiler::IndexLadders() {
  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < edges_.size(); ++i) {
    const bool counts =
        edges_[i].kind == Edge::Kind::kAtLeast && touched_[code_->edges_begin + i].Matters();
    if (counts && code_->sources[edges_[i].source].ladder != kNone) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
    const Edge& x = edges_[a];
    const Edge& y = edges_[b];
    return std::tie(x.source, x.k, x.rung, x.length) < std::tie(y.source, y.k, y.rung, y.length);
  });
  for (const uint32_t i : order) {
    const Edge& edge = edges_[i];
    Ladder& ladder = code_->ladders[code_->sources[edge.source].ladder];
    const auto end = static_cast<uint32_t>(ladder.edges.size());
    if (ladder.groups.empty() || ladder.groups.back().k != edge.k) {
      ladder.groups.push_back({edge.k, end, end});
    }
    ladder.edges.push_back({edge.rung, edge.length, code_->edges_begin + i, 0});
    ladder.lengths.push_back(edge.length);
    ++ladder.groups.back().end;
  }
  for (Ladder& ladder : code_->ladders) SortUnique(&ladder.lengths);
}

}  // namespace vinkki::rules
