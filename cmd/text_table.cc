#include "cmd/text_table.h"

#include <algorithm>

namespace vinkki::cmd {
namespace {

constexpr size_t kGap = 2;
constexpr int kStays = 9;
constexpr size_t kLeast = 12;  // of a column that stretches

}  // namespace

std::vector<size_t> TextTable::Natural() const {
  std::vector<size_t> widths;
  for (size_t c = 0; c < columns_.size(); ++c) {
    size_t width = WidthOf(columns_[c].head);
    for (const auto& row : rows_) width = std::max(width, WidthOf(row[c]));
    if (columns_[c].importance == kStays) {  // a long name must not push the numbers out
      width = std::min(width, std::max<size_t>(16, terminal_.width * 2 / 5));
    }
    widths.push_back(width);
  }
  return widths;
}

size_t TextTable::Whole(const std::vector<size_t>& widths, size_t indent) const {
  size_t all = indent;
  for (const size_t width : widths) {
    if (width > 0) all += width + (all > indent ? kGap : 0);
  }
  return all;
}

// 0: left out.
std::vector<size_t> TextTable::Widths(size_t indent) const {
  std::vector<size_t> widths = Natural();
  for (int importance = 0; importance < kStays; ++importance) {
    for (size_t c = columns_.size(); c-- > 0;) {
      const size_t all = Whole(widths, indent);
      if (all <= terminal_.width) return widths;
      if (columns_[c].importance != importance) continue;
      const size_t beyond = all - terminal_.width;
      const bool cut = columns_[c].stretches && widths[c] >= beyond + kLeast;
      widths[c] = cut ? widths[c] - beyond : 0;
    }
  }
  return widths;
}

bool TextTable::Shows(std::string_view head, size_t indent) const {
  const std::vector<size_t> widths = Widths(indent);
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].head == head) return widths[c] > 0;
  }
  return false;
}

std::string TextTable::Line(const std::vector<std::string>& cells,
                            const std::vector<size_t>& widths, bool head) const {
  std::string out;
  for (size_t c = 0; c < columns_.size(); ++c) {
    if (widths[c] == 0) continue;
    const std::string cell = Cut(terminal_, cells[c], widths[c]);
    const std::string padded =
        columns_[c].right ? PadLeft(cell, widths[c]) : PadRight(cell, widths[c]);
    out += (out.empty() ? "" : std::string(kGap, ' ')) +
           Styled(terminal_, head ? Style::kFaint : columns_[c].style, padded);
  }
  if (!terminal_.color) out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

size_t TextTable::WidthLeft(size_t indent) const {
  std::vector<size_t> widths = Natural();
  for (size_t c = 0; c < widths.size(); ++c) {
    if (columns_[c].stretches) widths[c] = 0;
  }
  const size_t all = Whole(widths, indent) + kGap;
  return all + kLeast >= terminal_.width ? kLeast : terminal_.width - all;
}

std::string TextTable::Text(size_t indent) const {
  const std::vector<size_t> widths = Widths(indent);
  std::vector<std::string> heads;
  for (const Column& column : columns_) heads.push_back(column.head);
  const std::string margin(indent, ' ');
  std::string out = margin + Line(heads, widths, true) + "\n";
  for (const auto& row : rows_) out += margin + Line(row, widths, false) + "\n";
  return out;
}

}  // namespace vinkki::cmd
