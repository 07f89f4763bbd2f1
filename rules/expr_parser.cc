#include "rules/expr_parser.h"

#include <utility>
#include <vector>

#include "base/text.h"
#include "rules/duration_meant.h"
#include "rules/facts.h"
#include "rules/nearest.h"
#include "rules/parser_state.h"

namespace vinkki::rules {
namespace {

// AND, Not: the word of the language that it is in small letters, or "".
std::string SmallWord(std::string_view written) {
  std::string small = Lower(written);
  return small != written && IsReserved(small) ? small : "";
}

constexpr std::string_view kAskForMissing =
    "; whether something is known is asked by exists(...) and not exists(...)";

}  // namespace

ExprPtr ParseExpr(const ExprSource& source, SourceMap* map, Report* report) {
  Parser parser(source, map, report);
  return parser.Whole();
}

Parser::Parser(const ExprSource& source, SourceMap* map, Report* report)
    : source_(source), map_(map), report_(report), lexer_(source.text) {
  Advance();
}

ExprPtr Parser::Whole() {
  if (token_.kind == Token::Kind::kEnd && !failed_) {
    return Fail("an expression is missing here");
  }
  ExprPtr expr = Or();
  if (!expr) return nullptr;
  if (token_.kind == Token::Kind::kEnd) return expr;
  std::string_view hint;
  if (token_.kind == Token::Kind::kName) hint = "; conditions are joined by `and` or `or`";
  if (token_.Is("within") || token_.Is("same")) hint = "; it stands in the brackets of a sequence";
  if (token_.Is("where")) {
    hint = "; it stands in the brackets, behind the event: count(view_item where price > 100, 15m)";
  }
  return Unexpected("the end of the expression", hint);
}

size_t Parser::FileByte(size_t at) const {
  return source_.offsets.empty() ? source_.begin + at : source_.offsets[at];
}

void Parser::Advance() {
  last_end_ = map_->At(FileByte(token_.end));
  last_name_ = token_.kind == Token::Kind::kName ? token_.written : std::string_view();
  last_number_ = token_.kind == Token::Kind::kNumber ? token_.written : std::string_view();
  token_ = lexer_.Next();
  here_ = map_->At(FileByte(token_.begin));
  if (token_.kind == Token::Kind::kBroken) Fail(token_.text);
}

bool Parser::Take(std::string_view sign) {
  if (!token_.Is(sign)) return false;
  Advance();
  return true;
}

std::nullptr_t Parser::Fail(std::string message) { return FailAt(here_, TokenLength(), message); }

std::nullptr_t Parser::FailAt(Place at, uint32_t length, std::string message) {
  if (!failed_) report_->Error(at, length, std::move(message));
  failed_ = true;
  return nullptr;
}

uint32_t Parser::TokenLength() const {
  return map_->Length(FileByte(token_.begin), FileByte(token_.end));
}

// `is missing`, `is not missing`, `is not 5`, `is 5`.
std::string Parser::HintForIs() const {
  Lexer ahead = lexer_;
  Token next = ahead.Next();
  const bool negated = next.Is("not");
  if (negated) next = ahead.Next();
  for (const char* word : {"missing", "null", "none", "empty", "set", "known", "there"}) {
    if (next.written == word) return std::string(kAskForMissing);
  }
  return negated ? "; write != to compare" : "; write == to compare";
}

// What is most likely meant by a token that cannot stand where it stands.
std::string Parser::HintForFound() const {
  if (token_.Is("not")) return "; put `not` and what it denies into parentheses: not (a in [1, 2])";
  if (token_.Is("for")) return "; how long it must last is a key of the rule: for: 10s";
  for (const char* word : {"contains", "starts_with", "matches", "in"}) {
    if (token_.Is(word))
      return "; what it looks into stands before it: page.title " + std::string(word);
  }
  if (token_.Is("/")) return "; text stands in quotes: \"/checkout\"";
  Lexer ahead = lexer_;
  const bool parted =
      token_.Is(",") || (token_.Is(".") && ahead.Next().kind == Token::Kind::kNumber);
  if (!last_number_.empty() && (parted || token_.kind == Token::Kind::kNumber)) {
    return "; numbers have a point and no other sign: 30.5, 1000";
  }
  for (const std::string_view written : {last_name_, token_.written}) {
    const std::string small = SmallWord(written);
    if (!small.empty()) return "; words of the language are written small: " + small;
  }
  if (token_.kind != Token::Kind::kName) return "";
  if (token_.written == "is") return HintForIs();
  if (token_.written == "exists") return std::string(kAskForMissing);
  if (token_.written == "like") return "; write starts_with, contains or matches";
  if (token_.written == "between") return "; write >= and <=, as in a >= 50 and a <= 100";
  static const std::vector<std::string_view> comparing = {"contains", "starts_with", "matches"};
  if (std::string near = DidYouMean(token_.written, comparing); !near.empty()) return near;
  const std::string number = std::string(last_number_) + std::string(token_.written);
  if (const std::string meant = DurationMeant(number); !meant.empty()) {
    return "; write it without a space: " + meant;
  }
  return "";
}

std::nullptr_t Parser::Unexpected(std::string_view wanted, std::string_view hint) {
  if (token_.kind == Token::Kind::kEnd) {
    return Fail("the expression ends here, but " + std::string(wanted) + " is missing");
  }
  const std::string better = HintForFound();
  return Fail("found '" + Clip(token_.written, 40) + "', where " + std::string(wanted) +
              " should be" + (better.empty() ? std::string(hint) : better));
}

bool Parser::Expect(std::string_view sign, std::string_view why) {
  if (Take(sign)) return true;
  Unexpected("'" + std::string(sign) + "' " + std::string(why));
  return false;
}

ExprPtr Parser::New(ExprKind kind, Place place) {
  if (++nodes_ > kMostNodes) {
    return Fail("this expression has more than 10,000 parts; split the rule");
  }
  auto expr = std::make_unique<Expr>();
  expr->kind = kind;
  expr->place = place;
  expr->end = last_end_;
  return expr;
}

ExprPtr Parser::Join(ExprKind kind, Place place, ExprPtr left, ExprPtr right) {
  if (!left || !right) return nullptr;
  ExprPtr expr = New(kind, place);
  if (!expr) return nullptr;
  expr->args.push_back(std::move(left));
  expr->args.push_back(std::move(right));
  return Deepen(std::move(expr));
}

// Sets the depth of a node whose children are in place.
ExprPtr Parser::Deepen(ExprPtr expr) {
  uint32_t below = 0;
  const auto look = [&](const ExprPtr& child) {
    if (child && child->depth > below) below = child->depth;
  };
  for (const ExprPtr& arg : expr->args) look(arg);
  if (expr->call) look(expr->call->events.where);
  if (expr->sequence) {
    for (const Step& step : expr->sequence->steps) look(step.events.where);
  }
  expr->depth = below + 1;
  expr->end = last_end_;
  if (expr->depth > kMostNesting) {
    return FailAt(expr->place, 1,
                  "this is nested deeper than 100 levels; name parts of it in `let`");
  }
  return expr;
}

bool Parser::Enter() {
  if (++nesting_ <= kMostNesting + 1) return true;  // the whole is no level
  Fail("this is nested deeper than 100 levels; name parts of it in `let`");
  return false;
}

// and/or are flat: a or b or c is one node.
ExprPtr Parser::Chain(ExprKind kind, std::string_view word, ExprPtr (Parser::*part)()) {
  const Place place = here_;
  ExprPtr first = (this->*part)();
  if (!first || !token_.Is(word)) return first;
  ExprPtr chain = New(kind, place);
  if (!chain) return nullptr;
  chain->args.push_back(std::move(first));
  while (Take(word)) {
    ExprPtr next = (this->*part)();
    if (!next) return nullptr;
    chain->args.push_back(std::move(next));
  }
  return Deepen(std::move(chain));
}

ExprPtr Parser::Or() {
  if (!Enter()) return nullptr;
  ExprPtr expr = Chain(ExprKind::kOr, "or", &Parser::And);
  --nesting_;
  return expr;
}

ExprPtr Parser::And() { return Chain(ExprKind::kAnd, "and", &Parser::Not); }

ExprPtr Parser::Not() {
  const Place place = here_;
  if (!Take("not")) return Compare();
  if (!Enter()) return nullptr;
  ExprPtr arg = Not();
  --nesting_;
  if (!arg) return nullptr;
  ExprPtr expr = New(ExprKind::kNot, place);
  if (!expr) return nullptr;
  expr->args.push_back(std::move(arg));
  return Deepen(std::move(expr));
}

namespace {

struct Operator {
  std::string_view sign;
  ExprKind kind;
};
constexpr Operator kComparisons[] = {{"==", ExprKind::kEqual},
                                     {"!=", ExprKind::kNotEqual},
                                     {"<", ExprKind::kLess},
                                     {"<=", ExprKind::kLessEqual},
                                     {">", ExprKind::kGreater},
                                     {">=", ExprKind::kGreaterEqual},
                                     {"contains", ExprKind::kContains},
                                     {"starts_with", ExprKind::kStartsWith},
                                     {"matches", ExprKind::kMatches},
                                     {"in", ExprKind::kIn}};
constexpr Operator kSums[] = {{"+", ExprKind::kAdd}, {"-", ExprKind::kSubtract}};
constexpr Operator kProducts[] = {{"*", ExprKind::kMultiply}, {"/", ExprKind::kDivide}};

template <size_t N>
const Operator* Find(const Operator (&table)[N], const Token& token) {
  for (const Operator& row : table) {
    if (token.Is(row.sign)) return &row;
  }
  return nullptr;
}

}  // namespace

ExprPtr Parser::Compare() {
  const Place place = here_;
  ExprPtr left = Sum();
  const Operator* op = left ? Find(kComparisons, token_) : nullptr;
  if (!op) return left;
  Advance();
  ExprPtr expr;
  if (op->kind == ExprKind::kMatches) {
    expr = Matches(place, std::move(left));
  } else if (op->kind == ExprKind::kIn) {
    expr = In(place, std::move(left));
  } else {
    expr = Join(op->kind, place, std::move(left), Sum());
  }
  if (expr && Find(kComparisons, token_)) {
    return Fail("comparisons do not chain; write a < b and b < c");
  }
  return expr;
}

ExprPtr Parser::Matches(Place place, ExprPtr left) {
  if (token_.kind != Token::Kind::kText) return Unexpected("a regular expression in quotes");
  ExprPtr expr = New(ExprKind::kMatches, place);
  if (!expr) return nullptr;
  expr->args.push_back(std::move(left));
  expr->text = std::move(token_.text);
  expr->pattern = here_;
  Advance();
  return Deepen(std::move(expr));
}

ExprPtr Parser::In(Place place, ExprPtr left) {
  ExprPtr expr = New(ExprKind::kIn, place);
  if (!expr || !Expect("[", "after 'in'")) return nullptr;
  expr->args.push_back(std::move(left));
  do {
    ExprPtr value = Or();
    if (!value) return nullptr;
    expr->args.push_back(std::move(value));
  } while (Take(","));
  if (!Expect("]", "at the end of the list")) return nullptr;
  return Deepen(std::move(expr));
}

ExprPtr Parser::Sum() {
  const Place place = here_;
  ExprPtr left = Product();
  while (const Operator* op = left ? Find(kSums, token_) : nullptr) {
    Advance();
    left = Join(op->kind, place, std::move(left), Product());
  }
  return left;
}

ExprPtr Parser::Product() {
  const Place place = here_;
  ExprPtr left = Unary();
  while (const Operator* op = left ? Find(kProducts, token_) : nullptr) {
    Advance();
    left = Join(op->kind, place, std::move(left), Unary());
  }
  return left;
}

ExprPtr Parser::Unary() {
  const Place place = here_;
  if (!Take("-")) return Primary();
  ExprPtr arg = Primary();
  if (!arg) return nullptr;
  if (arg->kind == ExprKind::kNumber || arg->kind == ExprKind::kDuration) {
    arg->number = -arg->number;
    arg->duration = -arg->duration;
    arg->place = place;
    return arg;
  }
  ExprPtr expr = New(ExprKind::kNegate, place);
  if (!expr) return nullptr;
  expr->args.push_back(std::move(arg));
  return Deepen(std::move(expr));
}

}  // namespace vinkki::rules
