#include "collector/plain_line.h"

#include <bit>
#include <cstring>

#include "base/text.h"
#include "collector/fields.h"

namespace vinkki::collector {
namespace {

static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");

constexpr int kMostDigits = 15;  // their number, and a power of ten, are exact as a double
constexpr double kPowersOfTen[] = {1,   1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
// Neither the end of a text, nor the beginning of an escape, nor a control character, nor a part of
// a longer character.
bool IsOrdinary(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f &&
         c != '"' && c != '\\';
}

// How many of the eight bytes at `at` are ordinary before the first that is not.
int CountOrdinary(const char* at) {
  constexpr uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;
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

// Walks one line. Every function says false where the line is not plain; then nothing else holds.
class PlainReader {
 public:
  explicit PlainReader(std::string_view line) : at_(line.data()), end_(at_ + line.size()) {}
  bool ReadLine(LineEvent* out);

 private:
  bool AtEnd() const { return at_ == end_; }
  void SkipSpace() {
    while (!AtEnd() && IsSpace(*at_)) ++at_;
  }
  bool Take(char c) {
    SkipSpace();
    if (AtEnd() || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool TakeWord(std::string_view word) {
    if (!std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  // f() reads what stands between the commas of an array or an object.
  template <typename F>
  bool List(char open, char close, F&& f) {
    if (!Take(open)) return false;
    if (Take(close)) return true;
    do {
      if (!f()) return false;
    } while (Take(','));
    return Take(close);
  }
  bool Text(std::string_view* out);
  bool Key(std::string_view* out) { return Text(out) && Take(':'); }
  bool Digits(uint64_t* number, int* count);
  bool Number(double* out);
  bool Scalar(Value* out);
  bool Prop(std::vector<Property>* props, size_t from, EventProps* items_of);
  bool Items(EventProps* out);
  bool Time(Millis* out);
  bool Field(LineEvent* out);

  const char* at_;
  const char* const end_;
  uint32_t seen_ = 0;  // fields, by LineField
};

bool PlainReader::Text(std::string_view* out) {
  if (!Take('"')) return false;
  const char* const from = at_;
  bool ascii = true;
  for (;;) {
    if (end_ - at_ >= 8) {
      const int n = CountOrdinary(at_);
      at_ += n;
      if (n == 8) continue;
    } else {
      while (!AtEnd() && IsOrdinary(*at_)) ++at_;
      if (AtEnd()) return false;
    }
    if (static_cast<unsigned char>(*at_) < 0x80) break;
    ascii = false;
    ++at_;
  }
  if (*at_ != '"') return false;
  *out = {from, static_cast<size_t>(at_++ - from)};
  return ascii || IsUtf8(*out);
}

// Appends to *number. At least one digit.
bool PlainReader::Digits(uint64_t* number, int* count) {
  const char* const from = at_;
  while (!AtEnd() && IsDigit(*at_)) {
    *number = *number * 10 + static_cast<uint64_t>(*at_++ - '0');
    if (++*count > kMostDigits) return false;
  }
  return at_ != from;
}

bool PlainReader::Number(double* out) {
  const bool negative = *at_ == '-';
  at_ += negative ? 1 : 0;
  uint64_t number = 0;
  int digits = 0;
  const char* const from = at_;
  if (!Digits(&number, &digits) || (*from == '0' && digits > 1)) return false;
  int after_point = 0;
  if (!AtEnd() && *at_ == '.') {
    ++at_;
    after_point = -digits;
    if (!Digits(&number, &digits)) return false;
    after_point += digits;
  }
  if (!AtEnd() && (*at_ == 'e' || *at_ == 'E')) return false;
  const double size = static_cast<double>(number) / kPowersOfTen[after_point];
  *out = negative ? -size : size;
  return true;
}

bool PlainReader::Scalar(Value* out) {
  if (*at_ == '"') {
    std::string_view text;
    if (!Text(&text)) return false;
    *out = Value::Of(text);
    return text.size() <= kMaxText;
  }
  if (IsDigit(*at_) || *at_ == '-') {
    double number;
    if (!Number(&number)) return false;
    *out = Value::Of(number);
    return true;
  }
  *out = Value::Of(*at_ == 't');
  return TakeWord(*at_ == 't' ? "true" : "false");
}

// One property into (*props)[from..]; "items" goes into *items_of, if that is given.
bool PlainReader::Prop(std::vector<Property>* props, size_t from, EventProps* items_of) {
  std::string_view key;
  if (!Key(&key)) return false;
  SkipSpace();
  if (AtEnd() || key.empty() || key.size() > kMaxPropName) return false;
  if (props->size() - from == kMaxProps) return false;
  for (size_t i = from; i < props->size(); ++i) {
    if ((*props)[i].key == key) return false;
  }
  Property* prop = &props->emplace_back();
  prop->key = key;
  if (*at_ == '[' && items_of != nullptr && key == "items") return Items(items_of);
  return Scalar(&prop->value);
}

bool PlainReader::Items(EventProps* out) {
  return List('[', ']', [&] {
    const size_t from = out->item_props.size();
    if (!List('{', '}', [&] { return Prop(&out->item_props, from, nullptr); })) return false;
    if (out->item_ends.size() == kMaxItems) return false;
    out->item_ends.push_back(static_cast<uint32_t>(out->item_props.size()));
    return true;
  });
}

bool PlainReader::Time(Millis* out) {
  if (*at_ == '"') {
    std::string_view text;
    if (!Text(&text)) return false;
    const auto at = ParseRfc3339(text);
    *out = at.value_or(0);
    return at.has_value();
  }
  double n;
  if (!(IsDigit(*at_) && Number(&n))) return false;
  *out = static_cast<Millis>(n);
  return *out <= kLastMoment;
}

size_t FieldNamed(std::string_view key) {
  if (key == "site") return kSite;
  if (key == "visitor") return kVisitor;
  if (key == "at") return kAt;
  if (key == "name") return kName;
  if (key == "props") return kProps;
  return FindField(kLine, key);
}

// A text without control characters is a good id if it is short enough, and a good name of an event
// if it has no more bytes than that may have characters.
bool IsSized(std::string_view text, size_t most) { return !text.empty() && text.size() <= most; }

bool PlainReader::Field(LineEvent* out) {
  std::string_view key, text;
  if (!Key(&key)) return false;
  SkipSpace();
  const size_t field = FieldNamed(key);
  if (AtEnd() || field == kLineFields || (seen_ >> field & 1) != 0) return false;
  seen_ |= 1u << field;
  if (field == kAt) return Time(&out->at);
  if (field == kProps) {
    return List('{', '}', [&] { return Prop(&out->props.props, 0, &out->props); });
  }
  if (!Text(&text)) return false;
  switch (field) {
    case kSite: out->site = text; return true;
    case kVisitor: out->visitor = text; return IsSized(text, kMaxIdText);
    case kName: out->name = text; return IsSized(text, kMaxNameChars);
    case kId: out->id = text; return IsSized(text, kMaxIdText);
    default: out->via_server = text == "server"; return true;
  }
}

bool PlainReader::ReadLine(LineEvent* out) {
  if (!List('{', '}', [&] { return Field(out); })) return false;
  SkipSpace();
  constexpr uint32_t kNeeded = 1u << kVisitor | 1u << kAt | 1u << kName;
  return AtEnd() && (seen_ & kNeeded) == kNeeded;
}

}  // namespace

bool ReadPlainLine(std::string_view line, LineEvent* out) {
  out->site = out->id = {};
  out->via_server = false;
  out->props.Clear();
  return PlainReader(line).ReadLine(out);
}

}  // namespace vinkki::collector
