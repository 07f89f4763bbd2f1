// A decoded line as text, every bit of it, to compare two readers of lines.
#pragma once

#include <bit>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "collector/decode.h"

namespace vinkki::collector {

inline void Dump(const std::vector<Property>& props, std::ostream* out) {
  for (const Property& p : props) {
    *out << ' ' << p.key << '=' << static_cast<int>(p.value.kind) << ':' << p.value.boolean << ':'
         << std::bit_cast<uint64_t>(p.value.number) << ':' << p.value.text;
  }
}

inline std::string DumpOf(const LineEvent& event) {
  std::ostringstream out;
  out << event.site << '|' << event.visitor << '|' << event.name << '|' << event.id << '|'
      << event.at << '|' << event.via_server;
  Dump(event.props.props, &out);
  out << " items";
  Dump(event.props.item_props, &out);
  for (const uint32_t end : event.props.item_ends) out << " -" << end;
  return out.str();
}

}  // namespace vinkki::collector
