// The stored form of a state. Numbers as in base/bytes.h; times are relative to the last event's,
// so that most take three bytes.
//
//   state   = version:u8 layout:fixed64 last_at:signed profile texts sources runs offers
//   texts   = count:varint *(slot:u8 text)
//   sources = count:varint *(hash:5 bytes, the low ones of Source::hash; block:text)
//   block   = what EncodeBlock writes for the source's storage
//   runs    = deadline:signed count:varint *(hash:5 bytes risen_at:signed fired:u8)
//             only rules that hold; the others are looked at again
//   offers  = count:varint *(hash:fixed64 last_at:signed total session in_session day:signed
//   in_day)
//
// version 1. Blocks are keyed by the definition of what they hold, so a state that was written
// under one program reads under another (rules.md 26).
#include <algorithm>

#include "base/bytes.h"
#include "rules/block_codec.h"
#include "rules/program.h"
#include "rules/runs.h"
#include "rules/state.h"

namespace vinkki::rules {
namespace {

constexpr uint8_t kVersion = 1;
constexpr uint64_t kKeyMask = (uint64_t{1} << 40) - 1;

void PutKey(std::string* out, uint64_t hash) {
  out->append(reinterpret_cast<const char*>(&hash), 5);
}

uint64_t ReadKey(ByteReader* reader) {
  const std::string_view bytes = reader->Bytes(5);
  uint64_t key = 0;
  if (bytes.size() == 5) std::memcpy(&key, bytes.data(), 5);
  return key;
}

// kNoTime and kNever stand for themselves; they are far from every time.
void PutTime(std::string* out, Millis base, Millis at) {
  if (at == kNoTime) {
    PutSigned(out, INT64_MIN);
  } else if (at == kNever) {
    PutSigned(out, INT64_MAX);
  } else {
    PutSigned(out, base - at);
  }
}

Millis ReadTime(ByteReader* reader, Millis base) {
  const int64_t value = reader->Signed();
  if (value == INT64_MIN) return kNoTime;
  if (value == INT64_MAX) return kNever;
  const auto at = static_cast<Millis>(static_cast<uint64_t>(base) - static_cast<uint64_t>(value));
  if (at <= -kFarthest || at >= kFarthest) reader->Fail();
  return reader->ok() ? at : 0;
}

void EncodeProfile(const Profile& p, std::string* out) {
  const Millis base = p.last_at;
  PutVarint(out, p.events);
  for (const Millis at : {p.first_at, p.session_at, p.sign_at, p.dwell_at, p.cart_at, p.declined_at,
                          p.offered_at, p.offer_until}) {
    PutTime(out, base, at);
  }
  for (const uint64_t n : {uint64_t{p.visits}, uint64_t{p.pages}, uint64_t{p.page_views},
                           uint64_t{p.foreground}, uint64_t{p.purchases}}) {
    PutVarint(out, n);
  }
  PutSigned(out, p.dwell_sum);
  out->push_back(static_cast<char>((p.has_transaction ? 1 : 0) | (p.has_entry ? 2 : 0) |
                                   (p.conversation ? 4 : 0)));
  out->push_back(static_cast<char>(p.identity));
  out->push_back(static_cast<char>(p.consent));
  if (p.has_transaction) PutFixed64(out, p.transaction);
  PutSigned(out, p.cart_high);
  PutVarint(out, p.cart_low);
  PutDouble(out, p.cart_pieces);
}

void DecodeProfile(ByteReader* reader, Profile* p) {
  const Millis base = p->last_at;
  p->events = reader->Varint();
  for (Millis* at : {&p->first_at, &p->session_at, &p->sign_at, &p->dwell_at, &p->cart_at,
                     &p->declined_at, &p->offered_at, &p->offer_until}) {
    *at = ReadTime(reader, base);
  }
  for (uint32_t* n : {&p->visits, &p->pages, &p->page_views, &p->foreground, &p->purchases}) {
    *n = static_cast<uint32_t>(reader->Varint());
  }
  p->dwell_sum = reader->Signed();
  const uint8_t flags = reader->Byte();
  p->has_transaction = (flags & 1) != 0;
  p->has_entry = (flags & 2) != 0;
  p->conversation = (flags & 4) != 0;
  p->identity = static_cast<Identity>(reader->Byte() % 3);
  p->consent = static_cast<ConsentFact>(reader->Byte() % 4);
  if (p->has_transaction) p->transaction = reader->Fixed64();
  p->cart_high = reader->Signed();
  p->cart_low = reader->Varint();
  p->cart_pieces = reader->Double();
}

void EncodeTexts(const State& state, std::string* out) {
  uint64_t count = 0;
  for (uint32_t i = 0; i < kTextSlots; ++i)
    count += state.text(static_cast<Text>(i)).data() != nullptr;
  PutVarint(out, count);
  for (uint32_t i = 0; i < kTextSlots; ++i) {
    const std::string_view text = state.text(static_cast<Text>(i));
    if (!text.data()) continue;
    out->push_back(static_cast<char>(i));
    PutText(out, text);
  }
}

bool DecodeTexts(ByteReader* reader, State* state) {
  const uint64_t count = reader->Varint();
  for (uint64_t i = 0; i < count && reader->ok(); ++i) {
    const uint8_t slot = reader->Byte();
    const std::string_view text = reader->Text();
    if (!reader->ok() || slot >= kTextSlots) return false;
    state->SetText(static_cast<Text>(slot), text);
  }
  return reader->ok();
}

void EncodeSources(const State& state, std::string* out) {
  const Code& code = *state.code;
  uint64_t count = 0;
  for (uint32_t i = 0; i < code.sources.size(); ++i) count += state.blocks.has(SlotOf(i));
  PutVarint(out, count);
  std::string block;
  for (uint32_t i = 0; i < code.sources.size(); ++i) {
    if (!state.blocks.has(SlotOf(i))) continue;
    PutKey(out, code.sources[i].hash);
    block.clear();
    EncodeBlock(code, i, state.profile.last_at, state.blocks, &block);
    PutText(out, block);
  }
}

// Sources that the program does not know are left out. `cut`: those that may have let go something
// which the program would have kept. False: broken bytes.
bool DecodeSources(const Code& code, ByteReader* reader, State* state, std::vector<uint32_t>* cut) {
  const uint64_t count = reader->Varint();
  uint32_t hint = 0;  // the same program wrote them in this order
  for (uint64_t i = 0; i < count && reader->ok(); ++i) {
    const uint64_t key = ReadKey(reader);
    const std::string_view bytes = reader->Text();
    if (!reader->ok()) return false;
    uint32_t source = kNone;
    for (uint32_t n = 0; n < code.sources.size() && source == kNone; ++n) {
      const auto at = static_cast<uint32_t>((hint + n) % code.sources.size());
      if ((code.sources[at].hash & kKeyMask) == key) source = at;
    }
    if (source == kNone) continue;
    hint = source + 1;
    bool short_of_room = false;
    if (!DecodeBlock(code, source, state->profile.last_at, bytes, &state->blocks, &short_of_room)) {
      return false;
    }
    if (short_of_room) cut->push_back(source);
  }
  return reader->ok();
}

// Whether what the state has of a source is not what the program would have kept.
bool IsStale(const SourceCode& source, bool has, const Layout* before) {
  const bool sliding = source.window == Window::Kind::kDuration;
  if (!before) return !has || sliding;
  const Layout::Source* known = before->FindSource(source.hash);
  return !known || (has && sliding && known->longest < source.longest);
}

// What a state that was written under `before` (null: nobody knows) needs.
std::unique_ptr<Migration> MigrationFrom(const Layout* before, const State& state,
                                         std::vector<uint32_t> cut) {
  const Code& code = *state.code;
  auto migration = std::make_unique<Migration>();
  for (uint32_t i = 0; i < code.sources.size(); ++i) {
    const bool is_cut = std::find(cut.begin(), cut.end(), i) != cut.end();
    if (is_cut || IsStale(code.sources[i], state.blocks.has(SlotOf(i)), before)) {
      migration->stale.push_back(i);
    }
  }
  if (!before) return migration;
  migration->kept_rules.resize((state.code->rules.size() + 63) / 64);
  for (uint32_t r = 0; r < code.rules.size(); ++r) {
    if (code.rules[r].mode == Mode::kOff || !before->HasRule(code.rules[r].run_hash)) continue;
    migration->kept_rules[r / 64] |= uint64_t{1} << (r % 64);
  }
  return migration;
}

void EncodeRuns(const State& state, std::string* out) {
  const Millis base = state.profile.last_at;
  // Which run is quiet is not told: the first instant after reading looks at all of them.
  PutTime(out, base, std::min(state.deadline, FirstQuietEnd(state)));
  PutTime(out, base, state.clock);
  const auto holds = [](const Run& run) { return run.holds; };
  PutVarint(out, static_cast<uint64_t>(std::count_if(state.runs.begin(), state.runs.end(), holds)));
  for (const Run& run : state.runs) {
    if (!run.holds) continue;
    PutKey(out, state.code->rules[run.rule].run_hash);
    PutTime(out, base, run.risen_at);
    out->push_back(run.fired ? 1 : 0);
  }
}

bool DecodeRuns(const Code& code, ByteReader* reader, State* state) {
  const Millis base = state->profile.last_at;
  state->deadline = ReadTime(reader, base);
  state->clock = ReadTime(reader, base);
  const uint64_t count = reader->Varint();
  for (uint64_t i = 0; i < count && reader->ok(); ++i) {
    const uint64_t key = ReadKey(reader);
    Run run;
    run.risen_at = ReadTime(reader, base);
    run.fired = reader->Byte() != 0;
    run.holds = true;
    for (uint32_t r = 0; r < code.rules.size(); ++r) {
      if ((code.rules[r].run_hash & kKeyMask) != key || code.rules[r].mode == Mode::kOff) continue;
      run.rule = r;
      state->runs.push_back(run);
      break;
    }
  }
  const auto by_rule = [](const Run& a, const Run& b) { return a.rule < b.rule; };
  const auto same = [](const Run& a, const Run& b) { return a.rule == b.rule; };
  std::sort(state->runs.begin(), state->runs.end(), by_rule);
  state->runs.erase(std::unique(state->runs.begin(), state->runs.end(), same), state->runs.end());
  // Until the next instant, which looks at all: one of them wakes for all.
  if (!state->runs.empty()) state->runs[0].wake = state->deadline;
  for (const Run& run : state->runs) {
    state->watches.Hold(code.whens[run.rule], 0);
    state->watches.NoteRun(run.rule, true);
  }
  return reader->ok();
}

void EncodeOffers(const State& state, std::string* out) {
  PutVarint(out, state.offers.size());
  for (const Offers& one : state.offers) {
    PutFixed64(out, one.hash);
    PutTime(out, state.profile.last_at, one.last_at);
    PutVarint(out, one.total);
    PutVarint(out, one.session);
    PutVarint(out, one.in_session);
    PutSigned(out, one.day);
    PutVarint(out, one.in_day);
  }
}

bool DecodeOffers(ByteReader* reader, State* state) {
  const uint64_t count = reader->Varint();
  for (uint64_t i = 0; i < count && reader->ok(); ++i) {
    Offers one;
    one.hash = reader->Fixed64();
    one.last_at = ReadTime(reader, state->profile.last_at);
    one.total = static_cast<uint32_t>(reader->Varint());
    one.session = static_cast<uint32_t>(reader->Varint());
    one.in_session = static_cast<uint32_t>(reader->Varint());
    one.day = static_cast<int32_t>(reader->Signed());
    one.in_day = static_cast<uint32_t>(reader->Varint());
    if (reader->ok()) state->offers.push_back(one);
  }
  return reader->ok();
}

Status Broken() { return Status::Corrupt("visitor state: broken bytes"); }

}  // namespace

void EncodeState(const State& state, std::string* out) {
  out->push_back(static_cast<char>(kVersion));
  PutFixed64(out, state.code->layout);
  PutSigned(out, state.profile.last_at);
  EncodeProfile(state.profile, out);
  EncodeTexts(state, out);
  EncodeSources(state, out);
  EncodeRuns(state, out);
  EncodeOffers(state, out);
}

Result<StatePtr> DecodeState(const Program& program, std::string_view site,
                             std::string_view visitor, std::string_view bytes, bool* stale_facts,
                             const LayoutFinder& layouts) {
  const Code& code = program.code();
  StatePtr state = NewState(program, site, visitor);
  ByteReader reader(bytes);
  if (reader.Byte() != kVersion) {
    return Status::Corrupt("visitor state: unknown version; written by a newer Vinkki?");
  }
  const uint64_t layout = reader.Fixed64();
  state->profile.last_at = reader.Signed();
  if (state->profile.last_at < 0 || state->profile.last_at >= kFarthest) return Broken();
  DecodeProfile(&reader, &state->profile);
  if (!reader.ok() || !DecodeTexts(&reader, state.get())) return Broken();
  std::vector<uint32_t> cut;
  if (!DecodeSources(code, &reader, state.get(), &cut)) return Broken();
  if (!DecodeRuns(code, &reader, state.get()) || !DecodeOffers(&reader, state.get())) {
    return Broken();
  }
  if (!reader.AtEnd()) return Broken();
  const bool past = state->profile.events > 0;
  state->evaluate_all = past;
  if (past) state->watches.DoubtAll();
  if (past && layout != code.layout) {
    const std::shared_ptr<const Layout> before = layouts ? layouts(layout) : nullptr;
    state->migration = MigrationFrom(before.get(), *state, std::move(cut));
  }
  *stale_facts = NeedsEvents(*state);
  return state;
}

uint64_t LayoutOfState(std::string_view bytes) {
  ByteReader reader(bytes);
  return reader.Byte() == kVersion ? reader.Fixed64() : 0;
}

uint64_t LayoutHash(const Program& program) { return program.code().layout; }

}  // namespace vinkki::rules
