#include "rules/tidy.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "rules/tidy_block.h"
#include "rules/white_space.h"
#include "rules/yaml.h"

namespace vinkki::rules {
namespace {

constexpr size_t kWidth = 100;
constexpr size_t kStep = 2;

struct Comment {
  size_t byte;
  std::string text;  // from its '#', without white space at the end
  bool own_line;
  size_t gap;     // spaces before it, behind something
  size_t column;  // of its '#', from 1
};

std::string_view TrimEnd(std::string_view text) {
  while (!text.empty() && (IsBlank(text.back()) || text.back() == '\n')) text.remove_suffix(1);
  return text;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  return TrimEnd(text);
}

// The spaces before a comment, at least two: people line comments up.
size_t GapBefore(std::string_view text, size_t at) {
  size_t gap = 0;
  while (gap < at && text[at - 1 - gap] == ' ') ++gap;
  return std::max<size_t>(gap, 2);
}

// What begins with '#' outside of scalars, at the start of a line or after white space.
std::vector<Comment> ListComments(const std::vector<Stretch>& scalars, std::string_view text) {
  std::vector<Comment> comments;
  size_t next = 0;
  size_t line = 0;  // where it begins
  for (size_t at = 0; at < text.size(); ++at) {
    while (next < scalars.size() && scalars[next].end <= at) ++next;
    if (next < scalars.size() && scalars[next].scalar->begin <= at) {
      const size_t end = scalars[next].end;
      const size_t newline = text.substr(0, end).rfind('\n');
      if (newline != std::string_view::npos) line = std::max(line, newline + 1);
      at = end - 1;
      continue;
    }
    if (text[at] == '\n') line = at + 1;
    if (text[at] != '#' || (at > line && !IsBlank(text[at - 1]))) continue;
    const size_t end = std::min(text.find('\n', at), text.size());
    const bool own_line = Trim(text.substr(line, at - line)).empty();
    comments.push_back({at, std::string(TrimEnd(text.substr(at, end - at))), own_line,
                        GapBefore(text, at), at - line + 1});
    at = end - 1;
  }
  return comments;
}

class Writer {
 public:
  Writer(std::string_view text, std::vector<Comment> comments, const Blocks& blocks)
      : text_(text), comments_(std::move(comments)), blocks_(blocks) {}

  bool Write(const YamlNode& root) {
    if (root.kind == YamlNode::Kind::kScalar) {
      if (!root.text.empty()) return false;
    } else if (!Collection(root, 0, text_.size())) {
      return false;
    }
    CommentsBefore(text_.size() + 1, 0);
    return true;
  }
  std::string Take() { return std::move(out_); }
  // Where Write found what it leaves alone.
  Place refused() const { return refused_; }

 private:
  bool IsFlow(const YamlNode& node) const {
    return node.kind != YamlNode::Kind::kScalar &&
           (node.items.empty() || text_[node.begin] == '[' || text_[node.begin] == '{');
  }

  std::string Raw(const YamlNode& node) const {
    const size_t quote = node.style == YamlNode::Style::kQuoted ? 1 : 0;
    return std::string(text_.substr(node.begin - quote, node.end - node.begin + 2 * quote));
  }

  size_t BeginOf(const YamlNode& node) const {
    return node.begin - (node.style == YamlNode::Style::kQuoted ? 1 : 0);
  }

  // Whether an empty line stands before the line of this byte.
  bool BlankLineBefore(size_t byte) const {
    const size_t line = text_.substr(0, byte).rfind('\n');
    if (line == std::string_view::npos || line == 0) return false;
    const size_t before = text_.substr(0, line).rfind('\n');
    const size_t begin = before == std::string_view::npos ? 0 : before + 1;
    return Trim(text_.substr(begin, line - begin)).empty();
  }

  void Line(std::string_view text, size_t indent) {
    if (!text.empty()) out_.append(indent, ' ').append(text);
    out_ += '\n';
  }

  void BlankLine() {
    if (!out_.empty() && out_.size() != kept_ && !out_.ends_with("\n\n")) out_ += '\n';
  }

  // The comments on lines of their own up to a byte, and at most one empty line before each.
  void CommentsBefore(size_t byte, size_t indent) {
    for (; next_ < comments_.size() && comments_[next_].byte < byte; ++next_) {
      if (BlankLineBefore(comments_[next_].byte)) BlankLine();
      Line(comments_[next_].text, indent);
    }
  }

  // The comment behind what ends at this byte, on the line that was just begun; then its end.
  void EndLine(size_t byte) {
    const size_t end = std::min(text_.find('\n', byte), text_.size());
    if (next_ < comments_.size() && !comments_[next_].own_line && comments_[next_].byte < end) {
      out_.append(comments_[next_].gap, ' ').append(comments_[next_].text);
      ++next_;
    }
    out_ += '\n';
  }

  bool HasComments(const YamlNode& node) const {
    size_t i = next_;
    while (i < comments_.size() && comments_[i].byte < node.begin) ++i;
    return i < comments_.size() && comments_[i].byte < EndOf(node);
  }

  static size_t EndOf(const YamlNode& node) {
    return node.items.empty() ? node.end : EndOf(node.items.back());
  }

  // `until`: where what follows the collection begins.
  bool Collection(const YamlNode& node, size_t indent, size_t until) {
    const bool mapping = node.kind == YamlNode::Kind::kMapping;
    for (size_t i = 0; i < node.items.size(); ++i) {
      const YamlNode& first = mapping ? node.keys[i] : node.items[i];
      const bool rule = !mapping && first.kind == YamlNode::Kind::kMapping && indent == kStep &&
                        !OneLine(first, indent + kStep);
      if (i > 0 && rule && !BlankLineAmong(FirstByte(first))) BlankLine();
      const bool more = i > 0 || CommentStandsBefore(FirstByte(first));
      CommentsBefore(FirstByte(first), indent);
      if (more && BlankLineBefore(FirstByte(first))) BlankLine();
      out_.append(at_dash_ ? 0 : indent, ' ');
      at_dash_ = false;
      if (mapping) gap_ = GapOf(node, i);
      const bool last = i + 1 == node.items.size();
      const size_t end = last ? until : FirstByte(mapping ? node.keys[i + 1] : node.items[i + 1]);
      if (mapping ? !Entry(first, node.items[i], indent, end) : !Item(first, indent, end)) {
        return false;
      }
    }
    CommentsAtEnd(node.place.column, indent, until);
    return true;
  }

  // What stands below the last entry and before `until`, as far to the right as the entries,
  // belongs to them. Items may stand as far left as the key of their list: then it belongs to
  // neither.
  void CommentsAtEnd(size_t column, size_t indent, size_t until) {
    while (next_ < comments_.size() && comments_[next_].own_line && indent > 0 && column > 1 &&
           comments_[next_].column >= column && comments_[next_].byte < until) {
      CommentsBefore(comments_[next_].byte + 1, indent);
    }
  }

  bool CommentStandsBefore(size_t byte) const {
    return next_ < comments_.size() && comments_[next_].byte < byte;
  }

  // Whether an empty line stands before one of the comments before this byte, or before itself.
  bool BlankLineAmong(size_t byte) const {
    for (size_t i = next_; i < comments_.size() && comments_[i].byte < byte; ++i) {
      if (BlankLineBefore(comments_[i].byte)) return true;
    }
    return BlankLineBefore(byte);
  }

  // Values that stand below each other in lines that follow each other keep their column.
  size_t GapOf(const YamlNode& mapping, size_t i) const {
    const auto aligned = [&](size_t j) {
      const Place a = mapping.items[i].place;
      const Place b = mapping.items[j].place;
      return a.column == b.column && a.line + j == b.line + i &&
             mapping.keys[i].place.line == a.line && mapping.keys[j].place.line == b.line;
    };
    if (!(i > 0 && aligned(i - 1)) && !(i + 1 < mapping.items.size() && aligned(i + 1))) return 1;
    const size_t begin = BeginOf(mapping.items[i]);
    size_t gap = 0;
    while (gap + 1 < begin && text_[begin - 1 - gap] == ' ') ++gap;
    return std::max<size_t>(gap, 1);
  }

  // A block collection begins at its first key or item, and so does an empty line before it.
  size_t FirstByte(const YamlNode& node) const { return BeginOf(node); }

  bool Entry(const YamlNode& key, const YamlNode& value, size_t indent, size_t until) {
    if (!Key(key)) return Refuse(key);
    return Value(key, value, indent, indent + kStep, until);
  }

  // Of several lines: on one.
  bool Key(const YamlNode& key) {
    if (key.style == YamlNode::Style::kBlock) return false;
    Joined(key);
    out_ += ":";
    return true;
  }

  bool Item(const YamlNode& item, size_t indent, size_t until) {
    out_ += "-";
    gap_ = 1;
    if (item.kind == YamlNode::Kind::kScalar || OneLine(item, ColumnOfValue())) {
      return Value(item, item, indent, indent + kStep, until);
    }
    out_ += ' ';
    at_dash_ = !HasCommentsBefore(item);
    if (!at_dash_) {
      out_.pop_back();
      EndLine(item.begin);
    }
    return Collection(item, indent + kStep, until);
  }

  bool HasCommentsBefore(const YamlNode& node) const {
    const YamlNode& first = node.kind == YamlNode::Kind::kMapping ? node.keys[0] : node.items[0];
    return next_ < comments_.size() && comments_[next_].byte < BeginOf(first);
  }

  // Behind "key:" or "-".
  bool Value(const YamlNode& before, const YamlNode& value, size_t indent, size_t inner,
             size_t until) {
    if (value.kind != YamlNode::Kind::kScalar) {
      if (OneLine(value, ColumnOfValue())) {
        Gap();
        Flow(value);
        EndLine(AfterFlow(value));
        return true;
      }
      EndLine(before.end);
      return Collection(value, indent + kStep, until);
    }
    if (value.style == YamlNode::Style::kBlock) return Block(value, inner);
    Scalar(value, inner);
    EndLine(value.begin == value.end && value.text.empty() ? before.end : value.end);
    return true;
  }

  bool Refuse(const YamlNode& node) {
    refused_ = node.place;
    return false;
  }

  void Gap() {
    out_.append(gap_, ' ');
    gap_ = 1;
  }

  // Folded lines may be indented as one likes.
  void Scalar(const YamlNode& value, size_t indent) {
    const std::string raw = value.begin == value.end && value.style == YamlNode::Style::kPlain
                                ? std::string()
                                : Raw(value);
    if (raw.empty()) return;
    Gap();
    std::string_view rest = raw;
    for (bool first = true;; first = false) {
      const size_t end = rest.find('\n');
      const std::string_view line = Trim(rest.substr(0, end));
      if (!first && !line.empty()) out_.append(indent, ' ');
      out_ += line;
      if (end == std::string_view::npos) return;
      out_ += '\n';
      rest.remove_prefix(end + 1);
    }
  }

  // With a digit in its header, that of the new indentation.
  bool Block(const YamlNode& value, size_t indent) {
    const auto block = blocks_.find(&value);
    if (block == blocks_.end()) return Refuse(value);
    Block(block->second, indent);
    // At the end of a file without a last line end.
    if (block->second.chomp != '-' && !value.text.empty() && value.text.back() != '\n') {
      out_.pop_back();
    }
    return true;
  }

  void Block(const BlockScalar& block, size_t indent) {
    Gap();
    out_ += block.folded ? '>' : '|';
    if (block.own_indent) out_ += std::to_string(kStep);
    if (block.chomp != 0) out_ += block.chomp;
    EndLine(block.header);
    for (const std::string_view line : block.lines) Line(line, indent);
    out_.append(block.kept, '\n');
    if (block.chomp == '+') kept_ = out_.size();
  }

  // A flow collection that fits on its line, with no comment inside.
  bool OneLine(const YamlNode& node, size_t column) const {
    if (!IsFlow(node) || HasComments(node)) return false;
    Writer trial(text_, {}, blocks_);
    trial.Flow(node);
    return node.items.empty() || column + trial.out_.size() <= kWidth;
  }

  // The column at which a value comes to stand.
  size_t ColumnOfValue() const {
    const size_t line = out_.rfind('\n');
    return out_.size() - (line == std::string::npos ? 0 : line + 1) + gap_;
  }

  // The lines of a scalar as one.
  void Joined(const YamlNode& node) {
    const std::string raw =
        node.begin == node.end && node.style == YamlNode::Style::kPlain ? "" : Raw(node);
    for (std::string_view rest = raw; !rest.empty();) {
      const size_t end = rest.find('\n');
      out_ += Trim(rest.substr(0, end));
      if (end == std::string_view::npos) break;
      out_ += ' ';
      rest.remove_prefix(end + 1);
    }
  }

  void Flow(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::kScalar) return Joined(node);
    const bool mapping = node.kind == YamlNode::Kind::kMapping;
    out_ += mapping ? "{" : "[";
    for (size_t i = 0; i < node.items.size(); ++i) {
      out_ += i > 0 ? ", " : mapping ? " " : "";
      if (mapping) Joined(node.keys[i]);
      if (mapping) out_ += ": ";
      Flow(node.items[i]);
      if (mapping && out_.ends_with(": ")) out_.pop_back();
    }
    out_ += mapping ? (node.items.empty() ? "}" : " }") : "]";
  }

  // The byte behind the closing bracket.
  size_t AfterFlow(const YamlNode& node) const {
    size_t at = EndOf(node);
    if (node.items.empty()) at = node.begin;
    while (at < text_.size() && text_[at] != '\n') ++at;
    return at > 0 ? at - 1 : 0;
  }

  std::string_view text_;
  std::vector<Comment> comments_;
  const Blocks& blocks_;
  size_t next_ = 0;
  size_t gap_ = 1;   // spaces before the next value
  size_t kept_ = 0;  // where a block has ended that an empty line would become part of
  Place refused_;
  bool at_dash_ = false;  // "- " stands there; the first key follows on its line
  std::string out_;
};

// The first part of `a` that `b` does not have as it is; null: they say the same.
const YamlNode* FirstDifference(const YamlNode& a, const YamlNode& b) {
  if (a.kind != b.kind || a.text != b.text || a.IsNull() != b.IsNull()) return &a;
  if (a.items.size() != b.items.size() || a.keys.size() != b.keys.size()) return &a;
  for (size_t i = 0; i < a.keys.size(); ++i) {
    if (a.keys[i].text != b.keys[i].text) return &a.keys[i];
  }
  for (size_t i = 0; i < a.items.size(); ++i) {
    if (const YamlNode* part = FirstDifference(a.items[i], b.items[i])) return part;
  }
  return nullptr;
}

struct Document {
  bool good = false;
  YamlNode root;
  Blocks blocks;
  std::vector<Comment> comments;
};

Document Parse(std::string_view text) {
  Document document;
  std::vector<Diagnostic> found;
  Report report(&found);
  SourceMap map(0, text);
  document.good = ReadYaml(text, &map, &report, &document.root) && found.empty();
  if (!document.good) return document;
  document.comments = ListComments(ListStretches(document.root, text, &document.blocks), text);
  return document;
}

Status LeftAlone(Place at, std::string_view what) {
  const std::string where = at.line == 0 ? "" : "line " + std::to_string(at.line) + ": ";
  return Status::Invalid(where + "fmt leaves files alone that " + std::string(what));
}

bool SameComments(const Document& a, const Document& b) {
  return std::equal(a.comments.begin(), a.comments.end(), b.comments.begin(), b.comments.end(),
                    [](const Comment& x, const Comment& y) { return x.text == y.text; });
}

Result<std::string> TidyOnce(std::string_view text) {
  const Document before = Parse(text);
  if (!before.good) return Status::Invalid("the file has errors; `vinkki check` tells which");
  Writer writer(text, before.comments, before.blocks);
  if (!writer.Write(before.root)) {
    const Place at = writer.refused();
    return LeftAlone(at, at.line == 0 ? "are one text" : "have a block of lines as a key");
  }
  std::string tidy = writer.Take();
  const Document after = Parse(tidy);
  if (!after.good) return LeftAlone({}, "use such a form of YAML");
  if (const YamlNode* part = FirstDifference(before.root, after.root)) {
    return LeftAlone(part->place, "use this form of YAML");
  }
  if (!SameComments(before, after)) return LeftAlone({}, "have such comments");
  return tidy;
}

// Lines that end with \r\n, if most of them do.
bool HasCarriageReturns(std::string_view text) {
  size_t all = 0, with = 0;
  for (size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    ++all;
    with += at > 0 && text[at - 1] == '\r' ? 1 : 0;
  }
  return with * 2 > all;
}

std::string Without(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || i + 1 >= text.size() || text[i + 1] != '\n') out += text[i];
  }
  return out;
}

std::string With(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

// What moves in the first pass can make another line fit in the second.
Result<std::string> TidyLines(std::string_view text) {
  Result<std::string> tidy = TidyOnce(text);
  for (int pass = 0; tidy.ok() && pass < 4; ++pass) {
    Result<std::string> again = TidyOnce(tidy.value());
    if (again.ok() && again.value() == tidy.value()) return tidy;
    tidy = std::move(again);
  }
  return tidy.ok() ? Result<std::string>(LeftAlone({}, "do not come to rest")) : tidy;
}

}  // namespace

Result<std::string> Tidy(std::string_view text) {
  const std::string lines = Without(text);
  if (const size_t at = lines.find('\r'); at != std::string::npos) {
    const auto before =
        std::count(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    return Status::Invalid("line " + std::to_string(before + 1) +
                           ": fmt leaves files alone that have a carriage return inside a line");
  }
  Result<std::string> tidy = TidyLines(lines);
  if (!tidy.ok() || !HasCarriageReturns(text)) return tidy;
  return With(tidy.value());
}

}  // namespace vinkki::rules
