// A replay's report for the terminal.
#pragma once

#include <string>

#include "cmd/report_view.h"
#include "cmd/terminal.h"

namespace vinkki::cmd {

std::string ReportText(const ReportView& view, const Terminal& terminal);
// What differs between two sets (report_text_diff.cc); part of ReportText when there is a diff.
std::string DiffText(const ReportView& view, const Terminal& terminal);
// A section's title with a word about it, which goes to a line of its own where there is no room.
std::string Heading(const Terminal& terminal, const std::string& text,
                    const std::string& more = "");
// "    12:03:04  add_to_cart  sku-1", the events around a firing, with the firing among them.
std::string AroundText(const Terminal& terminal, const rules::Zone& zone,
                       const engine::Example& example, const std::string& firing);

}  // namespace vinkki::cmd
