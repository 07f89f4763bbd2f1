#include "cmd/report_html.h"

#include <algorithm>
#include <span>

#include "base/asset.h"
#include "base/markup.h"
#include "cmd/html.h"
#include "cmd/terminal.h"

namespace vinkki::cmd {

std::span<const Asset> ReportAssets();  // made by the build (CMakeLists.txt)

namespace {

using engine::ReplayReport;

std::string Figure(const std::string& css_class, const std::string& name, const std::string& number,
                   const std::string& more) {
  return "<div class=\"panel " + css_class + "\"><span class=\"name\">" + name + "</span><b>" +
         number + "</b><span>" + more + "</span></div>";
}

std::string FiguresHtml(const ReplayReport& r) {
  std::string out = "<div class=\"figures\">";
  out += Figure("offer", "Offers", Grouped(r.offers),
                r.offers == 0 ? "to nobody"
                              : "to " + Counted(r.reached, "visitor") + ", " +
                                    Percent(r.reached, r.visitors) + " of all");
  if (r.agents.peak > 0) {
    out += Figure("agents", "Agents busy at the peak", Grouped(r.agents.peak),
                  EscapeMarkup(MomentText(r.assumed.zone, r.agents.peak_at)) + "; " +
                      Grouped(r.agents.enough) + " are enough for 95 % of the conversations");
  }
  if (r.bot_offers > 0) {
    out += Figure("bot", "Of them by the bot", Percent(r.bot_offers, r.offers),
                  Grouped(r.bot_offers) + " offers that keep no agent busy");
  }
  out += Figure("", "Visitors", Grouped(r.visitors),
                Counted(r.sessions, "visit") + ", " + Counted(r.purchases, "purchase") + ", " +
                    Counted(r.events, "event"));
  return out + "</div>";
}

std::string OverTimeHtml(const ReplayReport& r, const std::vector<uint64_t>& numbers,
                         const std::string& css_class, const std::string& what) {
  const uint64_t most = numbers.empty() ? 0 : *std::max_element(numbers.begin(), numbers.end());
  BarStyle style;
  style.css_class = css_class;
  style.label = what + " over time, at most " + Grouped(most);
  style.top = Grouped(most);
  style.left = WallText(r.axis.first);
  style.right = WallText(r.axis.first + static_cast<Millis>(r.axis.count) * r.axis.unit);
  return BarChartHtml(numbers, style, [&](size_t i) {
    return StretchText(r.axis, i) + ": " + Grouped(numbers[i]) + " " + what;
  });
}

std::string WeekHtml(const ReplayReport& r) {
  static constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  uint64_t most = 1;
  for (const auto& day : r.week) most = std::max(most, *std::max_element(day.begin(), day.end()));
  std::string out = "<table class=\"week\" aria-label=\"Offers by weekday and hour\"><tr><th></th>";
  for (int hour = 0; hour < 24; ++hour) {
    out += "<th>" + (hour % 6 == 0 ? std::to_string(hour) : std::string()) + "</th>";
  }
  out += "</tr>";
  for (size_t day = 0; day < 7; ++day) {
    out += "<tr><th>" + std::string(kDays[day]) + "</th>";
    for (size_t hour = 0; hour < 24; ++hour) {
      const uint64_t n = r.week[day][hour];
      const std::string tip = std::string(kDays[day]) + " " + std::to_string(hour) + " to " +
                              std::to_string(hour + 1) + ": " + Grouped(n) + " offers";
      out +=
          "<td data-tip=\"" + tip + "\" style=\"--n:" + std::to_string(n * 100 / most) + "\"></td>";
    }
    out += "</tr>";
  }
  out += "</table><p class=\"scale\">0";
  for (const int share : {0, 25, 50, 75, 100}) {
    out += "<i style=\"--n:" + std::to_string(share) + "\"></i>";
  }
  return out + Counted(most, "offer") + ", all weeks together</p>";
}

std::string QueuesHtml(const ReplayReport& r) {
  if (r.queues.empty()) return "";
  std::string out =
      "<section class=\"panel all\"><h3>By queue</h3><table class=\"list\"><thead><tr><th "
      "class=\"text\">Queue</th>"
      "<th>Conversations</th><th>At the peak</th><th>Enough for 95&nbsp;%</th></tr></thead><tbody>";
  for (const engine::QueueReport& queue : r.queues) {
    out += "<tr><td class=\"text\">" + UserHtml(queue.queue) + "</td><td>" +
           Grouped(queue.agents.conversations) + "</td><td>" + Grouped(queue.agents.peak) +
           "</td><td>" + Grouped(queue.agents.enough) + "</td></tr>";
  }
  return out + "</tbody></table></section>";
}

std::string BusiestHtml(const ReplayReport& r) {
  std::string out = "<h3>Busiest hours</h3><table class=\"list\"><tbody>";
  for (const engine::BusyHour& hour : r.busiest) {
    out += "<tr><td class=\"text\">" + WallText(hour.at) + "</td><td>" + Grouped(hour.offers) +
           " offers</td></tr>";
  }
  return out + "</tbody></table>";
}

std::string TimeHtml(const ReplayReport& r) {
  if (r.offers == 0) return "";
  const std::string unit = UnitText(r.axis.unit);
  const bool counted = unit[0] >= '0' && unit[0] <= '9';  // "6 hours", but "one hour"
  std::string out = "<h2>When</h2><p class=\"note\">One bar is " +
                    (counted ? unit : "one " + unit) + ", by the clock of " +
                    EscapeMarkup(r.assumed.zone_name) + ".</p><div class=\"pair\">";
  out += "<section class=\"panel\"><h3>Offers</h3>" +
         OverTimeHtml(r, r.offers_over_time, "offer", "offers") + "</section>";
  if (r.agents.peak > 0) {
    out += "<section class=\"panel\"><h3>Agents busy, the most at once</h3>" +
           OverTimeHtml(r, r.busy_over_time, "agents", "agents") + "</section>";
  }
  out += "<section class=\"panel\"><h3>Offers by weekday and hour</h3>" + WeekHtml(r) +
         "</section><section class=\"panel\">" + BusiestHtml(r) + "</section>" + QueuesHtml(r);
  return out + "</div>";
}

std::string HintsHtml(const ReportView& view) {
  const std::vector<Hint> hints = Hints(view);
  if (hints.empty()) return "";
  const bool fired = view.report->decisions > 0;
  std::string out = fired                      ? "<h2>Rules that could not fire</h2>"
                    : view.report->events == 0 ? "<h2>No events</h2>"
                                               : "<h2>No rule fired</h2>";
  out += "<ul class=\"hints\">";
  for (const Hint& hint : hints) {
    out += "<li>" + (hint.rule.empty() ? "" : UserHtml(hint.rule)) + UserHtml(hint.text) +
           (hint.command.empty() ? "" : "<code>" + EscapeMarkup(hint.command) + "</code>") +
           "</li>";
  }
  return out + "</ul>";
}

std::string HeaderHtml(const ReportView& view) {
  const ReplayReport& r = *view.report;
  const rules::Zone& zone = r.assumed.zone;
  std::string out = "<header><p class=\"eyebrow\">Vinkki replay</p><h1>" +
                    std::string(view.diff == nullptr ? "What the rules would have done"
                                                     : "What the new rules would change") +
                    "</h1><p><code>" + UserHtml(view.rules) + "</code>";
  if (view.diff != nullptr) out += " against <code>" + UserHtml(view.against) + "</code>";
  out += " over <code>" + UserHtml(view.events) + "</code>";
  if (r.events > 0) {
    out += "<br>" + MomentText(zone, r.first_at) + " to " + MomentText(zone, r.last_at) + " (" +
           LengthText(r.last_at - r.first_at) + ", " + EscapeMarkup(r.assumed.zone_name) + ")";
  }
  return out + "</p></header>";
}

std::string FooterHtml(const ReplayReport& r) {
  return "<footer><p>Assumed: " + EscapeMarkup(AssumptionText(r.assumed)) +
         ", which begins when the offer is made. Leaving is the last sign of life in the visit of "
         "the offer; buying is the visitor's next purchase, in that visit or later. Times ahead "
         "are medians over the offers for which there is one.</p></footer>";
}

std::string HeadHtml() {
  const std::string_view css = FindAsset(ReportAssets(), "report.css")->identity;
  const std::string_view script = FindAsset(ReportAssets(), "report.js")->identity;
  std::string out = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">";
  out +=
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; script-src '" +
      PolicyHash(script) + "'\">";
  out +=
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>Vinkki replay</title><style>" +
      std::string(css) + "</style></head><body><main>";
  return out;
}

}  // namespace

std::string StretchText(const engine::TimeAxis& axis, size_t i) {
  std::string text = WallText(axis.first + static_cast<Millis>(i) * axis.unit);
  const bool whole_days = axis.unit % 86'400'000 == 0;
  return whole_days ? text.substr(0, 14) : text;
}

engine::TimeAxis FoldedAxis(const engine::TimeAxis& axis, size_t bars) {
  if (bars == 0 || axis.count <= bars) return axis;
  const size_t each = (axis.count + bars - 1) / bars;
  return {axis.unit * static_cast<Millis>(each), axis.first, (axis.count + each - 1) / each};
}

std::string ExampleHtml(const rules::Zone& zone, const engine::Example& example,
                        const std::string& verdict) {
  std::string out = "<div class=\"example\"><p><b>" + UserHtml(example.visitor) + "</b>";
  if (!example.site.empty()) out += " on " + UserHtml(example.site);
  out += "<br>" + MomentText(zone, example.at) + "</p><ol>";
  bool told = false;
  const auto row = [&](Millis at, const std::string& text, const char* css_class) {
    const std::string clock = FormatClock(engine::WallTime(zone, at));
    out += "<li" + std::string(css_class) + "><time>" + clock + "</time><span>" + text +
           "</span></li>";
  };
  const auto tell = [&] {
    row(example.at, EscapeMarkup(verdict), " class=\"now\"");
    told = true;
  };
  for (const engine::ExampleEvent& event : example.around) {
    if (!told && event.at > example.at) tell();
    row(event.at, UserHtml(event.name) + " " + UserHtml(event.what), "");
  }
  if (!told) tell();
  return out + "</ol></div>";
}

std::string ReportHtml(const ReportView& view) {
  const ReplayReport& report = *view.report;
  std::string out = HeadHtml() + HeaderHtml(view);
  if (report.events > 0) out += FiguresHtml(report);
  out += DiffHtml(view) + TimeHtml(report) + RulesHtml(view) + HintsHtml(view) + FooterHtml(report);
  out += "</main><script>";
  out += FindAsset(ReportAssets(), "report.js")->identity;
  return out + "</script></body></html>\n";
}

}  // namespace vinkki::cmd
