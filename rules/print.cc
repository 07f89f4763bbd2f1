#include "rules/print.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "rules/compare.h"
#include "rules/facts.h"
#include "rules/keys.h"

namespace vinkki::rules {
namespace {

// How strongly a node holds its parts together; a weaker part stands in parentheses.
int Strength(ExprKind kind) {
  switch (kind) {
    case ExprKind::kOr: return 1;
    case ExprKind::kAnd: return 2;
    case ExprKind::kNot: return 3;
    case ExprKind::kEqual:
    case ExprKind::kNotEqual:
    case ExprKind::kLess:
    case ExprKind::kLessEqual:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEqual:
    case ExprKind::kContains:
    case ExprKind::kStartsWith:
    case ExprKind::kMatches:
    case ExprKind::kIn: return 4;
    case ExprKind::kAdd:
    case ExprKind::kSubtract: return 5;
    case ExprKind::kMultiply:
    case ExprKind::kDivide: return 6;
    case ExprKind::kNegate: return 7;
    default: return 8;
  }
}

std::string_view Sign(ExprKind kind) {
  switch (kind) {
    case ExprKind::kOr: return " or ";
    case ExprKind::kAnd: return " and ";
    case ExprKind::kEqual: return " == ";
    case ExprKind::kNotEqual: return " != ";
    case ExprKind::kLess: return " < ";
    case ExprKind::kLessEqual: return " <= ";
    case ExprKind::kGreater: return " > ";
    case ExprKind::kGreaterEqual: return " >= ";
    case ExprKind::kContains: return " contains ";
    case ExprKind::kStartsWith: return " starts_with ";
    case ExprKind::kAdd: return " + ";
    case ExprKind::kSubtract: return " - ";
    case ExprKind::kMultiply: return " * ";
    case ExprKind::kDivide: return " / ";
    default: return " ? ";
  }
}

bool IsLiteral(const Expr& expr) {
  return expr.kind == ExprKind::kNumber || expr.kind == ExprKind::kDuration ||
         expr.kind == ExprKind::kText || expr.kind == ExprKind::kBool;
}

std::string Number(double value) {
  if (value == 0) return "0";
  char buffer[400];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  return std::string(buffer, end.ptr);
}

// 0.07 * 100 has a digit too many.
std::string Percentage(double share) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.15g", share * 100);
  return Number(std::strtod(buffer, nullptr)) + "%";
}

std::string Quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string Name(std::string_view name) {
  return IsBareName(name) ? std::string(name) : Quote(name);
}

std::string FactName(std::string_view name) {
  if (!name.starts_with(kVisitorProperties)) return std::string(name);
  return std::string(kVisitorProperties) + Name(name.substr(kVisitorProperties.size()));
}

class Printer {
 public:
  // With a file: the canonical form, its lets put in. Null: as one would write it.
  explicit Printer(const File* file) : file_(file) {}

  void Print(const Expr& expr) {
    switch (expr.kind) {
      case ExprKind::kNumber:
        out_ += expr.percent && !file_ ? Percentage(expr.number) : Number(expr.number);
        break;
      case ExprKind::kDuration: out_ += FormatDuration(expr.duration); break;
      case ExprKind::kText: out_ += Quote(expr.text); break;
      case ExprKind::kBool: out_ += expr.boolean ? "true" : "false"; break;
      case ExprKind::kFact: out_ += FactName(expr.text); break;
      case ExprKind::kEventProp: out_ += "event." + Name(expr.text); break;
      case ExprKind::kEventName: out_ += "event.name"; break;
      case ExprKind::kWhereProp: out_ += Name(expr.text); break;
      case ExprKind::kLet: PrintLet(expr); break;
      case ExprKind::kCall: PrintCall(*expr.call); break;
      case ExprKind::kSequence: PrintSequence(*expr.sequence); break;
      case ExprKind::kExists: PrintExists(*expr.args[0]); break;
      default: PrintOperator(expr, file_ && IsTurned(expr));
    }
  }

  void Print(const Events& events) {
    if (events.any) {
      out_ += "*";
    } else {
      std::vector<std::string> names = events.names;
      if (file_) {
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
      }
      for (size_t i = 0; i < names.size(); ++i) out_ += (i ? " or " : "") + Name(names[i]);
    }
  }

  void PrintWhere(const Events& events) {
    if (!events.where) return;
    out_ += " where ";
    Print(*events.where);
  }

  std::string Take() { return std::move(out_); }

 private:
  // The same node without the lets around it, in the canonical form.
  const Expr& Inlined(const Expr& expr) const {
    const Expr* at = &expr;
    while (file_ && at->kind == ExprKind::kLet && file_->lets[at->let].expr) {
      at = file_->lets[at->let].expr.get();
    }
    return *at;
  }

  void PrintLet(const Expr& expr) {
    const Expr& inlined = Inlined(expr);
    if (&inlined == &expr) {
      out_ += expr.text;
    } else {
      Print(inlined);
    }
  }

  // A name stands in quotes where it is no identifier: exists("my prop").
  void PrintExists(const Expr& arg) {
    out_ += "exists(";
    Print(arg);
    out_ += ")";
  }

  void PrintPart(const Expr& part, int least) {
    const bool wrap = !file_ && Strength(part.kind) < least;
    if (wrap) out_ += "(";
    Print(part);
    if (wrap) out_ += ")";
  }

  // 30 < cart.value, which is cart.value > 30.
  bool IsTurned(const Expr& expr) const {
    return IsCompare(expr.kind) && IsLiteral(Inlined(*expr.args[0])) &&
           !IsLiteral(Inlined(*expr.args[1]));
  }

  void PrintOperator(const Expr& expr, bool turned) {
    const int strength = Strength(expr.kind);
    if (file_) out_ += "(";
    if (expr.kind == ExprKind::kNot) {
      out_ += "not ";
      PrintPart(*expr.args[0], strength);
    } else if (expr.kind == ExprKind::kNegate) {
      out_ += "-";
      PrintPart(*expr.args[0], 8);
    } else if (expr.kind == ExprKind::kMatches) {
      PrintPart(*expr.args[0], strength + 1);
      out_ += " matches " + Quote(expr.text);
    } else if (expr.kind == ExprKind::kIn) {
      PrintPart(*expr.args[0], strength + 1);
      PrintList(expr);
    } else if (turned) {
      PrintPart(*expr.args[1], strength + 1);
      out_ += Sign(Turned(expr.kind));
      PrintPart(*expr.args[0], strength + 1);
    } else {
      PrintChain(expr, expr.kind, strength);
    }
    if (file_) out_ += ")";
  }

  void PrintList(const Expr& expr) {
    out_ += " in [";
    for (size_t i = 1; i < expr.args.size(); ++i) {
      if (i > 1) out_ += ", ";
      Print(*expr.args[i]);
    }
    out_ += "]";
  }

  // In the canonical form and/or within and/or, also by a let, become one.
  void PrintChain(const Expr& expr, ExprKind kind, int strength) {
    const bool chain = kind == ExprKind::kAnd || kind == ExprKind::kOr;
    for (size_t i = 0; i < expr.args.size(); ++i) {
      if (i > 0) out_ += Sign(kind);
      const Expr& part = Inlined(*expr.args[i]);
      if (file_ && chain && part.kind == kind) {
        PrintChain(part, kind, strength);
      } else {
        const bool left_of_same = i == 0 && strength > 4;
        PrintPart(part, left_of_same ? strength : strength + 1);
      }
    }
  }

  void PrintWindow(const Window& window) {
    switch (window.kind) {
      case Window::Kind::kDuration: out_ += FormatDuration(window.length); break;
      case Window::Kind::kPage: out_ += "page"; break;
      case Window::Kind::kSession: out_ += "session"; break;
      case Window::Kind::kVisitor: out_ += "visitor"; break;
    }
  }

  void PrintCall(const Call& call) {
    const FunctionRow& row = RowOf(call.function);
    out_ += std::string(row.name) + "(";
    const bool several = row.of_property && call.events.names.size() > 1;
    if (several) out_ += "(";
    Print(call.events);
    if (several) out_ += ")";
    if (row.of_property) out_ += "." + Name(call.property);
    PrintWhere(call.events);
    if (row.windowed) {
      out_ += ", ";
      PrintWindow(call.window);
    }
    out_ += ")";
  }

  void PrintSequence(const Sequence& sequence) {
    out_ += "sequence(";
    for (size_t i = 0; i < sequence.steps.size(); ++i) {
      const Step& step = sequence.steps[i];
      if (i > 0) out_ += ", ";
      if (step.negated) out_ += "not ";
      if (step.next) out_ += "next ";
      Print(step.events);
      if (step.times > 1) out_ += " " + std::to_string(step.times) + "x";
      PrintWhere(step.events);
      if (step.absence) out_ += " for " + FormatDuration(*step.absence);
    }
    if (sequence.has_within || file_) {
      out_ += ", within ";
      PrintWindow(sequence.within);
    }
    if (!sequence.same.empty()) out_ += ", same " + Name(sequence.same);
    out_ += ")";
  }

  const File* file_;
  std::string out_;
};

void AddLimits(const Limits& limits, std::string* out) {
  const auto add = [&](std::string_view name, const std::string& value) {
    *out += " " + std::string(name) + "=" + value;
  };
  if (limits.per_session) add("per_session", std::to_string(*limits.per_session));
  if (limits.per_day) add("per_day", std::to_string(*limits.per_day));
  if (limits.per_visitor) add("per_visitor", std::to_string(*limits.per_visitor));
  if (limits.cooldown) add("cooldown", FormatDuration(*limits.cooldown));
  if (limits.after_decline) add("after_decline", FormatDuration(*limits.after_decline));
  *out += "\n";
}

void AddOffer(const Offer& offer, std::string* out) {
  *out += "channels";
  for (const Channel c : offer.channels) *out += " " + std::string(ChannelNames()[size_t(c)]);
  *out += "\nescalate";
  for (const Channel c : offer.escalate) *out += " " + std::string(ChannelNames()[size_t(c)]);
  *out += "\nqueue " + Quote(offer.queue) + "\nexpires " + FormatDuration(offer.expires) + "\n";
  for (const auto& [language, text] : offer.message) {
    *out += "message " + language + " " + Quote(text) + "\n";
  }
}

}  // namespace

std::string Canonical(const Expr& expr, const File& file) {
  Printer printer(&file);
  printer.Print(expr);
  return printer.Take();
}

std::string Canonical(const Events& events, const File& file) {
  Printer printer(&file);
  printer.Print(events);
  printer.PrintWhere(events);
  return printer.Take();
}

std::string Source(const Expr& expr) {
  Printer printer(nullptr);
  printer.Print(expr);
  return printer.Take();
}

std::string Canonical(const Rule& rule, const File& file) {
  std::string out = "rule " + Quote(rule.name) + "\nwhen ";
  out += rule.when ? Canonical(*rule.when, file) : "?";
  out += "\nfor " + FormatDuration(rule.hold) + "\naudience ";
  out += rule.audience ? Canonical(*rule.audience, file) : "-";
  out += rule.otherwise_bot ? "\notherwise bot\n" : "\notherwise nothing\n";
  AddOffer(rule.offer, &out);
  out += "limits";
  AddLimits(rule.limits, &out);
  if (rule.hours) {
    out += "hours " + std::to_string(rule.hours->days) + " " + FormatDuration(rule.hours->from) +
           " " + FormatDuration(rule.hours->to) + " " + rule.hours->zone + "\n";
  }
  out += "holdout " + Number(rule.holdout) + "\npriority " + std::to_string(rule.priority);
  out += "\nmode " + std::string(ModeNames()[size_t(rule.mode)]);
  out += "\nfresh " + FormatDuration(rule.fresh) + "\nfile limits";
  AddLimits(file.limits, &out);
  std::vector<std::string> sites = file.sites;
  std::sort(sites.begin(), sites.end());
  for (const std::string& site : sites) out += "site " + Quote(site) + "\n";
  return out;
}

}  // namespace vinkki::rules
