// The text of one event in a test (grammar: test_file.h), with the places of what is wrong in it.
#include <algorithm>
#include <charconv>
#include <initializer_list>

#include "base/text.h"
#include "rules/test_file.h"

namespace vinkki::rules {
namespace {

constexpr uint32_t kMostRepeats = 10'000;

class EventReader {
 public:
  EventReader(const ExprSource& source, SourceMap* map, Report* report)
      : source_(source), text_(source.text), map_(map), end_(text_.size()), report_(report) {}

  bool Read(Millis after, std::vector<TestEvent>* out) {
    TestEvent event;
    event.after = after;
    if (!Name(&event.name)) return false;
    Skip();
    if (Peek() == '{' && !Props(&event.props, &event.items)) return false;
    uint32_t times = 1;
    Millis every = 0;
    for (Skip(); at_ < end_; Skip()) {
      if (!Suffix(&event, &times, &every)) return false;
    }
    for (uint32_t i = 0; i < times; ++i) {
      out->push_back(event);
      out->back().after = after + every * i;
    }
    return true;
  }

 private:
  char Peek() const { return at_ < end_ ? text_[at_] : '\0'; }
  void Skip() {
    while (at_ < end_ && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }
  bool Take(char c) {
    Skip();
    if (Peek() != c) return false;
    ++at_;
    return true;
  }
  bool Wrong(size_t from, const std::string& message) {
    const size_t to = at_ > from ? at_ : from + 1;
    report_->Error(map_->At(FileByte(from)), map_->Length(FileByte(from), FileByte(to)), message);
    return false;
  }
  size_t FileByte(size_t at) const {
    if (source_.offsets.empty()) return source_.begin + at;
    return source_.offsets[std::min(at, source_.offsets.size() - 1)];
  }
  static bool IsNumber(const std::string& word) {
    return word.find_first_not_of("0123456789") == std::string::npos;
  }
  std::string Word(std::string_view stops) {
    const size_t from = at_;
    while (at_ < end_ && stops.find(text_[at_]) == std::string_view::npos) ++at_;
    return std::string(text_.substr(from, at_ - from));
  }

  bool Name(std::string* out) {
    Skip();
    const size_t from = at_;
    if (Peek() == '"' || Peek() == '\'') return Quoted(out);
    *out = Word(" \t\n{},[]");
    return !out->empty() || Wrong(from, "an event's name is wanted here");
  }

  // As in YAML: '' is one quote between single ones, and \ begins an escape between double ones.
  bool Quoted(std::string* out) {
    const size_t from = at_;
    const char quote = text_[at_++];
    for (; at_ < end_; ++at_) {
      const bool closes = text_[at_] == quote;
      if (closes && (quote == '"' || at_ + 1 >= end_ || text_[at_ + 1] != quote)) {
        ++at_;
        return true;
      }
      if (closes) ++at_;
      if (quote == '"' && text_[at_] == '\\') {
        if (!Escape(out)) return false;
      } else {
        *out += text_[at_];
      }
    }
    return Wrong(from, "the quote is not closed");
  }

  // Leaves at its last byte.
  bool Escape(std::string* out) {
    static constexpr std::string_view kKinds = "\"\\/ntr";
    static constexpr std::string_view kMeant = "\"\\/\n\t\r";
    const size_t from = at_++;
    const size_t kind = at_ < end_ ? kKinds.find(text_[at_]) : kKinds.npos;
    if (kind != kKinds.npos) {
      *out += kMeant[kind];
      return true;
    }
    at_ = std::min(at_ + 1, end_);
    return Wrong(from, "between double quotes only \\\" \\\\ \\/ \\n \\t and \\r are escapes");
  }

  bool Props(TestProps* props, std::vector<TestProps>* items) {
    const size_t from = at_;
    ++at_;  // {
    for (bool first = true; !Take('}'); first = false) {
      if (!first && !Take(',')) return Wrong(at_ < end_ ? at_ : from, "a ',' or '}' is wanted");
      if (Take('}')) return true;
      const size_t key_at = at_;
      std::string key;
      if (Peek() == '"' || Peek() == '\'') {
        if (!Quoted(&key)) return false;
      } else {
        key = Word(" \t\n:,{}[]");
      }
      if (key.empty() || !Take(':')) {
        return Wrong(key_at < end_ ? key_at : from,
                     "'property: value' is wanted" + HintForComma(first, key, *props));
      }
      for (const auto& [other, value] : *props) {
        if (other == key) return Wrong(key_at, "'" + key + "' is there twice");
      }
      Skip();
      if (Peek() == '[') {
        if (items == nullptr || key != "items") {
          return Wrong(key_at, "only an event's `items` can be a list");
        }
        if (!Items(items)) return false;
      } else if (!Value(key, props)) {
        return false;
      }
    }
    return true;
  }

  // { price: 12,50 } and { city: Oulu, Finland }, at what stands behind the comma.
  static std::string HintForComma(bool first, const std::string& key, const TestProps& before) {
    if (first) return "";
    const bool decimals = !key.empty() && IsNumber(key) && !before.empty() &&
                          std::holds_alternative<double>(before.back().second);
    return decimals ? "; numbers have a point and no other sign: 12.50, 1000"
                    : "; a value with a comma in it goes into quotes";
  }

  bool Items(std::vector<TestProps>* items) {
    const size_t from = at_;
    ++at_;  // [
    for (bool first = true; !Take(']'); first = false) {
      if (!first && !Take(',')) return Wrong(at_ < end_ ? at_ : from, "a ',' or ']' is wanted");
      Skip();
      if (Peek() != '{')
        return Wrong(at_ < end_ ? at_ : from, "an item is wanted: { item_id: ... }");
      items->emplace_back();
      TestProps item;
      if (!Props(&item, nullptr)) return false;
      items->back() = std::move(item);
    }
    return true;
  }

  bool Value(const std::string& key, TestProps* props) {
    const size_t from = at_;
    if (Peek() == '"' || Peek() == '\'') {
      std::string text;
      if (!Quoted(&text)) return false;
      props->emplace_back(key, std::move(text));
      return true;
    }
    if (Peek() == '{') return Wrong(from, "a property is a text, a number, true or false");
    std::string word = Word(",{}[]\n");
    while (!word.empty() && (word.back() == ' ' || word.back() == '\t')) word.pop_back();
    if (word.empty()) return Wrong(from, "the value is missing");
    std::optional<TestValue> value;
    if (!ReadPlainValue(word, &value)) return Wrong(from, std::string(kNoNumber));
    if (value) props->emplace_back(key, std::move(*value));
    return true;
  }

  bool Suffix(TestEvent* event, uint32_t* times, Millis* every) {
    const size_t from = at_;
    const std::string word = Word(" \t\n");
    if (word == "via") {
      Skip();
      if (Word(" \t\n") != "server") return Wrong(from, "'via server' is wanted");
      if (event->via_server) return Wrong(from, "'via server' stands twice here");
      event->via_server = true;
      return true;
    }
    const char* last = word.data() + word.size();
    if (word.size() > 1 && word[0] == 'x' && IsNumber(word.substr(1))) {
      if (repeated_) return Wrong(from, "how often it comes was said before");
      repeated_ = true;
      const auto read = std::from_chars(word.data() + 1, last, *times);
      if (read.ec != std::errc() || *times < 1 || *times > kMostRepeats) {
        return Wrong(from, "x1 to x" + std::to_string(kMostRepeats) + " is possible");
      }
      return Every(every);
    }
    return Wrong(from,
                 "only '{ properties }', 'x3 every 4s' and 'via server' can stand behind an "
                 "event");
  }

  bool Every(Millis* every) {
    Skip();
    const size_t from = at_;
    if (Word(" \t\n") != "every") {
      at_ = from;
      return true;
    }
    Skip();
    const size_t duration_at = at_;
    const auto duration = ParseDuration(Word(" \t\n"));
    if (!duration) return Wrong(duration_at, "a duration such as 4s is wanted behind 'every'");
    *every = *duration;
    return true;
  }

  const ExprSource& source_;
  std::string_view text_;
  SourceMap* map_;
  size_t at_ = 0;
  size_t end_;
  bool repeated_ = false;  // "x3" was there
  Report* report_;
};

bool Is(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// 0x1F, 0o17, .inf: numbers to YAML, which a property in an event cannot be.
bool IsOtherNumber(std::string_view text) {
  if (text.starts_with("0x")) {
    return text.size() > 2 &&
           text.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
  }
  if (text.starts_with("0o")) {
    return text.size() > 2 && text.find_first_not_of("01234567", 2) == std::string_view::npos;
  }
  if (text.starts_with('+') || text.starts_with('-')) {
    return Is(text.substr(1), {".inf", ".Inf", ".INF"});
  }
  return Is(text, {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"});
}

}  // namespace

bool ReadPlainValue(std::string_view text, std::optional<TestValue>* out) {
  out->reset();
  if (Is(text, {"", "~", "null", "Null", "NULL"})) return true;
  const bool yes = Is(text, {"true", "True", "TRUE"});
  if (yes || Is(text, {"false", "False", "FALSE"})) {
    *out = yes;
    return true;
  }
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-';
  const char* last = text.data() + text.size();
  double number = 0;
  const auto read = std::from_chars(text.data() + (plus ? 1 : 0), last, number);
  const bool digits = text.find_first_of("0123456789") != std::string_view::npos;
  if (digits && read.ptr == last && read.ec != std::errc::invalid_argument) {
    *out = number;
    return read.ec == std::errc();  // not 1e999
  }
  *out = std::string(text);
  return !IsOtherNumber(text);
}

bool ReadTestEvent(const ExprSource& source, Millis after, SourceMap* map, Report* report,
                   std::vector<TestEvent>* out) {
  return EventReader(source, map, report).Read(after, out);
}

}  // namespace vinkki::rules
