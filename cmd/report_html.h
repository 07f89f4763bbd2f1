// A replay's report as one HTML page without a network: styles, charts (SVG) and the little script
// are in it (cmd/report/), and its content policy allows nothing else. Everything that comes from
// rules or visitors is escaped.
#pragma once

#include <string>

#include "cmd/report_view.h"

namespace vinkki::cmd {

std::string ReportHtml(const ReportView& view);

// Parts of the page.
// The table of rules, and each rule in detail (report_html_rules.cc).
std::string RulesHtml(const ReportView& view);
// What differs between two sets (report_html_diff.cc); "" when there is only one.
std::string DiffHtml(const ReportView& view);
// A firing and the events around it; `verdict` is what became of it.
std::string ExampleHtml(const rules::Zone& zone, const engine::Example& example,
                        const std::string& verdict);
// The stretch of time that bar i of the report's axis stands for.
std::string StretchText(const engine::TimeAxis& axis, size_t i);
engine::TimeAxis FoldedAxis(const engine::TimeAxis& axis, size_t bars);

}  // namespace vinkki::cmd
