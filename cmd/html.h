// Pieces of an HTML page: escaping, and charts as inline SVG. Charts stretch to the width they are
// given; their labels are HTML around them, so that text keeps its size on a phone.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vinkki::cmd {

struct BarStyle {
  std::string css_class;         // of the bars
  std::string label;             // what the chart shows, for those who do not see it
  std::string top, left, right;  // the scale's highest value; the ends of the time; as text
};

// A name, an id or a text that comes from users: escaped, with its direction of writing kept to
// itself, and characters that nobody would see (Clean, terminal.h) by their number.
std::string UserHtml(std::string_view text);

// `title(i)` is what a pointer on bar i says.
std::string BarChartHtml(const std::vector<uint64_t>& numbers, const BarStyle& style,
                         const std::function<std::string(size_t)>& title);

// A small chart without labels; `label` says what it shows.
std::string SparkHtml(const std::vector<uint64_t>& numbers, const std::string& css_class,
                      const std::string& label);

// One bar of parts beside each other, by their share of the whole.
struct Part {
  std::string css_class;
  std::string title;
  uint64_t size = 0;
};
std::string PartsHtml(const std::vector<Part>& parts);

// Base64 of the SHA-256 of a script or style, as a content security policy names it.
std::string PolicyHash(std::string_view text);

}  // namespace vinkki::cmd
