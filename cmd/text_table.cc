#include "cmd/text_table.h"

#include <algorithm>

namespace vinkki::cmd {
namespace {

constexpr size_t kGap = 2;
constexpr int kStays = 9;

}  // namespace

std::vector<size_t> TextTable::Widths() const {
  std::vector<size_t> widths;
  for (size_t c = 0; c < columns_.size(); ++c) {
    size_t width = WidthOf(columns_[c].head);
    for (const auto& row : rows_) width = std::max(width, WidthOf(row[c]));
    widths.push_back(width);
  }
  return widths;
}

std::vector<bool> TextTable::Shown(const std::vector<size_t>& widths, size_t indent) const {
  std::vector<bool> shown(columns_.size(), true);
  for (int importance = 0; importance < kStays; ++importance) {
    for (size_t c = columns_.size(); c-- > 0;) {
      size_t all = indent;
      for (size_t i = 0; i < widths.size(); ++i) all += shown[i] ? widths[i] + kGap : 0;
      if (all <= terminal_.width + kGap) return shown;
      if (columns_[c].importance == importance) shown[c] = false;
    }
  }
  return shown;
}

std::string TextTable::Line(const std::vector<std::string>& cells,
                            const std::vector<size_t>& widths, const std::vector<bool>& shown,
                            bool head) const {
  std::string out;
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (!shown[c]) continue;
    const std::string cell = Cut(terminal_, cells[c], widths[c]);
    const std::string padded =
        columns_[c].right ? PadLeft(cell, widths[c]) : PadRight(cell, widths[c]);
    out += (out.empty() ? "" : std::string(kGap, ' ')) +
           Styled(terminal_, head ? Style::kFaint : columns_[c].style, padded);
  }
  if (!terminal_.color) out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

size_t TextTable::WidthLeft(size_t least, size_t indent) const {
  size_t all = indent;
  const std::vector<size_t> widths = Widths();
  for (size_t c = 0; c < widths.size(); ++c) {
    if (!columns_[c].stretches) all += widths[c] + kGap;
  }
  return all + least >= terminal_.width ? least : terminal_.width - all;
}

std::string TextTable::Text(size_t indent) const {
  std::vector<size_t> widths = Widths();
  for (size_t c = 0; c < widths.size(); ++c) {  // a long name must not push the numbers out
    if (columns_[c].importance == kStays) {
      widths[c] = std::min(widths[c], std::max<size_t>(16, terminal_.width * 2 / 5));
    }
  }
  const std::vector<bool> shown = Shown(widths, indent);
  std::vector<std::string> heads;
  for (const Column& column : columns_) heads.push_back(column.head);
  const std::string margin(indent, ' ');
  std::string out = margin + Line(heads, widths, shown, true) + "\n";
  for (const auto& row : rows_) out += margin + Line(row, widths, shown, false) + "\n";
  return out;
}

}  // namespace vinkki::cmd
