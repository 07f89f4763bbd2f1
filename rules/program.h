// A compiled set of rules: immutable, shared by all threads through the one shared_ptr of the
// system. What the engine and the tools need of a rule stands here; how Step runs it is in
// code.h, behind `code`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/ast.h"

namespace vinkki::rules {

struct Code;  // rules/code.h: the instructions, facts and indexes that Step runs

// A rule as the world outside Step sees it.
struct RuleInfo {
  std::string name;
  std::string version;  // "sha256:<hex>" of the rule's meaning: no comment, no order of keys
  std::string file;
  std::string when;  // as written
  std::string description;
  std::string audience;  // as written; empty: everybody
  int32_t priority = 0;
  Mode mode = Mode::kLive;
  double holdout = 0;
  Offer offer;

  // Whether an offer of this rule is the bot's: because `otherwise: bot` handed it over, or because
  // the bot is its first channel.
  bool OffersBot(bool otherwise) const {
    return otherwise || offer.channels.empty() || offer.channels.front() == Channel::kBot;
  }
};

class Program {
 public:
  explicit Program(std::unique_ptr<const Code> code);
  ~Program();
  const std::vector<RuleInfo>& rules() const { return rules_; }
  const std::string& version() const { return version_; }  // of the whole set
  const Code& code() const { return *code_; }
  // A readable listing: facts, instructions, indexes. Golden tests hold it.
  std::string Dump() const;

 private:
  friend std::shared_ptr<const Program> Compile(const RuleSet& set);
  std::unique_ptr<const Code> code_;
  std::vector<RuleInfo> rules_;
  std::string version_;
};

// Requires a set without errors (Check).
std::shared_ptr<const Program> Compile(const RuleSet& set);

}  // namespace vinkki::rules
