// A table for the terminal: columns as wide as what stands in them, numbers to the right. What does
// not fit into the width is left out, the least important column first; one that stretches is cut
// before that.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cmd/terminal.h"

namespace vinkki::cmd {

class TextTable {
 public:
  struct Column {
    std::string head;
    bool right = true;
    int importance = 0;  // columns of the least importance go first; 9: stays
    Style style = Style::kPlain;
    bool stretches = false;  // takes what is left of the width, if that is enough to say something
  };

  TextTable(Terminal terminal, std::vector<Column> columns)
      : terminal_(terminal), columns_(std::move(columns)) {}

  void Row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Each line ends in a newline and begins with `indent` spaces.
  std::string Text(size_t indent = 2) const;
  // Whether there is room for the column of this name.
  bool Shows(std::string_view head, size_t indent = 2) const;
  // How wide the stretching column would be when all others are shown; the least if there is less.
  size_t WidthLeft(size_t indent = 2) const;

 private:
  std::vector<size_t> Natural() const;
  size_t Whole(const std::vector<size_t>& widths, size_t indent) const;
  std::vector<size_t> Widths(size_t indent) const;
  std::string Line(const std::vector<std::string>& cells, const std::vector<size_t>& widths,
                   bool head) const;

  Terminal terminal_;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace vinkki::cmd
