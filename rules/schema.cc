#include "rules/schema.h"

#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "rules/facts.h"
#include "rules/keys.h"
#include "rules/zone.h"

namespace vinkki::rules {
namespace {

using Kind = KeyRow::Kind;

constexpr std::string_view kDuration =
    R"re(^(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$)re";
constexpr std::string_view kLasting =  // above 0
    R"re(^(?=[0-9])(?=.*[1-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$)re";
constexpr std::string_view kTime = "^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$";
constexpr std::string_view kPercentage = R"re(^0*(100(\.0*)?|[0-9]{1,2}(\.[0-9]*)?|\.[0-9]+)%$)re";
// Numbers may stand in quotes.
constexpr std::string_view kWhole = "^[-+]?[0-9]+$";
constexpr std::string_view kShare = R"re(^0*(1(\.0*)?|0(\.[0-9]*)?|\.[0-9]+)$)re";
constexpr std::string_view kLanguage = "^[A-Za-z]{2,3}(-[A-Za-z0-9]+)*$";
constexpr std::string_view kLetName = "^[A-Za-z_][A-Za-z0-9_]*$";
// What stands for a text may look like something else: sites: [404].
const std::vector<std::string_view> kScalar = {"string", "number", "boolean"};

class SchemaWriter {
 public:
  std::string Write() {
    json_.BeginObject().Key("$schema").Text("http://json-schema.org/draft-07/schema#");
    json_.Key("title").Text("Vinkki rules");
    Keys(FileKeys());
    json_.Key("definitions").BeginObject();
    Definition("rule", RuleKeys());
    Definition("offer", OfferKeys());
    Definition("limits", LimitKeys());
    Definition("hours", HourKeys());
    json_.Key("expression").BeginObject();
    Types({"string", "boolean", "number"});
    json_.Key("minLength").Whole(1);
    json_.Key("description").Text(Language());
    json_.EndObject().EndObject().EndObject();
    return json_.Take();
  }

 private:
  // What can stand in an expression, as a text that editors show.
  static std::string Language() {
    std::string text = "Facts:";
    for (const FactRow& row : Facts()) {
      text += "\n" + std::string(row.name) + ": " + std::string(row.doc);
    }
    text += "\nevent.<property>, visitor.properties.<name>\n\nFunctions:";
    for (const FunctionRow& row : Functions()) {
      text += "\n" + std::string(row.name) + (row.of_property ? "(event.property" : "(event") +
              (row.windowed ? ", 10m): " : "): ") + std::string(row.doc);
    }
    return text + "\nexists(fact), sequence(a, b, not c for 90s, within 15m)";
  }

  void Definition(std::string_view name, const std::vector<KeyRow>& rows) {
    json_.Key(name).BeginObject();
    Keys(rows);
    json_.EndObject();
  }

  void Keys(const std::vector<KeyRow>& rows) {
    json_.Key("type").Text("object").Key("additionalProperties").Bool(false);
    json_.Key("properties").BeginObject();
    for (const KeyRow& row : rows) {
      json_.Key(row.name).BeginObject().Key("description").Text(row.doc);
      Value(row);
      json_.EndObject();
    }
    json_.EndObject().Key("required").BeginArray();
    for (const KeyRow& row : rows) {
      if (row.required) json_.Text(row.name);
    }
    json_.EndArray();
  }

  void Types(const std::vector<std::string_view>& types) {
    json_.Key("type").BeginArray();
    for (const std::string_view type : types) json_.Text(type);
    json_.EndArray();
  }

  void Words(const std::vector<std::string_view>& words) {
    json_.Key("enum").BeginArray();
    for (const std::string_view word : words) json_.Text(word);
    json_.EndArray();
  }

  // Names of lets: none of the language's own, and no fact's.
  void LetNames() {
    std::vector<std::string_view> taken(ReservedWords());
    for (const FactRow& row : Facts()) {
      if (row.name.find('.') == std::string_view::npos) taken.push_back(row.name);
    }
    json_.Key("pattern").Text(kLetName).Key("not").BeginObject();
    Words(taken);
    json_.EndObject();
  }

  void Pattern(std::string_view pattern) {
    json_.Key("type").Text("string").Key("pattern").Text(pattern);
  }

  void Refer(std::string_view definition) {
    json_.Key("$ref").Text("#/definitions/" + std::string(definition));
  }

  void Items(const std::vector<std::string_view>& words, bool least_one) {
    json_.Key("type").Text("array").Key("items").BeginObject();
    if (words.empty()) {
      Types(kScalar);
      json_.Key("minLength").Whole(1);
    } else {
      Words(words);
    }
    json_.EndObject();
    if (!words.empty()) json_.Key("uniqueItems").Bool(true);
    if (least_one) json_.Key("minItems").Whole(1);
  }

  void Lets() {
    Types({"object", "null"});
    json_.Key("propertyNames").BeginObject();
    LetNames();
    json_.EndObject().Key("additionalProperties").BeginObject();
    Refer("expression");
    json_.EndObject();
  }

  void Messages() {
    json_.Key("type").Text("object").Key("propertyNames").BeginObject();
    json_.Key("pattern").Text(kLanguage).EndObject().Key("additionalProperties").BeginObject();
    Types(kScalar);
    json_.Key("minLength").Whole(1).EndObject();
  }

  void Whole(int64_t least, int64_t most) {
    json_.Key("oneOf").BeginArray().BeginObject();
    json_.Key("type").Text("integer").Key("minimum").Whole(least).Key("maximum").Whole(most);
    json_.EndObject().BeginObject();
    Pattern(kWhole);
    json_.EndObject().EndArray();
  }

  // 10% as a text, or 0.1.
  void Share() {
    json_.Key("oneOf").BeginArray();
    for (const std::string_view pattern : {kPercentage, kShare}) {
      json_.BeginObject();
      Pattern(pattern);
      json_.EndObject();
    }
    json_.BeginObject().Key("type").Text("number").Key("minimum").Whole(0).Key("maximum").Whole(1);
    json_.EndObject().EndArray();
  }

  // mon-fri, "mon,wed", or a list of such.
  void Days() {
    std::string day;
    for (const std::string_view name : DayNames()) {
      day += (day.empty() ? "(" : "|") + std::string(name);
    }
    day += ")";
    const std::string range = day + "( *- *" + day + ")?";
    const std::string several = "^ *" + range + "( *, *" + range + ")* *$";
    json_.Key("oneOf").BeginArray();
    json_.BeginObject();
    Pattern(several);
    json_.EndObject().BeginObject().Key("type").Text("array").Key("minItems").Whole(1);
    json_.Key("items").BeginObject();
    Pattern(several);
    json_.EndObject().EndObject().EndArray();
  }

  // Those of this machine.
  void Zones() {
    const std::vector<std::string_view> names = Zone::Names();
    if (names.size() > 1) return Words(names);
    json_.Key("type").Text("string");
  }

  void Value(const KeyRow& row) {
    switch (row.kind) {
      case Kind::kText:
        Types(kScalar);
        if (row.name != "description") json_.Key("minLength").Whole(1);
        return;
      case Kind::kExpression: return Refer("expression");
      case Kind::kDuration: return Pattern(row.name == "expires" ? kLasting : kDuration);
      case Kind::kCount: return Whole(0, 1'000'000'000);
      case Kind::kNumber: return Whole(INT32_MIN, INT32_MAX);
      case Kind::kPercent: return Share();
      case Kind::kTime: return Pattern(kTime);
      case Kind::kZone: return Zones();
      case Kind::kWord: return Words(row.words);
      case Kind::kDays: return Days();
      case Kind::kLets: return Lets();
      case Kind::kTexts: return Items({}, true);
      case Kind::kChannels: return Items(ChannelNames(), row.name == "channels");
      case Kind::kMessages: return Messages();
      case Kind::kOffer: return Refer("offer");
      case Kind::kLimits: return Refer("limits");
      case Kind::kHours: return Refer("hours");
      case Kind::kVersion:
        json_.Key("enum").BeginArray().Whole(1).Text("1");
        return void(json_.EndArray());
      case Kind::kRules:
        json_.Key("type").Text("array");
        json_.Key("items").BeginObject();
        Refer("rule");
        return void(json_.EndObject());
    }
  }

  JsonWriter json_;
};

}  // namespace

std::string JsonSchema() { return SchemaWriter().Write(); }

}  // namespace vinkki::rules
