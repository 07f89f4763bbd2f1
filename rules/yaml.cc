// libfyaml's event parser, and nothing else of it: loading a document compares keys pair by pair,
// and invalid UTF-8 passes (0.7.12).
#include "rules/yaml.h"

#include <libfyaml.h>

#include <algorithm>
#include <memory>
#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "rules/white_space.h"
#include "rules/yaml_hints.h"

namespace vinkki::rules {
namespace {

struct DiagFree {
  void operator()(fy_diag* diag) const { fy_diag_destroy(diag); }
};
struct ParserFree {
  void operator()(fy_parser* parser) const { fy_parser_destroy(parser); }
};

class Builder {
 public:
  Builder(std::string_view text, SourceMap* map, Report* report)
      : text_(text), map_(map), report_(report) {}
  bool Read(YamlNode* root);

 private:
  struct EventFree {
    fy_parser* parser;
    void operator()(fy_event* event) const { fy_parser_event_free(parser, event); }
  };
  using Event = std::unique_ptr<fy_event, EventFree>;
  // A collection that is being read, with the keys seen in it.
  struct Open {
    YamlNode node;
    std::unordered_set<std::string> keys;
    bool at_key = true;
  };

  bool Start();
  bool Handle(fy_event* event);
  bool Begin(fy_event* event, YamlNode::Kind kind, fy_token* anchor, fy_token* tag);
  bool Scalar(fy_event* event);
  bool TakesWhatFollows(const YamlNode& node) const;
  bool Add(YamlNode node);
  bool AddKey(Open* open, YamlNode node);
  YamlNode NodeOf(fy_event* event, YamlNode::Kind kind);
  bool Refuse(fy_event* event, std::string message);
  bool RefuseMarked(fy_event* event, fy_token* anchor, fy_token* tag);
  bool RefuseAt(size_t byte, std::string message);
  size_t ByteOf(Place place) const;
  size_t Unclosed(Place place, std::string_view said) const;
  bool RefuseCloser(size_t open, Place place, std::string_view said);
  bool SyntaxError();

  std::string_view text_;
  SourceMap* map_;
  Report* report_;
  std::unique_ptr<fy_diag, DiagFree> diag_;
  std::unique_ptr<fy_parser, ParserFree> parser_;
  std::vector<Open> open_;
  YamlNode root_;
  int documents_ = 0;
  size_t nodes_ = 0;
  size_t last_byte_ = 0;
};

bool Builder::RefuseAt(size_t byte, std::string message) {
  report_->Error(map_->At(byte), 1, std::move(message));
  return false;
}

size_t StartOf(fy_event* event, size_t otherwise) {
  const fy_mark* mark = fy_event_start_mark(event);
  return mark ? mark->input_pos : otherwise;
}

bool Builder::Refuse(fy_event* event, std::string message) {
  return RefuseAt(StartOf(event, last_byte_), std::move(message));
}

// At the & or ! itself: the event begins at the value behind it.
bool Builder::RefuseMarked(fy_event* event, fy_token* anchor, fy_token* tag) {
  const char sign = anchor ? '&' : '!';
  const fy_mark* mark = fy_token_start_mark(anchor ? anchor : tag);
  size_t at = mark ? mark->input_pos : StartOf(event, last_byte_);
  const size_t found = text_.rfind(sign, at);  // the mark may be behind it
  if (found != std::string_view::npos) at = found;
  while (at > 0 && text_[at - 1] == sign) --at;
  return RefuseAt(at, anchor ? "anchors (&name) are not allowed; use `let` for what is shared"
                             : "tags (!name) are not allowed: leave it out; a condition says not "
                               "instead of !");
}

bool Builder::Start() {
  fy_diag_cfg diag_config;
  fy_diag_cfg_default(&diag_config);
  diag_config.fp = nullptr;
  diag_config.output_fn = nullptr;
  diag_.reset(fy_diag_create(&diag_config));
  if (!diag_) return RefuseAt(0, "no memory for reading YAML");
  fy_diag_set_collect_errors(diag_.get(), true);
  fy_parse_cfg config{};
  config.flags =
      static_cast<fy_parse_cfg_flags>(FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE);
  config.diag = diag_.get();
  parser_.reset(fy_parser_create(&config));
  if (!parser_ || fy_parser_set_string(parser_.get(), text_.data(), text_.size()) != 0) {
    return RefuseAt(0, "no memory for reading YAML");
  }
  return true;
}

// Of a place that libfyaml gives.
size_t Builder::ByteOf(Place place) const {
  size_t begin = 0;
  for (uint32_t line = 1; line < place.line && begin < text_.size(); ++line) {
    begin = std::min(text_.find('\n', begin), text_.size() - 1) + 1;
  }
  return begin + place.column - 1;
}

// The bracket to which an error is owed that shows only later, at `place`; npos: none.
size_t Builder::Unclosed(Place place, std::string_view said) const {
  const auto says = [&](std::string_view part) { return said.find(part) != said.npos; };
  const bool sure = says("closing bracket") || says("mismatched") || says("flow mode");
  // What is said of a line that was meant to be outside: [a, b, and then `- name: x`.
  const bool likely = says("missing comma") || says("node content");
  size_t from = said.npos;
  for (auto open = open_.rbegin(); open != open_.rend(); ++open) {
    const size_t begin = open->node.begin;
    if (begin < text_.size() && (text_[begin] == '[' || text_[begin] == '{')) from = begin;
  }
  if (likely && from != said.npos) return OpenBracket(text_, from, text_.size());
  if (!sure) return said.npos;
  if (from == said.npos) from = last_byte_;
  return OpenBracket(text_, from, std::max(from, ByteOf(place)));
}

// It is there, in the column of its key or before.
bool Builder::RefuseCloser(size_t open, Place place, std::string_view said) {
  const size_t at = ByteOf(place);
  const char closer = text_[open] == '[' ? ']' : '}';
  if (!said.ends_with("end in flow mode") || at >= text_.size() || text_[at] != closer)
    return false;
  report_->Error(place, 1,
                 std::string("this is not YAML: '") + closer + "' closes the '" + text_[open] +
                     "' of line " + std::to_string(map_->At(open).line) +
                     " and stands no further right than its key; indent it more");
  return true;
}

bool Builder::SyntaxError() {
  void* previous = nullptr;
  const fy_diag_error* error = fy_diag_errors_iterate(diag_.get(), &previous);
  if (!error) return RefuseAt(last_byte_, "this is not YAML");
  Place place = map_->At(last_byte_);
  if (error->line > 0) place.line = static_cast<uint32_t>(error->line);
  if (error->line > 0) place.column = error->column > 0 ? static_cast<uint32_t>(error->column) : 1;
  const std::string said = error->msg ? error->msg : "";
  if (const size_t bracket = Unclosed(place, said); bracket != std::string_view::npos) {
    if (RefuseCloser(bracket, place, said)) return false;
    return RefuseAt(bracket, std::string("this is not YAML: nothing closes this '") +
                                 text_[bracket] + "'; each [ and { needs its ] and }");
  }
  report_->Error(place, 1, "this is not YAML: " + said + YamlHint(text_, place.line, said));
  return false;
}

bool Builder::Read(YamlNode* root) {
  if (!Start()) return false;
  for (;;) {
    const Event event(fy_parser_parse(parser_.get()), EventFree{parser_.get()});
    if (!event) break;
    if (!Handle(event.get())) return false;
    last_byte_ = StartOf(event.get(), last_byte_);
  }
  if (fy_parser_get_stream_error(parser_.get()) || !open_.empty()) return SyntaxError();
  *root = std::move(root_);
  return true;
}

bool Builder::Handle(fy_event* event) {
  switch (event->type) {
    case FYET_DOCUMENT_START:
      if (documents_++ > 0) return Refuse(event, "a file holds one YAML document; split the file");
      return true;
    case FYET_ALIAS: {
      const size_t name = StartOf(event, last_byte_);  // behind the star, in some versions
      const bool behind = name > 0 && name < text_.size() && text_[name] != '*';
      return RefuseAt(behind ? name - 1 : name,
                      "aliases (*name) are not allowed; a shared expression goes into `let`");
    }
    case FYET_SCALAR: return Scalar(event);
    case FYET_SEQUENCE_START:
      return Begin(event, YamlNode::Kind::kSequence, event->sequence_start.anchor,
                   event->sequence_start.tag);
    case FYET_MAPPING_START:
      return Begin(event, YamlNode::Kind::kMapping, event->mapping_start.anchor,
                   event->mapping_start.tag);
    case FYET_SEQUENCE_END:
    case FYET_MAPPING_END: {
      YamlNode node = std::move(open_.back().node);
      open_.pop_back();
      return Add(std::move(node));
    }
    default: return true;
  }
}

YamlNode Builder::NodeOf(fy_event* event, YamlNode::Kind kind) {
  YamlNode node;
  node.kind = kind;
  const fy_mark* end = fy_event_end_mark(event);
  node.begin = StartOf(event, last_byte_);
  node.end = end ? end->input_pos : node.begin;
  node.place = map_->At(node.begin);
  node.length = map_->Length(node.begin, node.end);
  return node;
}

bool Builder::Begin(fy_event* event, YamlNode::Kind kind, fy_token* anchor, fy_token* tag) {
  if (anchor || tag) return RefuseMarked(event, anchor, tag);
  if (open_.size() >= kMostYamlDepth) return Refuse(event, "this is nested deeper than 64 levels");
  if (!open_.empty() && open_.back().at_key && open_.back().node.kind == YamlNode::Kind::kMapping) {
    return Refuse(event, "a key is a word here, not a list or a mapping");
  }
  open_.push_back({NodeOf(event, kind), {}, true});
  return true;
}

// Of an empty block libfyaml 0.7 says that the keys below it are its lines.
bool Builder::TakesWhatFollows(const YamlNode& node) const {
  if (node.style != YamlNode::Style::kBlock || open_.empty()) return false;
  if (node.text.find_first_not_of('\n') == std::string::npos) return false;
  const size_t content = text_.find_first_not_of(" \t\r\n", node.begin);
  return content != std::string_view::npos &&
         map_->At(content).column <= open_.back().node.place.column;
}

bool Builder::Scalar(fy_event* event) {
  if (event->scalar.anchor || event->scalar.tag) {
    return RefuseMarked(event, event->scalar.anchor, event->scalar.tag);
  }
  YamlNode node = NodeOf(event, YamlNode::Kind::kScalar);
  if (event->scalar.value) {
    size_t length = 0;
    const char* text = fy_token_get_text(event->scalar.value, &length);
    if (!text) return Refuse(event, "this text cannot be read");
    node.text.assign(text, length);
    switch (fy_token_scalar_style(event->scalar.value)) {
      case FYSS_SINGLE_QUOTED:
      case FYSS_DOUBLE_QUOTED: node.style = YamlNode::Style::kQuoted; break;
      case FYSS_LITERAL:
      case FYSS_FOLDED: node.style = YamlNode::Style::kBlock; break;
      default: break;
    }
    // libfyaml 0.7 counts one byte too many, the end of its own buffer, where a folded block has an
    // empty line before one that is indented further, and where an empty block ends the file. A NUL
    // is never of the file: it has none, and nothing in a block is escaped.
    if (node.style == YamlNode::Style::kBlock) std::erase(node.text, '\0');
    if (TakesWhatFollows(node)) {
      return RefuseAt(
          text_.find_last_of("|>", node.begin),
          "nothing stands below this further right than its key; leave it out, or write "
          "\"\"");
    }
    if (!IsUtf8(node.text)) return Refuse(event, "this text is not UTF-8 after its escapes");
  }
  if (node.text.empty() && node.style == YamlNode::Style::kPlain) {
    // Nothing has no place of its own: 0.7 gives none, 0.9 that of what follows. Its key's is best.
    node.begin = node.end = last_byte_;
    node.place = map_->At(last_byte_);
    node.length = 1;
  }
  return Add(std::move(node));
}

bool Builder::Add(YamlNode node) {
  if (++nodes_ > kMostYamlNodes) {
    return RefuseAt(node.begin, "the file has more than 1,000,000 entries; split it");
  }
  if (open_.empty()) {
    root_ = std::move(node);
    return true;
  }
  Open& open = open_.back();
  if (open.node.items.size() >= kMostYamlEntries) {
    return RefuseAt(node.begin, "more than 20,000 entries stand here; split the file");
  }
  if (open.node.kind == YamlNode::Kind::kMapping && open.at_key) {
    return AddKey(&open, std::move(node));
  }
  open.node.items.push_back(std::move(node));
  open.at_key = true;
  return true;
}

bool Builder::AddKey(Open* open, YamlNode node) {
  if (!open->keys.insert(node.text).second) {
    report_->Error(node.place, node.length,
                   "the key '" + Clip(node.text, 60) + "' stands twice here");
  }
  open->node.keys.push_back(std::move(node));
  open->at_key = false;
  return true;
}

// The first byte that may not stand in a file: a broken UTF-8 sequence or a control character.
size_t FirstBadByte(std::string_view text) {
  size_t low = 0;
  for (size_t end = text.find('\n');; end = text.find('\n', end + 1)) {
    const size_t stop = end == std::string_view::npos ? text.size() : end + 1;
    if (!IsUtf8(text.substr(low, stop - low))) break;
    low = stop;
    if (stop == text.size()) return text.size();
  }
  size_t good = low;
  for (size_t n = 1; low + n <= text.size() && n <= 4096; ++n) {
    if (IsUtf8(text.substr(low, n))) good = low + n;
  }
  return good;
}

// Behind an explicit key ("? key"), libfyaml 0.7.12 follows a null pointer when a tab and then
// something else come after a colon. Rule files have no such keys. The colon, or npos; of all texts
// of up to 8 of the bytes "? \t:-a\n" this finds each that libfyaml does not survive.
size_t ColonAndTab(std::string_view text) {
  const auto ends = [&](size_t at) { return at >= text.size() || IsLineEnd(text[at]); };
  bool explicit_key = false;
  bool only_signs = true;  // before, on this line
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (IsLineEnd(c)) only_signs = true;
    if (c == '?' && only_signs && (ends(i + 1) || IsBlank(text[i + 1]))) explicit_key = true;
    if (c == ':' && explicit_key) {
      const size_t next = text.find_first_not_of(" \t", i + 1);
      const bool tab = text.substr(i + 1, next - i - 1).find('\t') != std::string_view::npos;
      if (tab && !ends(next) && text[next] != '#') return i;
    }
    only_signs = only_signs && (IsSpace(c) || c == '-' || c == '?' || c == ':');
  }
  return std::string_view::npos;
}

}  // namespace

bool YamlNode::IsNull() const {
  return kind == Kind::kScalar && style == Style::kPlain &&
         (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL");
}

const YamlNode* YamlNode::Find(std::string_view key) const {
  for (size_t i = 0; i < keys.size() && i < items.size(); ++i) {
    if (keys[i].text == key) return &items[i];
  }
  return nullptr;
}

bool ReadYaml(std::string_view text, SourceMap* map, Report* report, YamlNode* root) {
  *root = YamlNode();
  root->place = map->At(0);
  if (text.size() > kMostYamlBytes) {
    report->Error(map->At(0), 1, "the file is larger than 10 MB");
    return false;
  }
  if (!IsUtf8(text)) {
    report->Error(map->At(FirstBadByte(text)), 1, "the file is not UTF-8 here");
    return false;
  }
  if (text.find('\0') != std::string_view::npos) {
    report->Error(map->At(text.find('\0')), 1, "a NUL character may not stand in the file");
    return false;
  }
  const size_t colon = ColonAndTab(text);
  if (colon != std::string_view::npos) {
    report->Error(map->At(colon), 1, "a tab cannot follow ':' behind a key that begins with '?'");
    return false;
  }
  return Builder(text, map, report).Read(root);
}

namespace {

// The bytes of the file that one escape of a double-quoted scalar takes.
size_t EscapeLength(char kind) { return kind == 'x' ? 4 : kind == 'u' ? 6 : kind == 'U' ? 10 : 2; }

}  // namespace

std::vector<uint32_t> ScalarOffsets(const YamlNode& node, std::string_view file) {
  const std::string& text = node.text;
  if (file.substr(node.begin, text.size()) == text) return {};
  std::vector<uint32_t> offsets(text.size() + 1, static_cast<uint32_t>(node.end));
  const bool quoted = node.style == YamlNode::Style::kQuoted;
  const bool escapes = quoted && node.begin > 0 && file[node.begin - 1] == '"';
  size_t at = node.begin;
  for (size_t i = 0; i < text.size(); ++i) {
    // Folded lines: white space of the file that is not in the text, or is there as one character.
    if (!IsSpace(text[i])) {
      while (at < node.end && IsSpace(file[at])) ++at;
      while (escapes && at + 1 < node.end && file[at] == '\\' && IsSpace(file[at + 1])) {
        at += 2;
        while (at < node.end && IsSpace(file[at])) ++at;
      }
    }
    offsets[i] = static_cast<uint32_t>(std::min(at, node.end));
    if (at >= node.end) continue;
    if (escapes && file[at] == '\\' && at + 1 < node.end) {
      at += EscapeLength(file[at + 1]);
      while (i + 1 < text.size() && (static_cast<unsigned char>(text[i + 1]) & 0xC0) == 0x80) {
        offsets[i + 1] = offsets[i];
        ++i;
      }
    } else if (quoted && !escapes && file[at] == '\'') {
      at += 2;
    } else if (!IsSpace(text[i]) || IsSpace(file[at])) {
      ++at;
    }
  }
  offsets[text.size()] = static_cast<uint32_t>(std::min(at, node.end));
  return offsets;
}

}  // namespace vinkki::rules
