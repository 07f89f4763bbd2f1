// Rule files into the tree: every key of rules.md. What is wrong is said at its place and the rest
// is read on, so that one run finds all there is. Entry point: Read (load.h).
#include <algorithm>
#include <utility>

#include "rules/expr_parser.h"
#include "rules/keys.h"
#include "rules/load.h"
#include "rules/nearest.h"
#include "rules/read_on.h"
#include "rules/rule_reader.h"
#include "rules/yaml_values.h"

namespace vinkki::rules {
namespace {

constexpr size_t kFewNames = 6;  // that are listed where none of them is near

}  // namespace

bool FileReader::IsMapping(const YamlNode& node, std::string_view what, std::string_view example) {
  if (node.kind == YamlNode::Kind::kMapping) return true;
  const bool list = node.kind == YamlNode::Kind::kSequence;
  report_->Error(node.place, node.length,
                 std::string(what) + ": a mapping (key: value) is wanted here" +
                     (list ? ", without '-' or [ ]" : "") +
                     (example.empty() ? "" : "; write " + std::string(example)));
  return false;
}

bool FileReader::IsList(const YamlNode& node, std::string_view what) {
  if (node.kind == YamlNode::Kind::kSequence) return true;
  report_->Error(node.place, node.length,
                 std::string(what) + ": a list (- ... or [..., ...]) is wanted here");
  return false;
}

// Whether it stands there after all, misspelled, which is said by itself.
bool FileReader::IsMisspelled(const YamlNode& node, std::string_view key,
                              const std::vector<KeyRow>& rows) {
  std::vector<std::string_view> names;
  for (const KeyRow& row : rows) names.push_back(row.name);
  return std::any_of(node.keys.begin(), node.keys.end(), [&](const YamlNode& written) {
    const bool known = std::find(names.begin(), names.end(), written.text) != names.end();
    return !known && Nearest(written.text, names) == key;
  });
}

// Whether what stands there as a key is the rest of a value: { when: count(a, 1m) > 2 }.
bool FileReader::FollowsComma(const YamlNode& key) const {
  if (key.text.find_first_of("()<>= ") == std::string::npos) return false;
  const size_t before = file_->text.find_last_not_of(" \t\r\n", key.begin - 1);
  return key.begin > 0 && before != std::string::npos && file_->text[before] == ',';
}

// Of what is hardly meant as a key: { a: b, which goes on } and {fi:Hei}.
std::string FileReader::HintForKey(const YamlNode& key) const {
  if (FollowsComma(key)) {
    return "; within { } a comma ends a value: put the one before it in quotes";
  }
  return key.text.find(':') == std::string::npos ? "" : "; a space stands behind the ':' of a key";
}

void FileReader::Unknown(const YamlNode& key, std::string_view where,
                         const std::vector<KeyRow>& rows) {
  std::vector<std::string_view> names;
  for (const KeyRow& row : rows) names.push_back(row.name);
  const std::string shown = Clip(key.text, 60);
  std::string hint = HintForKey(key);
  if (hint.empty()) hint = PlaceOfKey(key.text);
  if (hint.empty()) hint = DidYouMean(key.text, names);
  if (hint.empty() && names.size() <= kFewNames) {
    for (const std::string_view name : names) {
      hint += (hint.empty() ? "; there are " : ", ") + std::string(name);
    }
  }
  report_->Error(key.place, key.length, std::string(where) + " has no key '" + shown + "'" + hint);
}

void FileReader::ReadFile() {
  YamlNode root;
  std::vector<Diagnostic> found;
  Report yaml(&found);
  const bool good = ReadYaml(file_->text, &map_, &yaml, &root);
  for (const Diagnostic& d : found) report_->Error(d.place, d.length, d.message);
  if (good) return ReadRoot(root);
  std::vector<Diagnostic> more;
  WithoutBroken rest;
  if (!ReadWithoutBroken(file_->text, found.back().place, &map_, &more, &rest)) return;
  for (const Diagnostic& d : more) {
    const bool said = std::any_of(found.begin(), found.end(), [&](const Diagnostic& other) {
      return other.place.line == d.place.line && other.place.column == d.place.column;
    });
    if (!said) report_->Error(d.place, d.length, d.message);
  }
  ReadRoot(rest.root);
  for (std::string& name : rest.lets) {
    Let let;
    let.name = std::move(name);
    file_->lets.push_back(std::move(let));
  }
}

void FileReader::ReadRoot(const YamlNode& root) {
  if (root.IsNull()) {  // a file that was cut off must not put its rules out of force
    report_->Error(map_.At(0), 1, "the file says nothing; for no rules write rules: []");
    return;
  }
  if (!IsMapping(root, "the file")) return;
  if (!root.Find("version") && !IsMisspelled(root, "version", FileKeys())) {
    report_->Warning(root.place, 1,
                     "the file does not say its version; write version: 1 at its top");
  }
  const YamlNode* rules = root.Find("rules");
  if (!rules || rules->IsNull()) file_->no_rules = rules ? rules->place : root.place;
  for (size_t i = 0; i < root.items.size(); ++i) {
    const std::string& key = root.keys[i].text;
    const YamlNode& value = root.items[i];
    if (key == "version") {
      const bool one = value.kind == YamlNode::Kind::kScalar && value.text == "1";
      if (!one) Field{value, report_, key}.Wrong("this program reads version 1 of the language");
    } else if (key == "sites") {
      ReadTexts(value, key, &file_->sites);
    } else if (key == "limits") {
      ReadLimits(value, &file_->limits);
    } else if (key == "let") {
      ReadLets(value);
    } else if (key == "rules") {
      ReadRules(value);
    } else {
      Unknown(root.keys[i], "a rule file", FileKeys());
    }
  }
}

void FileReader::ReadTexts(const YamlNode& node, std::string_view what,
                           std::vector<std::string>* out) {
  if (!IsList(node, what)) return;
  if (node.items.empty()) report_->Error(node.place, node.length, "an empty list is for nothing");
  for (const YamlNode& item : node.items) {
    std::string text;
    if (ReadText({item, report_, what}, 200, &text)) out->push_back(std::move(text));
  }
}

void FileReader::ReadLets(const YamlNode& node) {
  if (node.IsNull()) return;
  if (!IsMapping(node, "let", "name: condition")) {
    // - a: idle > 5s: what uses `a` is not wrong.
    for (const YamlNode& item : node.items) {
      if (item.kind == YamlNode::Kind::kMapping) ReadLets(item);
    }
    return;
  }
  for (size_t i = 0; i < node.items.size(); ++i) {
    if (FollowsComma(node.keys[i])) {
      report_->Error(node.keys[i].place, node.keys[i].length,
                     "this is no let; within { } a comma ends a value: put the one before it in "
                     "quotes");
      continue;
    }
    Let let;
    let.name = node.keys[i].text;
    let.place = node.keys[i].place;
    let.expr = ReadExpr(node.items[i], "let " + Clip(let.name, 60), &let.source);
    file_->lets.push_back(std::move(let));
  }
}

ExprPtr FileReader::ReadExpr(const YamlNode& node, std::string_view what, std::string* source) {
  if (node.kind != YamlNode::Kind::kScalar) {
    report_->Error(node.place, node.length,
                   std::string(what) + ": an expression is wanted here; " +
                       (node.kind == YamlNode::Kind::kSequence ? "join several with `and`; " : "") +
                       "put it in quotes when it begins with [ or {");
    return nullptr;
  }
  if (node.IsNull() || node.text.empty()) {
    report_->Error(node.place, node.length, std::string(what) + ": the expression is missing");
    return nullptr;
  }
  const size_t begin = node.text.find_first_not_of(" \n\t");
  const size_t end = node.text.find_last_not_of(" \n\t");
  if (begin != std::string::npos) *source = node.text.substr(begin, end - begin + 1);
  const ExprSource expr{node.text, ScalarOffsets(node, file_->text), node.begin};
  return ParseExpr(expr, &map_, report_);
}

void FileReader::ReadRules(const YamlNode& node) {
  if (node.IsNull() || !IsList(node, "rules")) return;
  for (const YamlNode& item : node.items) {
    const YamlNode* name = item.kind == YamlNode::Kind::kMapping ? item.Find("name") : nullptr;
    if (name && name->kind == YamlNode::Kind::kScalar) report_->InRule(name->text);
    if (IsMapping(item, "a rule")) ReadRule(item);
    report_->InRule("");
  }
}

RuleSet Read(std::vector<SourceFile> files, std::vector<Diagnostic>* diagnostics) {
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  RuleSet set;
  set.files.reserve(files.size());
  for (SourceFile& source : files) {
    File& file = set.files.emplace_back();
    file.path = std::move(source.path);
    file.text = std::move(source.text);
    Report report(diagnostics);
    FileReader(&file, static_cast<uint32_t>(set.files.size() - 1), &report).ReadFile();
  }
  return set;
}

}  // namespace vinkki::rules
