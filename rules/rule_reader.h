// The reader of one file: its top in reader.cc, its rules in rule_reader.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/ast.h"
#include "rules/keys.h"
#include "rules/report.h"
#include "rules/source_map.h"
#include "rules/yaml.h"
#include "rules/yaml_values.h"

namespace vinkki::rules {

class FileReader {
 public:
  // Fills the lets and rules of *file, whose path and text are set.
  FileReader(File* file, uint32_t index, Report* report)
      : file_(file), report_(report), map_(index, file->text) {}
  void ReadFile();

 private:
  void WarnOfComment(const YamlNode& value);
  void ReadRoot(const YamlNode& root);
  bool IsMapping(const YamlNode& node, std::string_view what, std::string_view example = "");
  bool IsList(const YamlNode& node, std::string_view what);
  void Unknown(const YamlNode& key, std::string_view where, const std::vector<KeyRow>& rows);
  bool FollowsComma(const YamlNode& key) const;
  static bool IsMisspelled(const YamlNode& node, std::string_view key,
                           const std::vector<KeyRow>& rows);
  void ReadTexts(const YamlNode& node, std::string_view what, std::vector<std::string>* out);
  ExprPtr ReadExpr(const YamlNode& node, std::string_view what, std::string* source);
  void ReadLets(const YamlNode& node);
  void ReadRules(const YamlNode& node);

  // rule_reader.cc
  void ReadRule(const YamlNode& node);
  void ReadRuleKey(const YamlNode& key, const YamlNode& value, Rule* rule);
  void ReadHoldout(const Field& field, Rule* rule);
  void ReadOffer(const YamlNode& node, Offer* offer);
  void ReadChannels(const YamlNode& node, std::string_view what, std::vector<Channel>* out);
  void ReadMessages(const YamlNode& node, Offer* offer);
  std::string HintForKey(const YamlNode& key) const;
  void HintForLanguage(const YamlNode& key, const Offer& offer);
  void ReadLimits(const YamlNode& node, Limits* limits);
  void ReadHours(const YamlNode& node, Hours* hours);
  void ReadDays(const YamlNode& node, uint8_t* days);
  bool ReadDayRange(const YamlNode& node, std::string_view range, uint8_t* days);

  File* file_;
  Report* report_;
  SourceMap map_;
};

}  // namespace vinkki::rules
