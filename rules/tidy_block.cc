#include "rules/tidy_block.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "rules/white_space.h"

namespace vinkki::rules {
namespace {

bool IsEmpty(std::string_view line) { return std::all_of(line.begin(), line.end(), IsBlank); }

size_t IndentOf(std::string_view line) {
  return std::min(line.find_first_not_of(' '), line.size());
}

// The first | or > outside of comments: nothing else stands between two scalars.
std::optional<size_t> FindHeader(std::string_view text, size_t from) {
  for (size_t at = from; at < text.size(); ++at) {
    if (text[at] == '|' || text[at] == '>') return at;
    const bool comment =
        text[at] == '#' && (at == 0 || IsBlank(text[at - 1]) || text[at - 1] == '\n');
    if (comment) at = std::min(text.find('\n', at), text.size());
  }
  return std::nullopt;
}

void ReadHeader(std::string_view text, BlockScalar* block) {
  block->folded = text[block->header] == '>';
  for (size_t at = block->header + 1; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '+' || c == '-') {
      block->chomp = c;
    } else if (c >= '1' && c <= '9') {
      block->own_indent = true;
    } else {
      return;
    }
  }
}

// With a digit: the first line that is not empty has as many spaces in the value as it has more
// than the indentation.
std::optional<size_t> OwnIndent(const YamlNode& node, std::string_view text, size_t from) {
  std::string_view value = node.text;
  while (from < text.size()) {
    const size_t stop = std::min(text.find('\n', from), text.size());
    const std::string_view line = text.substr(from, stop - from);
    if (value.empty()) return std::nullopt;
    if (value.front() != '\n') {
      const size_t more = IndentOf(value.substr(0, value.find('\n')));
      const size_t all = IndentOf(line);
      return all >= more ? std::optional<size_t>(all - more) : std::nullopt;
    }
    value.remove_prefix(1);
    from = stop + 1;
  }
  return std::nullopt;
}

// libfyaml's marks go on to what comes next, comments included.
void ReadLines(std::string_view text, std::optional<size_t> indent, BlockScalar* block) {
  std::vector<std::string_view> empty;
  for (size_t at = block->end + 1; at < text.size();) {
    const size_t stop = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, stop - at);
    at = stop + 1;
    if (IsEmpty(line) && (!indent || line.size() <= *indent)) {
      empty.push_back("");
      continue;
    }
    if (!indent) indent = IndentOf(line);
    if (IndentOf(line) < *indent || *indent == 0) break;
    block->lines.insert(block->lines.end(), empty.begin(), empty.end());
    empty.clear();
    block->lines.push_back(line.substr(*indent));
    block->end = stop;
  }
}

// `from`: behind the scalar before it.
std::optional<BlockScalar> BlockOf(const YamlNode& node, std::string_view text, size_t from) {
  BlockScalar block;
  const auto header = FindHeader(text, from);
  if (!header) return std::nullopt;
  block.header = *header;
  ReadHeader(text, &block);
  block.end = std::min(text.find('\n', block.header), text.size());
  const size_t content = node.text.find_last_not_of('\n');
  if (block.chomp == '+') {
    const bool none = content == std::string::npos;
    const size_t ends = none ? node.text.size() : node.text.size() - content - 1;
    block.kept = none || ends == 0 ? ends : ends - 1;
  }
  if (content == std::string::npos) return block;
  if (!block.own_indent) {
    ReadLines(text, std::nullopt, &block);
  } else if (const auto indent = OwnIndent(node, text, block.end + 1)) {
    ReadLines(text, indent, &block);
  } else {
    return std::nullopt;
  }
  return block;
}

void ListScalars(const YamlNode& node, std::vector<const YamlNode*>* out) {
  if (node.kind == YamlNode::Kind::kScalar) return out->push_back(&node);
  for (size_t i = 0; i < node.items.size(); ++i) {
    if (i < node.keys.size()) ListScalars(node.keys[i], out);
    ListScalars(node.items[i], out);
  }
}

}  // namespace

std::vector<Stretch> ListStretches(const YamlNode& root, std::string_view text, Blocks* blocks) {
  std::vector<const YamlNode*> scalars;
  ListScalars(root, &scalars);
  std::vector<Stretch> stretches;
  size_t from = 0;
  for (const YamlNode* scalar : scalars) {
    const bool is_block = scalar->style == YamlNode::Style::kBlock;
    auto block = is_block ? BlockOf(*scalar, text, from) : std::nullopt;
    from = block ? block->end : std::max(from, scalar->end);
    if (block) blocks->emplace(scalar, std::move(*block));
    stretches.push_back({scalar, from});
  }
  return stretches;
}

}  // namespace vinkki::rules
