// The languages of messages, as browsers call them: BCP 47, a code of ISO 639-1 first.
#pragma once

#include <string>
#include <string_view>

namespace vinkki::rules {

// Of the form of a tag: fi, pt-BR.
bool IsLanguage(std::string_view tag);

// A language that is often written with another code than its own: by its country (dk), or by three
// letters (fin). `code` is its own; empty when `tag` looks right.
struct LanguageSlip {
  std::string_view code;
  std::string_view language;  // "Danish"
  std::string_view is;        // what `tag` means, if it is a language all the same: "Northern Sami"
};
LanguageSlip SlipOf(std::string_view tag);

}  // namespace vinkki::rules
