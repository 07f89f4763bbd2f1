// Events from CSV files of any shop, by a mapping of columns; see docs/wire.md, "Events in
// files". Used by `vinkki import` and `vinkki replay --events`.
//
//   file    = header LF *(row LF)        ; RFC 4180: "quoted" cells, "" for a quote, CRLF or LF
//   row     = cell *(separator cell)     ; separator , or ; or TAB, whichever the header has most
//                                        ; of. A byte order mark is read over
//   mapping = entry *("," entry)
//   entry   = target "=" source
//   target  = "name" | "at" | "visitor" | "site" | "id" | "via" | name of a property
//   source  = "'" constant "'"
//           | column *("+" column) *("/" from ":" to)
//
//   name=event/view:view_item/addtocart:add_to_cart,at=timestamp,visitor=visitorid,item_id=itemid
//   name='view_item',at=eventdate+timeframe,visitor=session_id,item_id=item_id
//
// name, at and visitor are needed. "/" translates the values that it names and leaves the others.
// A sum of columns is for `at`: a moment and milliseconds after it. A moment is whole milliseconds
// (from 10^11 on) or seconds since 1970, RFC 3339, or a date or date and time without an offset,
// taken as UTC. An empty cell is an absent property. A property whose cell reads as a number is
// one, unless its name is "id" or ends in "_id".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "collector/decode.h"
#include "collector/reject.h"

namespace vinkki::collector {

struct CsvSource {
  std::string target;
  bool constant = false;
  std::vector<std::string> columns;  // or the one constant
  std::vector<std::pair<std::string, std::string>> translations;
};

struct CsvMapping {
  std::vector<CsvSource> sources;
};

// kInvalid says which entry is wrong and what it could be.
Result<CsvMapping> ParseCsvMapping(std::string_view text);

// A moment as files write them, see above.
std::optional<Millis> ParseMoment(std::string_view text);

// Reads a text row by row. Belongs to one thread; nothing is allocated for a row in the steady
// state.
class CsvReader {
 public:
  // kInvalid: no header, or a column of the mapping is not in it (the message lists those that
  // are).
  static Result<CsvReader> Open(std::string_view text, CsvMapping mapping);

  // False at the end. Otherwise *line is where the row begins, and either *problem says why it was
  // refused or *event holds it, in views that live until the next call.
  bool Next(LineEvent* event, uint32_t* line, Problem* problem);
  // Bytes read so far.
  size_t position() const { return at_; }

 private:
  struct Cell {
    size_t at = 0;  // in cells_text_
    size_t size = 0;
  };
  struct Bound {
    CsvSource source;
    std::vector<size_t> columns;
  };

  CsvReader() = default;
  // Reads one row into cells_; false at the end of the text. *broken: an unclosed quote.
  bool ReadRow(bool* broken);
  char ReadCell(bool* broken);
  std::string_view CellText(size_t column) const;
  std::string_view TextOf(const Bound& bound) const;
  Problem Fill(const Bound& bound, LineEvent* event);
  Problem FillTime(const Bound& bound, LineEvent* event) const;

  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  char separator_ = ',';
  size_t width_ = 0;
  std::vector<Bound> bound_;
  std::string cells_text_;
  std::vector<Cell> cells_;
};

}  // namespace vinkki::collector
