#include "rules/nearest.h"

#include <algorithm>

namespace vinkki::rules {
namespace {

constexpr size_t kLongest = 64;  // longer names are not compared
constexpr size_t kMostNames = 2'000;

// Damerau's distance with swaps of neighbours, given up above `most`.
size_t Distance(std::string_view a, std::string_view b, size_t most) {
  size_t rows[3][kLongest + 1];
  size_t* two_back = rows[0];
  size_t* back = rows[1];
  size_t* row = rows[2];
  for (size_t j = 0; j <= b.size(); ++j) back[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    size_t best = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = back[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({back[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], two_back[j - 2] + 1);
      }
      best = std::min(best, row[j]);
    }
    if (best > most) return most + 1;
    std::swap(two_back, back);
    std::swap(back, row);
  }
  return back[b.size()];
}

}  // namespace

std::string_view Nearest(std::string_view written, const std::vector<std::string_view>& names,
                         size_t most) {
  if (written.empty() || written.size() > kLongest) return {};
  most = std::min(most, (written.size() + 2) / 3);
  std::string_view nearest;
  for (size_t i = 0; i < names.size() && i < kMostNames; ++i) {
    const std::string_view name = names[i];
    const size_t gap =
        name.size() > written.size() ? name.size() - written.size() : written.size() - name.size();
    if (name.size() > kLongest || gap > most) continue;
    const size_t distance = Distance(written, name, most);
    if (distance > most || distance >= name.size()) continue;
    nearest = name;
    if (distance == 0) break;
    most = distance - 1;
  }
  return nearest;
}

std::string DidYouMean(std::string_view written, const std::vector<std::string_view>& names) {
  const std::string_view nearest = Nearest(written, names);
  return nearest.empty() ? std::string() : "; did you mean '" + std::string(nearest) + "'?";
}

}  // namespace vinkki::rules
