#include "rules/language.h"

#include <algorithm>

#include "base/text.h"

namespace vinkki::rules {
namespace {

constexpr size_t kLongestTag = 35;  // RFC 5646, 4.4.1

struct Row {
  std::string_view written;
  LanguageSlip slip;
};

constexpr Row kRows[] = {
    {"cn", {"zh", "Chinese", ""}},        {"cz", {"cs", "Czech", ""}},
    {"dk", {"da", "Danish", ""}},         {"ee", {"et", "Estonian", "Ewe"}},
    {"gb", {"en", "English", ""}},        {"gr", {"el", "Greek", ""}},
    {"jp", {"ja", "Japanese", ""}},       {"kr", {"ko", "Korean", "Kanuri"}},
    {"rs", {"sr", "Serbian", ""}},        {"se", {"sv", "Swedish", "Northern Sami"}},
    {"si", {"sl", "Slovene", "Sinhala"}}, {"ua", {"uk", "Ukrainian", ""}},
    {"us", {"en", "English", ""}},        {"vn", {"vi", "Vietnamese", ""}},
    {"dan", {"da", "Danish", ""}},        {"deu", {"de", "German", ""}},
    {"eng", {"en", "English", ""}},       {"est", {"et", "Estonian", ""}},
    {"fin", {"fi", "Finnish", ""}},       {"nor", {"no", "Norwegian", ""}},
    {"rus", {"ru", "Russian", ""}},       {"swe", {"sv", "Swedish", ""}},
};

bool IsLetter(char c) { return Lower(c) >= 'a' && Lower(c) <= 'z'; }

}  // namespace

bool IsLanguage(std::string_view tag) {
  const std::string_view first = tag.substr(0, tag.find('-'));
  return first.size() >= 2 && first.size() <= 3 &&
         std::all_of(first.begin(), first.end(), IsLetter) && tag.size() <= kLongestTag &&
         !tag.ends_with('-') && std::all_of(tag.begin(), tag.end(), [](char c) {
           return IsLetter(c) || (c >= '0' && c <= '9') || c == '-';
         });
}

LanguageSlip SlipOf(std::string_view tag) {
  const std::string first = Lower(tag.substr(0, tag.find('-')));
  for (const Row& row : kRows) {
    // se-FI is Northern Sami for certain.
    if (row.written == first && (row.slip.is.empty() || first.size() == tag.size()))
      return row.slip;
  }
  return {};
}

}  // namespace vinkki::rules
