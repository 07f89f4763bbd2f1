#include "rules/layout.h"

#include <algorithm>

#include "base/bytes.h"
#include "rules/code.h"
#include "rules/program.h"

namespace vinkki::rules {
namespace {

bool ByKey(const Layout::Source& a, const Layout::Source& b) { return a.key < b.key; }

}  // namespace

const Layout::Source* Layout::FindSource(uint64_t key) const {
  const auto at = std::lower_bound(sources.begin(), sources.end(), Source{key, 0, 0}, ByKey);
  return at != sources.end() && at->key == key ? &*at : nullptr;
}

bool Layout::HasRule(uint64_t key) const {
  return std::binary_search(rules.begin(), rules.end(), key);
}

Layout LayoutOf(const Program& program) {
  const Code& code = program.code();
  Layout layout;
  layout.hash = code.layout;
  for (const SourceCode& source : code.sources) {
    layout.sources.push_back({source.hash, source.keep, source.longest});
  }
  for (const RuleCode& rule : code.rules) {
    if (rule.mode != Mode::kOff) layout.rules.push_back(rule.run_hash);
  }
  std::sort(layout.sources.begin(), layout.sources.end(), ByKey);
  std::sort(layout.rules.begin(), layout.rules.end());
  return layout;
}

void EncodeLayout(const Layout& layout, std::string* out) {
  PutFixed64(out, layout.hash);
  PutVarint(out, layout.sources.size());
  for (const Layout::Source& source : layout.sources) {
    PutFixed64(out, source.key);
    PutVarint(out, source.keep);
    PutSigned(out, source.longest);
  }
  PutVarint(out, layout.rules.size());
  for (const uint64_t key : layout.rules) PutFixed64(out, key);
}

Result<Layout> DecodeLayout(std::string_view bytes) {
  ByteReader reader(bytes);
  Layout layout;
  layout.hash = reader.Fixed64();
  const uint64_t sources = reader.Varint();
  for (uint64_t i = 0; i < sources && reader.ok(); ++i) {
    Layout::Source source;
    source.key = reader.Fixed64();
    source.keep = static_cast<uint32_t>(reader.Varint());
    source.longest = reader.Signed();
    layout.sources.push_back(source);
  }
  const uint64_t rules = reader.Varint();
  for (uint64_t i = 0; i < rules && reader.ok(); ++i) layout.rules.push_back(reader.Fixed64());
  const bool sorted = std::is_sorted(layout.sources.begin(), layout.sources.end(), ByKey) &&
                      std::is_sorted(layout.rules.begin(), layout.rules.end());
  if (!reader.ok() || !reader.AtEnd() || !sorted) {
    return Status::Corrupt("layout of visitor states: broken bytes in the store");
  }
  return layout;
}

}  // namespace vinkki::rules
