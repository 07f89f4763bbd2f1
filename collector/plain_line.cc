#include "collector/plain_line.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <cstring>

#include "base/text.h"
#include "collector/fields.h"
#include "collector/ndjson.h"

namespace vinkki::collector {
namespace {

static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");

constexpr int kMostDigits = 15;  // their number, and a power of ten, are exact as a double
constexpr double kPowersOfTen[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

constexpr uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
// Not LF, which ends the line.
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r'; }
// Neither the end of a text, nor the beginning of an escape, nor a control character, nor a part of
// a longer character.
bool IsOrdinary(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f &&
         c != '"' && c != '\\';
}

// How many of the kStep bytes at `at` are ordinary before the first that is not.
#if defined(__SSE2__)
constexpr int kStep = 16;

int CountOrdinary(const char* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const auto is = [&](char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
  // Signed, so that what has its top bit set is below 0x20 too.
  const __m128i outside = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
  const __m128i found =
      _mm_or_si128(_mm_or_si128(is('"'), is('\\')), _mm_or_si128(is(0x7f), outside));
  const auto bits = static_cast<uint32_t>(_mm_movemask_epi8(found));
  return std::countr_zero(bits | 1u << kStep);
}
#else
constexpr int kStep = 8;

int CountOrdinary(const char* at) {
  uint64_t w;
  std::memcpy(&w, at, 8);
  const uint64_t quote = w ^ kOnes * '"';
  const uint64_t escape = w ^ kOnes * '\\';
  const uint64_t del = w ^ kOnes * 0x7f;
  // A top bit is set where a byte is 0, or below 0x20, or has it itself. (A borrow can only come
  // from a byte that is one, and the first one is all that counts.)
  const uint64_t found = (((quote - kOnes) & ~quote) | ((escape - kOnes) & ~escape) |
                          ((del - kOnes) & ~del) | (w - kOnes * 0x20) | w) &
                         kTops;
  return std::countr_zero(found) / 8;
}
#endif

// How many of the eight bytes are digits before the first that is not.
int CountDigits(uint64_t eight) {
  const uint64_t values = eight ^ kOnes * '0';
  // A top bit is set where a value is above 9. (A carry comes from one that is.)
  return std::countr_zero(((values + kOnes * (0x80 - 10)) | values) & kTops) / 8;
}

// Of eight digits, zero bytes standing for leading zeros: pairs, then fours, then all.
uint64_t NumberOf(uint64_t digits) {
  digits = (digits & kOnes * 0x0f) * (10 << 8 | 1) >> 8;
  digits = (digits & 0x00ff00ff00ff00ff) * (100ull << 16 | 1) >> 16;
  return (digits & 0x0000ffff0000ffff) * (10'000ull << 32 | 1) >> 32;
}

// The name of a field and the quote behind it, as eight bytes that begin with them.
struct FieldKey {
  explicit constexpr FieldKey(std::string_view name) : size(name.size() + 1) {
    for (size_t i = 0; i < size; ++i) {
      const char c = i < name.size() ? name[i] : '"';
      bits |= static_cast<uint64_t>(static_cast<unsigned char>(c)) << (8 * i);
      mask |= 0xffull << (8 * i);
    }
  }
  size_t size;
  uint64_t bits = 0, mask = 0;
};
constexpr FieldKey kFieldKeys[] = {FieldKey(kLine[kSite].name),  FieldKey(kLine[kVisitor].name),
                                   FieldKey(kLine[kAt].name),    FieldKey(kLine[kName].name),
                                   FieldKey(kLine[kProps].name), FieldKey(kLine[kId].name),
                                   FieldKey(kLine[kVia].name)};
static_assert(std::size(kFieldKeys) == kLineFields && kFieldKeys[kVisitor].size == 8);

// The quote that ends a text which begins at `from` and is ordinary up to `at`; null: the text is
// not plain.
[[gnu::noinline]] const char* FindEndOfText(const char* const from, const char* at,
                                            const char* const end) {
  bool ascii = true;
  for (;;) {
    if (end - at >= kStep) {
      const int n = CountOrdinary(at);
      at += n;
      if (n == kStep) continue;
    } else {
      while (at != end && IsOrdinary(*at)) ++at;
      if (at == end) return nullptr;
    }
    if (static_cast<unsigned char>(*at) < 0x80) break;
    ascii = false;
    ++at;
  }
  if (*at != '"') return nullptr;
  return ascii || IsUtf8({from, static_cast<size_t>(at - from)}) ? at : nullptr;
}

// Walks one line. Every function says false where the line is not plain; then nothing else holds.
// All of it is inlined into TakePlainLine, so that the position stays in a register: each of its
// some thirty steps along a line would wait for the memory that the one before has written.
class PlainReader {
 public:
  explicit PlainReader(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}
  bool ReadLine(LineEvent* out);
  const char* at() const { return at_; }

 private:
  size_t left() const { return static_cast<size_t>(end_ - at_); }
  char Here() const { return at_ == end_ ? '\0' : *at_; }  // no plain line holds a NUL
  // The next eight bytes, zero beyond the end.
  uint64_t Eight() const {
    uint64_t eight = 0;
    if (left() >= sizeof eight) {
      std::memcpy(&eight, at_, sizeof eight);
    } else {
      for (size_t i = left(); i-- > 0;) eight = eight << 8 | static_cast<unsigned char>(at_[i]);
    }
    return eight;
  }
  void SkipSpace() {
    while (IsSpace(Here())) ++at_;
  }
  bool Take(char c) {
    if (Here() != c) {
      if (!IsSpace(Here())) return false;
      SkipSpace();
      if (Here() != c) return false;
    }
    ++at_;
    return true;
  }
  bool TakeWord(std::string_view word) {
    if (!std::string_view(at_, left()).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  // f() reads what stands between the commas of an array or an object.
  template <typename F>
  [[gnu::always_inline]] inline bool List(char open, char close, F&& f) {
    if (!Take(open)) return false;
    if (Take(close)) return true;
    do {
      if (!f()) return false;
    } while (Take(','));
    return Take(close);
  }
  bool Text(std::string_view* out);
  bool Colon() {
    if (!Take(':')) return false;
    SkipSpace();
    return true;
  }
  bool Digits(uint64_t* number, int* count);
  bool Number(double* out);
  bool Scalar(Value* out);
  bool Prop(std::vector<Property>* props, size_t from, EventProps* items_of);
  bool Items(EventProps* out);
  bool TimeOfThirteen(Millis* out);
  bool Time(Millis* out);
  bool FieldName(size_t* field);
  bool Field(LineEvent* out);

  const char* at_;
  const char* const end_;
  uint32_t seen_ = 0;        // fields, by LineField
  size_t likely_field_ = 0;  // the one after the field before
};

[[gnu::always_inline]] inline bool PlainReader::Text(std::string_view* out) {
  if (!Take('"')) return false;
  const char* const from = at_;
  const int n = left() >= kStep ? CountOrdinary(from) : 0;
  const char* end = from + n;
  if (n == kStep || *end != '"') {
    end = FindEndOfText(from, end, end_);
    if (end == nullptr) return false;
  }
  *out = {from, static_cast<size_t>(end - from)};
  at_ = end + 1;
  return true;
}

// Appends to *number. At least one digit.
[[gnu::always_inline]] inline bool PlainReader::Digits(uint64_t* number, int* count) {
  const char* const from = at_;
  constexpr uint64_t kTens[] = {1,       10,        100,        1'000,      10'000,
                                100'000, 1'000'000, 10'000'000, 100'000'000};
  for (int n = 8; n == 8;) {
    const uint64_t eight = Eight();
    n = CountDigits(eight);
    if (n == 0) break;
    *number = *number * kTens[n] + NumberOf(eight << (64 - 8 * n));
    at_ += n;
    if ((*count += n) > kMostDigits) return false;
  }
  return at_ != from;
}

[[gnu::always_inline]] inline bool PlainReader::Number(double* out) {
  const bool negative = *at_ == '-';
  at_ += negative ? 1 : 0;
  uint64_t number = 0;
  int digits = 0;
  const char* const from = at_;
  if (!Digits(&number, &digits) || (*from == '0' && digits > 1)) return false;
  double size = static_cast<double>(number);
  if (Here() == '.') {
    ++at_;
    const int before_point = digits;
    if (!Digits(&number, &digits)) return false;
    size = static_cast<double>(number) / kPowersOfTen[digits - before_point];
  }
  if (Here() == 'e' || Here() == 'E') return false;
  *out = negative ? -size : size;
  return true;
}

[[gnu::always_inline]] inline bool PlainReader::Scalar(Value* out) {
  const char c = Here();
  if (c == '"') {
    out->kind = Value::Kind::kText;
    return Text(&out->text) && out->text.size() <= kMaxText;
  }
  if (IsDigit(c) || c == '-') {
    out->kind = Value::Kind::kNumber;
    return Number(&out->number);
  }
  out->kind = Value::Kind::kBool;
  out->boolean = c == 't';
  return TakeWord(c == 't' ? "true" : "false");
}

// One property into (*props)[from..]; "items" goes into *items_of, if that is given.
[[gnu::always_inline]] inline bool PlainReader::Prop(std::vector<Property>* props, size_t from,
                                                     EventProps* items_of) {
  SkipSpace();
  std::string_view key;
  if (!Text(&key) || !Colon()) return false;
  if (key.empty() || key.size() > kMaxPropName) return false;
  if (props->size() - from == kMaxProps) return false;
  for (size_t i = from; i < props->size(); ++i) {
    if ((*props)[i].key == key) return false;
  }
  constexpr Property kBlank;  // emplace_back() would write zeros, by an instruction that is slow
  props->push_back(kBlank);
  Property* prop = &props->back();
  prop->key = key;
  if (Here() == '[' && items_of != nullptr && key == "items") return Items(items_of);
  return Scalar(&prop->value);
}

[[gnu::always_inline]] inline bool PlainReader::Items(EventProps* out) {
  return List('[', ']', [&] {
    const size_t from = out->item_props.size();
    if (!List('{', '}', [&] { return Prop(&out->item_props, from, nullptr); })) return false;
    if (out->item_ends.size() == kMaxItems) return false;
    out->item_ends.push_back(static_cast<uint32_t>(out->item_props.size()));
    return true;
  });
}

// Milliseconds as they are from 2001 to 2286: thirteen digits and no more.
[[gnu::always_inline]] inline bool PlainReader::TimeOfThirteen(Millis* out) {
  if (left() < 16) return false;
  uint64_t first, last;  // eight digits, and five that stand behind three of them
  std::memcpy(&first, at_, 8);
  std::memcpy(&last, at_ + 5, 8);
  const char next = at_[13];
  if (CountDigits(first) < 8 || CountDigits(last) < 8 || IsDigit(next) || *at_ == '0') return false;
  if (next == '.' || next == 'e' || next == 'E') return false;
  *out = static_cast<Millis>(NumberOf(first) * 100'000 + NumberOf(last & ~0xffffffull));
  at_ += 13;
  return true;
}

[[gnu::always_inline]] inline bool PlainReader::Time(Millis* out) {
  if (Here() == '"') {
    std::string_view text;
    if (!Text(&text)) return false;
    const auto at = ParseRfc3339(text);
    *out = at.value_or(0);
    return at && IsMoment(*at);
  }
  if (TimeOfThirteen(out)) return true;
  double n;
  if (!(IsDigit(Here()) && Number(&n))) return false;
  *out = static_cast<Millis>(n);
  return *out <= kLastMoment;
}

// Lines mostly have their fields in the order of the documentation.
[[gnu::always_inline]] inline bool PlainReader::FieldName(size_t* field) {
  SkipSpace();
  if (Here() != '"') return false;
  ++at_;
  const uint64_t eight = Eight();
  for (size_t i = likely_field_; i < kLineFields; ++i) {
    if ((eight & kFieldKeys[i].mask) != kFieldKeys[i].bits) continue;
    at_ += kFieldKeys[i].size;
    likely_field_ = i + 1;
    *field = i;
    return true;
  }
  --at_;
  std::string_view key;
  if (!Text(&key)) return false;
  *field = FindField(kLine, key);
  return *field != kLineFields;
}

// A text without control characters is a good id if it is short enough, and a good name of an event
// if it has no more bytes than that may have characters.
bool IsSized(std::string_view text, size_t most) { return !text.empty() && text.size() <= most; }

[[gnu::always_inline]] inline bool PlainReader::Field(LineEvent* out) {
  size_t field;
  if (!FieldName(&field) || !Colon() || (seen_ >> field & 1) != 0) return false;
  seen_ |= 1u << field;
  if (field == kAt) return Time(&out->at);
  if (field == kProps) {
    return List('{', '}', [&] { return Prop(&out->props.props, 0, &out->props); });
  }
  std::string_view text;
  if (!Text(&text)) return false;
  switch (field) {
    case kSite: out->site = text; return true;
    case kVisitor: out->visitor = text; return IsSized(text, kMaxIdText);
    case kName: out->name = text; return IsSized(text, kMaxNameChars);
    case kId: out->id = text; return IsSized(text, kMaxIdText);
    default: out->via_server = text == "server"; return true;
  }
}

[[gnu::always_inline]] inline bool PlainReader::ReadLine(LineEvent* out) {
  const char* const from = at_;
  if (!List('{', '}', [&] { return Field(out); })) return false;
  SkipSpace();
  constexpr uint32_t kNeeded = 1u << kVisitor | 1u << kAt | 1u << kName;
  if ((seen_ & kNeeded) != kNeeded || at_ - from > static_cast<ptrdiff_t>(kMaxLine)) return false;
  if (at_ == end_) return true;
  return *at_++ == '\n';
}

}  // namespace

size_t TakePlainLine(std::string_view text, LineEvent* out) {
  out->site = {};
  out->id = {};
  out->via_server = false;
  out->props.Clear();
  PlainReader reader(text);
  return reader.ReadLine(out) ? static_cast<size_t>(reader.at() - text.data()) : 0;
}

bool ReadPlainLine(std::string_view line, LineEvent* out) {
  const size_t taken = TakePlainLine(line, out);
  return taken > 0 && taken == line.size();
}

}  // namespace vinkki::collector
