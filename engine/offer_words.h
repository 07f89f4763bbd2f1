// The words on the buttons of an offer, in the languages that we know them in: they travel with the
// offer's form for the page, so that the page's script holds none.
//
//   labels = {lang: {channel: word ..., "no": word, "close": word} ...}
//
// For each language of the rule's message, spelled as there; for a rule without a message, "en". A
// language is looked for as it is (pt-BR), then without what stands behind it (de-AT: de); one that
// is not in the table gets the English words.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/json_writer.h"
#include "rules/ast.h"

namespace vinkki::engine {

// On the buttons of a dialog: what each channel is taken up by, what says no, and what the cross in
// the corner is called by a screen reader.
struct OfferWords {
  std::string_view language;  // lower case
  std::string_view chat, voice, video, screenshare, bot, no, close;

  std::string_view For(rules::Channel channel) const;
};

// In the order of their languages.
std::span<const OfferWords> AllOfferWords();

const OfferWords& OfferWordsOf(std::string_view language);

void WriteLabels(JsonWriter* w, std::span<const rules::Channel> channels,
                 const std::map<std::string, std::string>& message);

}  // namespace vinkki::engine
