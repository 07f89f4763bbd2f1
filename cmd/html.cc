#include "cmd/html.h"

#include <algorithm>
#include <cstdio>

#include "base/hash.h"
#include "base/markup.h"
#include "base/text.h"

namespace vinkki::cmd {
namespace {

constexpr double kHeight = 100;  // of a chart, in its own units

template <typename... Args>
std::string Printed(const char* format, Args... args) {
  char text[256];
  std::snprintf(text, sizeof text, format, args...);
  return text;
}

// "U+202E", of one character in UTF-8.
std::string NumberOf(std::string_view character) {
  unsigned number = static_cast<unsigned char>(character[0]);
  if (character.size() > 1) number &= 0x7Fu >> character.size();
  for (const char c : character.substr(1)) number = number << 6 | (static_cast<unsigned>(c) & 0x3F);
  return Printed("U+%04X", number);
}

uint64_t MostOf(const std::vector<uint64_t>& numbers) {
  return numbers.empty() ? 0 : *std::max_element(numbers.begin(), numbers.end());
}

double HeightOf(uint64_t number, uint64_t most) {
  if (number == 0 || most == 0) return 0;
  return std::max(1.5, kHeight * static_cast<double>(number) / static_cast<double>(most));
}

}  // namespace

std::string UserHtml(std::string_view text) {
  std::string out = "<bdi>";
  for (size_t from = 0, at = 0; from < text.size();) {
    const size_t unshown = at < text.size() ? UnshownAt(text, at) : 0;
    if (at < text.size() && unshown == 0) {
      ++at;
      continue;
    }
    out += EscapeMarkup(text.substr(from, at - from));
    if (unshown > 0)
      out += "<span class=\"unshown\">" + NumberOf(text.substr(at, unshown)) + "</span>";
    from = at += unshown;
  }
  return out + "</bdi>";
}

std::string BarChartHtml(const std::vector<uint64_t>& numbers, const BarStyle& style,
                         const std::function<std::string(size_t)>& title) {
  const uint64_t most = MostOf(numbers);
  std::string out = "<figure class=\"chart\"><div class=\"top\">" + EscapeMarkup(style.top) +
                    "</div><div class=\"plot\">";
  out += "<svg viewBox=\"0 0 " + std::to_string(std::max<size_t>(numbers.size(), 1) * 10) +
         " 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"" +
         EscapeMarkup(style.label) + "\" class=\"" + style.css_class + "\">";
  for (size_t i = 0; i < numbers.size(); ++i) {
    const double height = HeightOf(numbers[i], most);
    out +=
        Printed("<g><rect class=\"hit\" x=\"%zu\" y=\"0\" width=\"10\" height=\"100\"/>", i * 10);
    if (height > 0) {
      out += Printed("<rect x=\"%zu.8\" y=\"%.1f\" width=\"8.4\" height=\"%.1f\"/>", i * 10,
                     kHeight - height, height);
    }
    out += "<title>" + EscapeMarkup(title(i)) + "</title></g>";
  }
  return out + "</svg></div><figcaption><span>" + EscapeMarkup(style.left) + "</span><span>" +
         EscapeMarkup(style.right) + "</span></figcaption></figure>";
}

std::string SparkHtml(const std::vector<uint64_t>& numbers, const std::string& css_class,
                      const std::string& label) {
  const uint64_t most = MostOf(numbers);
  std::string path = "M0 100";
  for (size_t i = 0; i < numbers.size(); ++i) {
    const double y = kHeight - HeightOf(numbers[i], most);
    path += Printed("L%zu %.0fL%zu %.0f", i, y, i + 1, y);
  }
  path += Printed("L%zu 100Z", numbers.size());
  return "<svg class=\"spark " + css_class + "\" viewBox=\"0 0 " +
         std::to_string(std::max<size_t>(numbers.size(), 1)) +
         " 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"" + EscapeMarkup(label) +
         "\"><path d=\"" + path + "\"/></svg>";
}

std::string PartsHtml(const std::vector<Part>& parts) {
  uint64_t whole = 0;
  for (const Part& part : parts) whole += part.size;
  std::string out = "<span class=\"parts\">";
  for (const Part& part : parts) {
    if (part.size == 0) continue;
    const double share = 100.0 * static_cast<double>(part.size) / static_cast<double>(whole);
    out += "<i class=\"" + part.css_class + "\" title=\"" + EscapeMarkup(part.title) +
           "\" style=\"width:" + Printed("%.2f%%", share) + "\"></i>";
  }
  return out + "</span>";
}

std::string PolicyHash(std::string_view text) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto hash = Sha256(text);
  std::string out = "sha256-";
  for (size_t i = 0; i < hash.size(); i += 3) {
    const auto byte = [&](size_t n) { return n < hash.size() ? uint32_t{hash[n]} : 0u; };
    const uint32_t three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    for (size_t digit = 0; digit < 4; ++digit) {
      out += i + digit > hash.size() ? '=' : kDigits[three >> (18 - 6 * digit) & 63];
    }
  }
  return out;
}

}  // namespace vinkki::cmd
