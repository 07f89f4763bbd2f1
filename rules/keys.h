// THE tables of the keys of a rule file: what the reader takes, what it suggests for a misspelled
// one, and what the schema for editors offers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vinkki::rules {

struct KeyRow {
  // What stands behind the key; decides the schema's type.
  enum class Kind {
    kText,
    kExpression,
    kDuration,
    kCount,
    kNumber,
    kPercent,
    kTime,
    kZone,
    kWord,
    kDays,
    kLets,
    kRules,
    kTexts,
    kChannels,
    kMessages,
    kOffer,
    kLimits,
    kHours,
    kVersion
  };
  std::string_view name;
  Kind kind;
  std::string_view doc;
  std::vector<std::string_view> words = {};  // of kWord
  bool required = false;
};

const std::vector<KeyRow>& FileKeys();
const std::vector<KeyRow>& RuleKeys();
const std::vector<KeyRow>& OfferKeys();
const std::vector<KeyRow>& LimitKeys();
const std::vector<KeyRow>& HourKeys();
// "; it stands in limits: { cooldown: ... }" for a key of another place or another program; "".
std::string PlaceOfKey(std::string_view key);
const std::vector<std::string_view>& ChannelNames();  // in the order of Channel
const std::vector<std::string_view>& ModeNames();     // in the order of Mode
const std::vector<std::string_view>& DayNames();      // mon first

}  // namespace vinkki::rules
