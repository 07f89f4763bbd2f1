#include "collector/csv.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/text.h"
#include "collector/fields.h"

namespace vinkki::collector {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr Millis kFirstAsMillis = 100'000'000'000;  // as seconds: the year 5138

std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  while (true) {
    const size_t end = std::min(text.find(at), text.size());
    out.push_back(text.substr(0, end));
    if (end == text.size()) return out;
    text.remove_prefix(end + 1);
  }
}

// Splits at commas outside of '...'.
std::vector<std::string_view> SplitEntries(std::string_view text) {
  std::vector<std::string_view> out;
  size_t begin = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\'') quoted = !quoted;
    if (text[i] != ',' || quoted) continue;
    out.push_back(text.substr(begin, i - begin));
    begin = i + 1;
  }
  out.push_back(text.substr(begin));
  return out;
}

Status WrongEntry(std::string_view entry, std::string_view what) {
  return Status::Invalid("mapping \"" + std::string(entry) + "\": " + std::string(what) +
                         "; write target=column, target='constant' or "
                         "target=column/from:to");
}

Result<CsvSource> ParseEntry(std::string_view entry) {
  const size_t eq = entry.find('=');
  if (eq == std::string_view::npos || eq == 0) return WrongEntry(entry, "there is no target");
  CsvSource source;
  source.target = entry.substr(0, eq);
  std::string_view from = entry.substr(eq + 1);
  if (from.size() >= 2 && from.front() == '\'' && from.back() == '\'') {
    source.constant = true;
    source.columns.emplace_back(from.substr(1, from.size() - 2));
    return source;
  }
  const std::vector<std::string_view> parts = Split(from, '/');
  for (std::string_view column : Split(parts[0], '+')) {
    if (column.empty()) return WrongEntry(entry, "a column has no name");
    source.columns.emplace_back(column);
  }
  if (source.columns.size() > 1 && source.target != "at") {
    return WrongEntry(entry, "only at can be a sum");
  }
  for (size_t i = 1; i < parts.size(); ++i) {
    const size_t colon = parts[i].find(':');
    if (colon == std::string_view::npos) return WrongEntry(entry, "a translation has no \":\"");
    source.translations.emplace_back(parts[i].substr(0, colon), parts[i].substr(colon + 1));
  }
  return source;
}

bool IsIdName(std::string_view name) { return name == "id" || name.ends_with("_id"); }

template <typename T>
std::optional<T> ParseNumber(std::string_view text) {
  T n{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

// from_chars also takes "inf" and "nan", which no shop means.
std::optional<double> ParseDecimal(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789.-+eE") != std::string_view::npos) {
    return std::nullopt;
  }
  return ParseNumber<double>(text);
}

}  // namespace

Result<CsvMapping> ParseCsvMapping(std::string_view text) {
  CsvMapping mapping;
  std::map<std::string, int, std::less<>> seen;
  for (std::string_view entry : SplitEntries(text)) {
    auto source = ParseEntry(entry);
    if (!source.ok()) return source.status();
    if (seen[source->target]++ > 0) return WrongEntry(entry, "the target stands twice");
    mapping.sources.push_back(std::move(source).value());
  }
  for (const char* needed : {"name", "at", "visitor"}) {
    if (seen.find(needed) != seen.end()) continue;
    return Status::Invalid("mapping \"" + std::string(text) + "\": " + needed +
                           " is missing; name, at and visitor are needed");
  }
  return mapping;
}

std::optional<Millis> ParseMoment(std::string_view text) {
  if (const auto whole = ParseNumber<Millis>(text)) {
    if (!IsMoment(*whole)) return std::nullopt;
    return *whole < kFirstAsMillis ? *whole * 1000 : *whole;
  }
  if (const auto moment = ParseRfc3339(text)) return moment;
  std::string padded(text);
  if (text.size() == 10) padded += "T00:00:00";
  return ParseRfc3339(padded + "Z");
}

Result<CsvReader> CsvReader::Open(std::string_view text, CsvMapping mapping) {
  CsvReader reader;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  reader.text_ = text;
  const std::string_view first = text.substr(0, text.find('\n'));
  const auto many = [&](char c) { return std::count(first.begin(), first.end(), c); };
  for (char c : {';', '\t'}) {
    if (many(c) > many(reader.separator_)) reader.separator_ = c;
  }
  bool broken = false;
  if (!reader.ReadRow(&broken) || broken) {
    return Status::Invalid("the file has no header row; its first row must name the columns");
  }
  reader.width_ = reader.cells_.size();
  for (CsvSource& source : mapping.sources) {
    Bound bound{std::move(source), {}};
    for (const std::string& column : bound.source.columns) {
      if (bound.source.constant) break;
      size_t i = 0;
      while (i < reader.width_ && reader.CellText(i) != column) ++i;
      if (i < reader.width_) {
        bound.columns.push_back(i);
        continue;
      }
      std::string message = "the file has no column \"" + column + "\"; its columns are";
      for (size_t j = 0; j < reader.width_; ++j) {
        message.append(j == 0 ? " " : ", ").append(reader.CellText(j));
      }
      return Status::Invalid(std::move(message));
    }
    reader.bound_.push_back(std::move(bound));
  }
  return reader;
}

// Reads one cell at at_ and what ends it: the separator, a line feed, or NUL for the end.
char CsvReader::ReadCell(bool* broken) {
  cells_.push_back({cells_text_.size(), 0});
  if (at_ < text_.size() && text_[at_] == '"') {
    ++at_;
    for (;;) {
      const size_t quote = text_.find('"', at_);
      if (quote == std::string_view::npos) {
        *broken = true;
        at_ = text_.size();
        return '\0';
      }
      line_ +=
          static_cast<uint32_t>(std::count(text_.begin() + static_cast<ptrdiff_t>(at_),
                                           text_.begin() + static_cast<ptrdiff_t>(quote), '\n'));
      cells_text_.append(text_, at_, quote - at_);
      at_ = quote + 1;
      if (at_ >= text_.size() || text_[at_] != '"') break;
      cells_text_.push_back('"');
      ++at_;
    }
  }
  // What is not quoted, up to the end of the cell.
  const size_t begin = at_;
  while (at_ < text_.size() && text_[at_] != separator_ && text_[at_] != '\n') ++at_;
  const bool last = at_ >= text_.size() || text_[at_] == '\n';
  const bool cr = last && at_ > begin && text_[at_ - 1] == '\r';  // of the line's end
  cells_text_.append(text_, begin, at_ - begin - (cr ? 1 : 0));
  const char end = at_ < text_.size() ? text_[at_++] : '\0';
  cells_.back().size = cells_text_.size() - cells_.back().at;
  return end;
}

bool CsvReader::ReadRow(bool* broken) {
  if (at_ >= text_.size()) return false;
  cells_.clear();
  cells_text_.clear();
  char end = separator_;
  while (end == separator_) end = ReadCell(broken);
  return true;
}

std::string_view CsvReader::CellText(size_t column) const {
  return std::string_view(cells_text_).substr(cells_[column].at, cells_[column].size);
}

std::string_view CsvReader::TextOf(const Bound& bound) const {
  if (bound.source.constant) return bound.source.columns[0];
  const std::string_view text = CellText(bound.columns[0]);
  for (const auto& [from, to] : bound.source.translations) {
    if (text == from) return to;
  }
  return text;
}

Problem CsvReader::FillTime(const Bound& bound, LineEvent* event) const {
  const std::string_view first = TextOf(bound);
  const auto moment = ParseMoment(first);
  if (!moment) return {Reason::kEventTime, Quoted(first)};
  event->at = *moment;
  for (size_t i = 1; i < bound.columns.size(); ++i) {
    const auto after = ParseNumber<Millis>(CellText(bound.columns[i]));
    if (!after || *after < -kFirstAsMillis || *after > kFirstAsMillis) {
      return {Reason::kEventTime, "\"" + bound.source.columns[i] + "\" is not milliseconds"};
    }
    event->at += *after;
  }
  if (!IsMoment(event->at)) return {Reason::kEventTime, Quoted(first) + " is out of range"};
  return {};
}

Problem CsvReader::Fill(const Bound& bound, LineEvent* event) {
  const std::string& target = bound.source.target;
  if (target == "at") return FillTime(bound, event);
  const std::string_view text = TextOf(bound);
  if (target == "name") {
    event->name = text;
    if (!IsEventName(text)) return {Reason::kEventName, Quoted(text)};
  } else if (target == "visitor") {
    event->visitor = text;
    if (!IsIdText(text)) return {Reason::kBadVisitor, Quoted(text)};
  } else if (target == "site") {
    event->site = text;
  } else if (target == "via") {
    event->via_server = text == "server";
  } else if (target == "id") {
    event->id = text;
    if (!text.empty() && !IsIdText(text)) return {Reason::kBadId, Quoted(text)};
  } else if (!text.empty()) {
    if (text.size() > kMaxText) return {Reason::kTextTooLong, "\"" + target + "\""};
    const auto number = IsIdName(target) ? std::nullopt : ParseDecimal(text);
    event->props.props.push_back({target, number ? Value::Of(*number) : Value::Of(text)});
  }
  return {};
}

bool CsvReader::Next(LineEvent* event, uint32_t* line, Problem* problem) {
  bool broken = false;
  do {
    *line = ++line_;
    if (!ReadRow(&broken)) return false;
  } while (!broken && cells_.size() == 1 && cells_[0].size == 0);  // an empty line
  *problem = Problem();
  *event = LineEvent{{}, {}, {}, {}, 0, false, std::move(event->props)};
  event->props.Clear();
  if (broken) {
    *problem = {Reason::kBadShape, "a quote is not closed"};
  } else if (cells_.size() != width_) {
    *problem = {Reason::kBadShape,
                std::to_string(cells_.size()) + " cells in place of " + std::to_string(width_)};
  } else if (!IsUtf8(cells_text_)) {
    *problem = {Reason::kBadUtf8, {}};
  }
  for (size_t i = 0; i < bound_.size() && !*problem; ++i) *problem = Fill(bound_[i], event);
  return true;
}

}  // namespace vinkki::collector
