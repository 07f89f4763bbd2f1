// A shortcut for lines as machines write them: nearly all of a file, read in one walk over bytes
// that the processor has at hand, at a third of what the general reader (decode.h) takes.
//
//   plain  = an object of the fields of a line (fields.h), each at most once, in any order
//   texts  without escapes and without U+007F
//   number = at most 15 digits, with or without a fraction, no exponent
//   props  flat, and "items" an array of flat objects; no null
//
// What is anything else, or wrong in whatever way, is left to the general reader, which says what
// is wrong with it: there are no errors here.
#pragma once

#include <string_view>

#include "collector/decode.h"

namespace vinkki::collector {

// True: the line is plain, and *out is what Decoder::DecodeLine makes of it, with views into
// `line`. False: *out holds nothing of use. The line needs no padding.
bool ReadPlainLine(std::string_view line, LineEvent* out);

// The same with the first line of `text`, which ends with a LF or with the text: the end of a line
// is found on the way. How many bytes it has, with its LF; 0: it is not plain, as an empty line, or
// one of more than kMaxLine bytes.
size_t TakePlainLine(std::string_view text, LineEvent* out);

}  // namespace vinkki::collector
