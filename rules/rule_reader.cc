#include "rules/rule_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "rules/language.h"
#include "rules/nearest.h"
#include "rules/white_space.h"
#include "rules/yaml_values.h"

namespace vinkki::rules {
namespace {

constexpr size_t kLongestName = 200;
constexpr size_t kLongestText = 4'000;
constexpr Millis kDay = 86'400'000;

// Whether there is a message in the language of that code: fi, fi-FI.
bool Speaks(const Offer& offer, std::string_view code) {
  return std::any_of(offer.message.begin(), offer.message.end(), [&](const auto& message) {
    const std::string tag = Lower(message.first);
    return tag.substr(0, tag.find('-')) == code;
  });
}

}  // namespace

void FileReader::ReadRule(const YamlNode& node) {
  Rule rule;
  rule.place = node.place;
  for (size_t i = 0; i < node.items.size(); ++i) {
    ReadRuleKey(node.keys[i], node.items[i], &rule);
  }
  if (!node.Find("name") && !IsMisspelled(node, "name", RuleKeys())) {
    report_->Error(node.place, 1, "a rule needs a name; write name: what-it-is-about");
  }
  if (!node.Find("when") && !IsMisspelled(node, "when", RuleKeys())) {
    report_->Error(rule.place, 1, "the rule says no `when`");
  }
  if (!node.Find("offer") && !IsMisspelled(node, "offer", RuleKeys())) {
    report_->Warning(rule.place, 1, "the rule has no offer; chat is offered, without a message");
  }
  if (rule.offer.channels.empty()) rule.offer.channels = {Channel::kChat};
  file_->rules.push_back(std::move(rule));
}

void FileReader::ReadRuleKey(const YamlNode& key, const YamlNode& value, Rule* rule) {
  const std::string& name = key.text;
  const Field field{value, report_, name};
  size_t word = 0;
  int64_t number = 0;
  if (name == "name") {
    rule->place = value.place;
    ReadText(field, kLongestName, &rule->name);
  } else if (name == "description") {
    if (field.IsText()) rule->description = value.text;
  } else if (name == "when") {
    rule->when = ReadExpr(value, name, &rule->when_source);
  } else if (name == "audience") {
    rule->audience = ReadExpr(value, name, &rule->audience_source);
  } else if (name == "for") {
    ReadDuration(field, &rule->hold);
  } else if (name == "fresh") {
    ReadDuration(field, &rule->fresh);
  } else if (name == "offer") {
    ReadOffer(value, &rule->offer);
  } else if (name == "otherwise") {
    if (ReadWord(field, {"nothing", "bot"}, &word)) rule->otherwise_bot = word == 1;
  } else if (name == "limits") {
    ReadLimits(value, &rule->limits);
  } else if (name == "hours") {
    ReadHours(value, &rule->hours.emplace());
  } else if (name == "holdout") {
    ReadHoldout(field, rule);
  } else if (name == "priority") {
    using Range = std::numeric_limits<int32_t>;
    if (ReadWhole(field, Range::min(), Range::max(), &number)) {
      rule->priority = static_cast<int32_t>(number);
    }
  } else if (name == "mode") {
    if (ReadWord(field, ModeNames(), &word)) rule->mode = static_cast<Mode>(word);
  } else {
    Unknown(key, "a rule", RuleKeys());
  }
}

void FileReader::ReadHoldout(const Field& field, Rule* rule) {
  if (!ReadShare(field, &rule->holdout) || rule->holdout < 1) return;
  report_->Warning(field.node.place, field.node.length,
                   "holdout: with 100% nobody is ever offered anything; mode: shadow says so");
}

void FileReader::ReadOffer(const YamlNode& node, Offer* offer) {
  if (!IsMapping(node, "offer", "{ channels: [chat], queue: sales }")) return;
  for (size_t i = 0; i < node.items.size(); ++i) {
    const std::string& key = node.keys[i].text;
    const YamlNode& value = node.items[i];
    if (key == "channels") {
      ReadChannels(value, key, &offer->channels);
    } else if (key == "escalate") {
      ReadChannels(value, key, &offer->escalate);
    } else if (key == "queue") {
      ReadText({value, report_, key}, kLongestName, &offer->queue);
    } else if (key == "message") {
      ReadMessages(value, offer);
    } else if (key == "expires") {
      if (ReadDuration({value, report_, key}, &offer->expires) && offer->expires == 0) {
        report_->Error(value.place, value.length, "expires: an offer stands longer than 0");
      }
    } else {
      Unknown(node.keys[i], "an offer", OfferKeys());
    }
  }
}

void FileReader::ReadChannels(const YamlNode& node, std::string_view what,
                              std::vector<Channel>* out) {
  if (!IsList(node, what)) return;
  if (node.items.empty() && what == "channels") {
    report_->Error(node.place, node.length, "channels: at least one is needed, such as chat");
  }
  for (const YamlNode& item : node.items) {
    size_t index = 0;
    if (!ReadWord({item, report_, what}, ChannelNames(), &index)) continue;
    const auto channel = static_cast<Channel>(index);
    if (std::find(out->begin(), out->end(), channel) != out->end()) {
      report_->Error(item.place, item.length,
                     std::string(what) + ": '" + item.text + "' stands twice here");
      continue;
    }
    out->push_back(channel);
  }
}

void FileReader::ReadMessages(const YamlNode& node, Offer* offer) {
  if (node.kind == YamlNode::Kind::kScalar) {
    report_->Error(node.place, node.length,
                   "message: say the language of the text; message: { en: \"...\" }");
    return;
  }
  if (!IsMapping(node, "message", "{ en: \"...\" }")) return;
  for (size_t i = 0; i < node.items.size(); ++i) {
    const std::string& language = node.keys[i].text;
    const YamlNode& value = node.items[i];
    if (!IsLanguage(language)) {
      report_->Error(
          node.keys[i].place, node.keys[i].length,
          "message: a language such as en, fi or pt-BR is wanted here" + HintForKey(node.keys[i]));
      continue;
    }
    const Field field{value, report_, "message"};
    if (!field.IsText()) continue;
    if (value.text.empty() || value.text.size() > kLongestText) {
      field.Wrong("a text of 1 to 4,000 bytes is wanted");
      continue;
    }
    offer->message[language] = value.text;
    WarnOfComment(value);
  }
  for (const YamlNode& key : node.keys) HintForLanguage(key, *offer);
}

// en: Order #123? We can help.
void FileReader::WarnOfComment(const YamlNode& value) {
  if (value.style != YamlNode::Style::kPlain) return;
  const std::string_view text = file_->text;
  const size_t sign = text.find_first_not_of(" \t", value.end);
  if (sign == std::string_view::npos || text[sign] != '#' || sign + 1 >= text.size()) return;
  if (IsBlank(text[sign + 1]) || text[sign + 1] == '#' || text[sign + 1] == '\n') return;
  report_->Warning(value.place, value.length,
                   "message: it ends before '#', which begins a comment; put the text into quotes "
                   "if it goes on there");
}

// Who has a message in Swedish too knows what se is.
void FileReader::HintForLanguage(const YamlNode& key, const Offer& offer) {
  const LanguageSlip slip = SlipOf(key.text);
  if (slip.code.empty() || Speaks(offer, slip.code)) return;
  report_->Warning(key.place, key.length,
                   "message: '" + key.text + "' is " +
                       (slip.is.empty() ? "no language's code" : std::string(slip.is)) + "; " +
                       std::string(slip.language) + " is " + std::string(slip.code));
}

void FileReader::ReadLimits(const YamlNode& node, Limits* limits) {
  if (!IsMapping(node, "limits", "{ per_session: 1, cooldown: 30m }")) return;
  for (size_t i = 0; i < node.items.size(); ++i) {
    const std::string& key = node.keys[i].text;
    const Field field{node.items[i], report_, key};
    std::optional<uint32_t>* count = key == "per_session"   ? &limits->per_session
                                     : key == "per_day"     ? &limits->per_day
                                     : key == "per_visitor" ? &limits->per_visitor
                                                            : nullptr;
    std::optional<Millis>* time = key == "cooldown"        ? &limits->cooldown
                                  : key == "after_decline" ? &limits->after_decline
                                                           : nullptr;
    int64_t number = 0;
    if (count) {
      if (ReadWhole(field, 0, 1'000'000'000, &number)) *count = static_cast<uint32_t>(number);
      if (*count && **count == 0) {
        report_->Warning(field.node.place, field.node.length,
                         key + ": with 0 nothing is ever offered; mode: off says it plainly");
      }
    } else if (time) {
      if (ReadDuration(field, &number)) *time = number;
    } else {
      Unknown(node.keys[i], "limits", LimitKeys());
    }
  }
}

void FileReader::ReadHours(const YamlNode& node, Hours* hours) {
  if (!IsMapping(node, "hours", "{ days: mon-fri, from: 08:00, to: 20:00 }")) return;
  for (size_t i = 0; i < node.items.size(); ++i) {
    const std::string& key = node.keys[i].text;
    const Field field{node.items[i], report_, key};
    if (key == "days") {
      ReadDays(field.node, &hours->days);
    } else if (key == "from") {
      if (ReadTimeOfDay(field, &hours->from) && hours->from == kDay) hours->from = 0;
    } else if (key == "to") {
      if (ReadTimeOfDay(field, &hours->to) && hours->to == 0) hours->to = kDay;
    } else if (key == "zone") {
      if (ReadText(field, kLongestName, &hours->zone)) hours->zone_place = field.node.place;
    } else {
      Unknown(node.keys[i], "hours", HourKeys());
    }
  }
}

// mon-fri, sun-tue, "mon,wed", or a list of these.
void FileReader::ReadDays(const YamlNode& node, uint8_t* days) {
  uint8_t read = 0;
  bool good = true;
  const auto read_text = [&](const YamlNode& item) {
    if (!Field{item, report_, "days"}.IsText()) return false;
    std::string_view rest = item.text;
    for (;;) {
      const size_t comma = rest.find(',');
      if (!ReadDayRange(item, rest.substr(0, comma), &read)) return false;
      if (comma == std::string_view::npos) return true;
      rest.remove_prefix(comma + 1);
    }
  };
  if (node.kind == YamlNode::Kind::kSequence) {
    if (node.items.empty()) good = Field{node, report_, "days"}.Wrong("the list is empty");
    for (const YamlNode& item : node.items) good = read_text(item) && good;
  } else {
    good = read_text(node);
  }
  if (good) *days = read;
}

bool FileReader::ReadDayRange(const YamlNode& node, std::string_view range, uint8_t* days) {
  const auto trim = [](std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
  };
  const auto index = [&](std::string_view day) -> size_t {
    const auto& names = DayNames();
    return static_cast<size_t>(std::find(names.begin(), names.end(), trim(day)) - names.begin());
  };
  const size_t dash = range.find('-');
  const size_t first = index(range.substr(0, dash));
  const size_t last = dash == std::string_view::npos ? first : index(range.substr(dash + 1));
  if (first > 6 || last > 6) {
    return Field{node, report_, "days"}.Wrong(
        "written are mon-fri, or mon,wed, or [mon, wed], of mon tue wed thu fri sat sun");
  }
  for (size_t day = first;; day = (day + 1) % 7) {
    *days = static_cast<uint8_t>(*days | (1u << day));
    if (day == last) return true;
  }
}

}  // namespace vinkki::rules
