// The recursive descent over one expression: operators in expr_parser.cc, what stands between them
// (literals, names, functions, sequences) in expr_primary.cc. After the first error every function
// returns null and nothing more is said.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "rules/expr_lexer.h"
#include "rules/expr_parser.h"

namespace vinkki::rules {

class Parser {
 public:
  Parser(const ExprSource& source, SourceMap* map, Report* report);
  ExprPtr Whole();

 private:
  // Tokens.
  void Advance();
  bool Take(std::string_view sign);
  bool Expect(std::string_view sign, std::string_view why);
  uint32_t TokenLength() const;
  size_t FileByte(size_t at) const;

  // Errors; only the first is kept.
  std::nullptr_t Fail(std::string message);
  std::nullptr_t FailAt(Place at, uint32_t length, std::string message);
  // `hint` is said where what was found gives no better one.
  std::nullptr_t Unexpected(std::string_view wanted, std::string_view hint = "");
  std::string HintForFound() const;
  std::string HintForIs() const;

  // Nodes.
  ExprPtr New(ExprKind kind, Place place);
  ExprPtr Join(ExprKind kind, Place place, ExprPtr left, ExprPtr right);
  ExprPtr Deepen(ExprPtr expr);
  bool Enter();

  // expr_parser.cc: by rising strength.
  ExprPtr Chain(ExprKind kind, std::string_view word, ExprPtr (Parser::*part)());
  ExprPtr Or();
  ExprPtr And();
  ExprPtr Not();
  ExprPtr Compare();
  ExprPtr Matches(Place place, ExprPtr left);
  ExprPtr In(Place place, ExprPtr left);
  ExprPtr Sum();
  ExprPtr Product();
  ExprPtr Unary();

  // expr_primary.cc
  ExprPtr Primary();
  ExprPtr Literal(ExprKind kind);
  ExprPtr Named();
  ExprPtr Exists(Place place);
  ExprPtr Fact(bool quoted_too);
  ExprPtr FactOf(Place place, const std::vector<std::string>& parts);
  ExprPtr CallOf(const Token& name, Place place);
  ExprPtr SequenceOf(Place place);
  bool BeginsStep() const;
  std::nullptr_t FailBetweenSteps();
  bool ReadArguments(std::string_view name, bool of_property, bool windowed, Call* call);
  bool ReadName(std::string_view what, std::string* name);
  bool ReadEvents(Events* events);
  bool ReadProperty(Events* events, std::string* property);
  bool ReadWhere(Events* events);
  bool ReadWindow(Window* window);
  bool ReadStep(Step* step);
  bool ReadTimes(Step* step);
  bool ReadAbsence(Step* step);
  bool ReadTail(Sequence* sequence);

  const ExprSource& source_;
  SourceMap* map_;
  Report* report_;
  Lexer lexer_;
  Token token_;
  Place here_;                    // of token_
  Place last_end_;                // of the token before it
  std::string_view last_number_;  // the token before it as written, when it was a number
  std::string_view last_name_;    // the same, when it was a name
  bool failed_ = false;
  bool in_where_ = false;
  uint32_t nesting_ = 0;
  uint32_t nodes_ = 0;
};

}  // namespace vinkki::rules
