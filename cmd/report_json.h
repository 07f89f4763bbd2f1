// A replay's report as JSON: docs/schemas/replay_report.schema.json describes it.
#pragma once

#include <string>

#include "cmd/report_view.h"

namespace vinkki::cmd {

std::string ReportJson(const ReportView& view);

}  // namespace vinkki::cmd
