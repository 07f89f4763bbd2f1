#include <algorithm>
#include <utility>

#include "rules/facts.h"
#include "rules/nearest.h"
#include "rules/parser_state.h"

namespace vinkki::rules {
namespace {

constexpr uint32_t kMostTimes = 1'024;

std::vector<std::string_view> FunctionNames() {
  std::vector<std::string_view> names = {"exists", "sequence"};
  for (const FunctionRow& row : Functions()) names.push_back(row.name);
  return names;
}

std::string Quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

}  // namespace

ExprPtr Parser::Literal(ExprKind kind) {
  ExprPtr expr = New(kind, here_);
  if (!expr) return nullptr;
  expr->number = kind == ExprKind::kNumber ? token_.number : 0;
  expr->percent = kind == ExprKind::kNumber && token_.percent;
  expr->grouped = kind == ExprKind::kNumber && token_.grouped;
  expr->duration = token_.duration;
  expr->boolean = token_.Is("true");
  if (kind == ExprKind::kText) expr->text = std::move(token_.text);
  Advance();
  expr->end = last_end_;
  return expr;
}

ExprPtr Parser::Primary() {
  switch (token_.kind) {
    case Token::Kind::kNumber: return Literal(ExprKind::kNumber);
    case Token::Kind::kDuration: return Literal(ExprKind::kDuration);
    case Token::Kind::kText: return Literal(ExprKind::kText);
    case Token::Kind::kName: return Named();
    case Token::Kind::kTimes:
      return Fail(Quoted(token_.written) + " may only stand after an event in a sequence");
    default: break;
  }
  if (token_.Is("true") || token_.Is("false")) return Literal(ExprKind::kBool);
  if (!token_.Is("(")) {
    return Unexpected("a fact, a function, a number, a duration or a text");
  }
  const Place place = here_;
  Advance();
  ExprPtr expr = Or();
  if (!expr || !Expect(")", "to close the parenthesis")) return nullptr;
  expr->place = place;
  expr->end = last_end_;
  return expr;
}

// A function, sequence, exists, or a fact: they begin with an identifier.
ExprPtr Parser::Named() {
  const Lexer saved = lexer_;
  const bool is_call = lexer_.Next().Is("(");
  lexer_ = saved;
  if (!is_call) return Fact(false);
  const Place place = here_;
  const Token name = token_;
  const bool known = name.written == "exists" || name.written == "sequence" ||
                     FindFunction(name.written) != nullptr;
  if (!known) {
    return Fail("there is no function " + Quoted(name.written) +
                DidYouMean(name.written, FunctionNames()));
  }
  if (in_where_ && name.written != "exists") {
    return Fail("`where` can name properties of the event only, no function such as " +
                Quoted(name.written));
  }
  Advance();
  Advance();
  if (failed_) return nullptr;
  if (name.written == "exists") return Exists(place);
  return name.written == "sequence" ? SequenceOf(place) : CallOf(name, place);
}

ExprPtr Parser::Exists(Place place) {
  if (token_.kind != Token::Kind::kName && token_.kind != Token::Kind::kText) {
    return Unexpected("the name of a fact or property");
  }
  ExprPtr fact = Fact(true);
  if (!fact || !Expect(")", "after exists(...")) return nullptr;
  ExprPtr expr = New(ExprKind::kExists, place);
  if (!expr) return nullptr;
  expr->args.push_back(std::move(fact));
  return Deepen(std::move(expr));
}

// A name: an identifier, or a string where that is allowed.
bool Parser::ReadName(std::string_view what, std::string* name) {
  if (token_.kind == Token::Kind::kName) {
    *name = token_.written;
  } else if (token_.kind == Token::Kind::kText) {
    *name = token_.text;
    if (name->empty()) {
      Fail("a name cannot be empty");
      return false;
    }
  } else if (token_.kind == Token::Kind::kWord) {
    Fail(Quoted(token_.written) + " is a word of the language; as " + std::string(what) +
         " write \"" + std::string(token_.written) + "\"");
    return false;
  } else {
    Unexpected(what);
    return false;
  }
  Advance();
  return !failed_;
}

ExprPtr Parser::Fact(bool quoted_too) {
  const Place place = here_;
  std::vector<std::string> parts(1);
  if (token_.kind == Token::Kind::kText && !quoted_too) return Unexpected("a name");
  if (!ReadName("a name", &parts[0])) return nullptr;
  while (Take(".")) {
    parts.emplace_back();
    if (!ReadName("a name after the dot", &parts.back())) return nullptr;
  }
  if (failed_) return nullptr;
  return FactOf(place, parts);
}

ExprPtr Parser::FactOf(Place place, const std::vector<std::string>& parts) {
  std::string name = parts[0];
  for (size_t i = 1; i < parts.size(); ++i) name += "." + parts[i];
  const uint32_t length = last_end_.line == place.line ? last_end_.column - place.column : 1;
  ExprKind kind = ExprKind::kFact;
  if (in_where_) {
    if (parts.size() > 1) {
      return FailAt(place, length,
                    "`where` can name properties of the event only, by their bare "
                    "name, and not " +
                        Quoted(name) +
                        (parts[0] == "event"  ? "; write " + parts[1]
                         : parts[0] == "page" ? "; a page_view has url, type and title"
                                              : ""));
    }
    kind = ExprKind::kWhereProp;
  } else if (parts[0] == "event" && parts.size() == 2) {
    kind = parts[1] == "name" ? ExprKind::kEventName : ExprKind::kEventProp;
    name = parts[1];
  } else if (parts[0] == "event" && parts.size() > 2) {
    return FailAt(place, length,
                  "an event's properties have no parts of their own; a name with "
                  "dots is written event.\"a.b\"");
  } else if (parts.size() > 3 && parts[0] == "visitor" && parts[1] == "properties") {
    return FailAt(place, length,
                  "a visitor's properties have no parts of their own; a name with "
                  "dots is written visitor.properties.\"a.b\"");
  } else if (!name.starts_with(kVisitorProperties) &&
             !std::all_of(parts.begin(), parts.end(), IsBareName)) {
    const bool quoted = parts.size() == 1 && FindFact(name) != nullptr;
    return FailAt(place, length,
                  "there is no fact " + Quoted(Clip(name, 60)) +
                      (quoted ? " in quotes; write " + name : std::string()));
  } else if (parts.size() == 1 && FindFact(name) == nullptr) {
    kind = ExprKind::kLet;
  }
  ExprPtr expr = New(kind, place);
  if (!expr) return nullptr;
  expr->text = std::move(name);
  return expr;
}

ExprPtr Parser::CallOf(const Token& name, Place place) {
  const FunctionRow& row = *FindFunction(name.written);
  auto call = std::make_unique<Call>();
  call->function = row.function;
  if (!ReadArguments(row.name, row.of_property, row.windowed, call.get())) return nullptr;
  ExprPtr expr = New(ExprKind::kCall, place);
  if (!expr) return nullptr;
  expr->call = std::move(call);
  return Deepen(std::move(expr));
}

bool Parser::ReadArguments(std::string_view name, bool of_property, bool windowed, Call* call) {
  const std::string called = std::string(name);
  const bool read =
      of_property ? ReadProperty(&call->events, &call->property) : ReadEvents(&call->events);
  if (!read) return false;
  if (!of_property && token_.Is(".")) {
    Fail(called + " takes events, not their properties: " + called + "(event" +
         (windowed ? ", 10m)" : ")"));
    return false;
  }
  if (!ReadWhere(&call->events)) return false;
  if (windowed) {
    if (!Take(",")) {
      Unexpected("',' and a window, as in " + called + "(..., 10m)");
      return false;
    }
    if (!ReadWindow(&call->window)) return false;
  }
  if (!windowed && token_.Is(",")) {
    Fail(called + " looks at everything and takes no window");
    return false;
  }
  return Expect(")", "after the arguments of " + called);
}

bool Parser::ReadEvents(Events* events) {
  events->place = here_;
  if (Take("*")) {
    events->any = true;
    return !failed_;
  }
  do {
    events->names.emplace_back();
    if (!ReadName("the name of an event", &events->names.back())) return false;
  } while (Take("or"));
  return !failed_;
}

bool Parser::ReadProperty(Events* events, std::string* property) {
  events->place = here_;
  const bool several = Take("(");
  if (several && token_.Is("*")) {
    Unexpected("the name of an event");
    return false;
  }
  if (several || token_.Is("*")) {
    if (!ReadEvents(events)) return false;
    if (several && !Expect(")", "after the events")) return false;
  } else {
    events->names.emplace_back();
    if (!ReadName("the name of an event", &events->names.back())) return false;
    if (token_.Is("or")) {
      Fail("several events stand in parentheses here: (a or b).property");
      return false;
    }
  }
  if (!Take(".")) {
    Unexpected("'.' and a property, as in view_item.price");
    return false;
  }
  if (!ReadName("the name of a property", property)) return false;
  if (token_.Is(".")) {
    Fail("a property has no parts; a name with dots is written \"a.b\"");
    return false;
  }
  return true;
}

bool Parser::ReadWhere(Events* events) {
  if (!Take("where")) return !failed_;
  if (in_where_) return false;
  in_where_ = true;
  events->where = Or();
  in_where_ = false;
  return events->where != nullptr;
}

bool Parser::ReadWindow(Window* window) {
  if (token_.kind == Token::Kind::kDuration) {
    window->kind = Window::Kind::kDuration;
    window->length = token_.duration;
    if (window->length == 0) {
      Fail("a window is longer than 0");
      return false;
    }
  } else if (token_.kind == Token::Kind::kName && token_.written == "page") {
    window->kind = Window::Kind::kPage;
  } else if (token_.kind == Token::Kind::kName && token_.written == "session") {
    window->kind = Window::Kind::kSession;
  } else if (token_.kind == Token::Kind::kName && token_.written == "visitor") {
    window->kind = Window::Kind::kVisitor;
  } else {
    const bool number = token_.kind == Token::Kind::kNumber && !token_.percent;
    const std::string written(token_.written);
    Unexpected(number ? "a window, a number with its unit such as " + written + "m or " + written +
                            "s (without a space),"
                      : std::string("a window (a duration such as 10m, page, session or visitor)"));
    return false;
  }
  Advance();
  return !failed_;
}

bool Parser::BeginsStep() const {
  return token_.kind == Token::Kind::kName || token_.kind == Token::Kind::kText ||
         token_.Is("not") || token_.Is("next") || token_.Is("*") || token_.Is("-");  // ->
}

std::nullptr_t Parser::FailBetweenSteps() {
  const std::string_view times = token_.written.substr(1);
  const bool repeat = token_.written[0] == 'x' && !times.empty() &&
                      times.find_first_not_of("0123456789") == std::string_view::npos;
  return Fail("found '" + Clip(token_.written, 40) + "', where ',' between two steps should be" +
              (repeat ? "; how often is written " + std::string(times) + "x" : ""));
}

ExprPtr Parser::SequenceOf(Place place) {
  auto sequence = std::make_unique<Sequence>();
  do {
    if (token_.Is("within") || token_.Is("same")) break;
    if (sequence->steps.size() == kMostTimes) return Fail("a sequence has at most 1,024 steps");
    sequence->steps.emplace_back();
    if (!ReadStep(&sequence->steps.back())) return nullptr;
    if (token_.Is("within") || token_.Is("same")) {
      return Unexpected("',' before '" + std::string(token_.written) + "'");
    }
    if (BeginsStep()) return FailBetweenSteps();
  } while (Take(","));
  if (!ReadTail(sequence.get())) return nullptr;
  if (!Expect(")", "at the end of the sequence")) return nullptr;
  ExprPtr expr = New(ExprKind::kSequence, place);
  if (!expr) return nullptr;
  expr->sequence = std::move(sequence);
  return Deepen(std::move(expr));
}

// within w, same f: in any order, each at most once, after the steps.
bool Parser::ReadTail(Sequence* sequence) {
  if ((token_.Is("within") || token_.Is("same")) && sequence->steps.empty()) {
    Unexpected("the first step of the sequence");
    return false;
  }
  while (token_.Is("within") || token_.Is("same")) {
    const bool within = token_.Is("within");
    if (within ? sequence->has_within : !sequence->same.empty()) {
      Fail(Quoted(token_.written) + " stands twice in this sequence");
      return false;
    }
    Advance();
    const bool read = within ? ReadWindow(&sequence->within)
                             : ReadName("the name of a property", &sequence->same);
    if (!read) return false;
    if (within) sequence->has_within = true;
    if (token_.Is("within") || token_.Is("same")) {
      Unexpected("',' before '" + std::string(token_.written) + "'");
      return false;
    }
    if (!Take(",")) break;
    if (token_.Is(")")) {
      Unexpected("`within` or `same`");
      return false;
    }
    if (!token_.Is("within") && !token_.Is("same")) {
      Fail("after `within` and `same` no more steps may come; put them last");
      return false;
    }
  }
  return !failed_;
}

bool Parser::ReadStep(Step* step) {
  step->events.place = here_;
  if (Take("next")) {
    step->next = true;
    if (token_.Is("not")) {
      Fail("`next` asks for an event and cannot stand before `not`");
      return false;
    }
  } else if (Take("not")) {
    step->negated = true;
  }
  const Place place = step->events.place;
  if (!ReadEvents(&step->events)) return false;
  step->events.place = place;
  return ReadTimes(step) && ReadWhere(&step->events) && ReadAbsence(step);
}

bool Parser::ReadTimes(Step* step) {
  if (token_.kind == Token::Kind::kNumber) {
    Fail("write how often without a space: 3x");
    return false;
  }
  if (token_.kind != Token::Kind::kTimes) return !failed_;
  if (step->negated) {
    Fail("`not` takes no number of times");
    return false;
  }
  if (token_.number < 1 || token_.number > kMostTimes) {
    Fail("a step is repeated 1x to 1024x");
    return false;
  }
  step->times = static_cast<uint32_t>(token_.number);
  Advance();
  return !failed_;
}

bool Parser::ReadAbsence(Step* step) {
  if (!token_.Is("for")) return !failed_;
  if (!step->negated) {
    Fail("`for` belongs to an absence: not " +
         (step->events.any ? std::string("*") : step->events.names[0]) + " for 90s");
    return false;
  }
  Advance();
  if (token_.kind != Token::Kind::kDuration) {
    Unexpected(token_.kind == Token::Kind::kNumber
                   ? "a duration after `for`, a number with its unit such as " +
                         std::string(token_.written) + "s (without a space),"
                   : "a duration after `for`");
    return false;
  }
  if (token_.duration == 0) {
    Fail("an absence is longer than 0");
    return false;
  }
  step->absence = token_.duration;
  Advance();
  return !failed_;
}

}  // namespace vinkki::rules
