#include "tests/rules/generator.h"

#include <algorithm>
#include <array>
#include <random>

#include "base/text.h"

namespace vinkki::rules::oracle {
namespace {

using Names = std::vector<std::string>;

// Equal on every machine, unlike the distributions of <random>.
class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed) {}
  int64_t To(int64_t n) { return static_cast<int64_t>(engine_() % static_cast<uint64_t>(n)); }
  int64_t In(int64_t low, int64_t high) { return low + To(high - low + 1); }
  bool Percent(int n) { return To(100) < n; }
  template <typename T>
  const T& Of(const std::vector<T>& from) {
    return from[static_cast<size_t>(To(from.size()))];
  }
  std::string One(std::initializer_list<const char*> from) {
    return *(from.begin() + To(from.size()));
  }

 private:
  std::mt19937_64 engine_;
};

const Names kAllNames{"page_view",
                      "view_item",
                      "add_to_cart",
                      "remove_from_cart",
                      "view_cart",
                      "begin_checkout",
                      "purchase",
                      "form_error",
                      "active",
                      "hidden",
                      "visible",
                      "vitals",
                      "offer_shown",
                      "offer_declined",
                      "offer_accepted",
                      "offer_expired",
                      "offer_dismissed",
                      "conversation_started",
                      "conversation_ended",
                      "identify",
                      "consent",
                      "shop.ping",
                      "search"};

std::string Ms(Millis d) { return FormatDuration(d); }

std::string Quoted(const std::string& name) {
  return name.find('.') == std::string::npos ? name : '"' + name + '"';
}

class Maker {
 public:
  explicit Maker(uint64_t seed) : dice_(seed * 2654435761 + 12345) { case_.seed = seed; }

  Case Make() {
    const int names = static_cast<int>(dice_.In(2, 6));
    for (int i = 0; i < names; ++i) names_.push_back(dice_.Of(kAllNames));
    if (dice_.Percent(60)) names_.push_back("page_view");
    burst_ = dice_.Percent(5);
    crowd_ = !burst_ && dice_.Percent(5);
    many_ = !burst_ && !crowd_ && dice_.Percent(1);
    // By the seed alone: the rules of two such cases are alike, as before and after a reload.
    rungs_ = !burst_ && !crowd_ && case_.seed % 5 == 0;
    wheres_ = !burst_ && !many_ && case_.seed % 5 == 1;
    if (crowd_ || rungs_ || wheres_) names_.resize(2);
    if (rungs_ || wheres_) names_.push_back(rung_event_);
    for (int i = 0; i < 3; ++i) durations_.push_back(dice_.In(1, dice_.Percent(50) ? 6 : 25));
    if (crowd_) durations_ = {dice_.In(20, 50), dice_.In(3, 60), 70};
    MakeFiles();
    MakeEvents();
    World& w = case_.world;
    w.site = dice_.One({"shop", "shop", "other"});
    w.visitor = "v-" + std::to_string(dice_.To(1000));
    w.bot = dice_.Percent(3);
    w.ignore_holdout = dice_.Percent(50);
    if (dice_.Percent(60)) w.potential = static_cast<double>(dice_.In(0, 10)) / 10;
    if (dice_.Percent(15)) w.without_capacity.insert(static_cast<uint32_t>(dice_.To(3)));
    w.end = w.events.back().at + (dice_.Percent(50) ? 86'400'000 : dice_.In(0, 60));
    w.dense = wide_ ? 4000 : 300;
    w.meetings = wide_;
    return std::move(case_);
  }

 private:
  // --- rules ---
  void MakeFiles() {
    const int files = dice_.Percent(25) ? 2 : 1;
    int rule = 0;
    for (int f = 0; f < files; ++f) {
      GeneratedFile file;
      file.path = f == 0 ? "b.yml" : dice_.One({"a.yml", "c.yml", "sub/a.yml"});
      lets_.clear();
      const int lets = dice_.Percent(30) ? static_cast<int>(dice_.In(1, 2)) : 0;
      for (int i = 0; i < lets; ++i) {
        const std::string name = "fact_" + std::to_string(i);
        file.lets.emplace_back(name, Bool(1));
        lets_.push_back(name);
      }
      if (dice_.Percent(10)) file.keys.push_back("sites: [shop, third]");
      if (dice_.Percent(15)) file.keys.push_back("limits: " + LimitsText());
      const int64_t rules = many_               ? dice_.In(60, 100)
                            : rungs_ || wheres_ ? dice_.In(1, 6)
                                                : dice_.In(1, 3);
      for (int64_t i = 0; i < rules; ++i)
        file.rules.push_back(MakeRule("r" + std::to_string(rule++)));
      case_.files.push_back(std::move(file));
    }
  }

  GeneratedRule MakeRule(const std::string& name) {
    GeneratedRule rule;
    rule.name = name;
    rule.when = Bool(2);
    auto& k = rule.keys;
    if (dice_.Percent(45)) k.push_back("for: " + Ms(Small()));
    if (dice_.Percent(40)) k.push_back("priority: " + std::to_string(dice_.In(-2, 2)));
    if (dice_.Percent(35)) k.push_back("limits: " + LimitsText());
    if (dice_.Percent(12)) k.push_back("hours: " + HoursText());
    if (dice_.Percent(12)) k.push_back("holdout: 50%");
    if (dice_.Percent(8)) k.push_back("mode: " + dice_.One({"shadow", "off", "live"}));
    if (dice_.Percent(25)) {
      k.push_back("audience: " +
                  dice_.One({"potential >= 0.5", "visitor.visits > 1", "potential >= 40%",
                             "cart.value > 10", "event.price >= 10"}));
      if (dice_.Percent(50)) k.push_back("otherwise: bot");
    } else if (dice_.Percent(15)) {
      k.push_back("otherwise: bot");
    }
    return rule;
  }

  std::string LimitsText() {
    std::string out;
    const auto add = [&](const std::string& s) { out += (out.empty() ? "" : ", ") + s; };
    if (dice_.Percent(40)) add("per_session: " + std::to_string(dice_.In(1, 2)));
    if (dice_.Percent(20)) add("per_day: " + std::to_string(dice_.In(1, 2)));
    if (dice_.Percent(20)) add("per_visitor: " + std::to_string(dice_.In(1, 3)));
    if (dice_.Percent(40)) add("cooldown: " + Ms(Small()));
    if (out.empty() || dice_.Percent(30)) add("after_decline: " + Ms(Small()));
    return "{ " + out + " }";
  }

  std::string HoursText() {
    const auto time = [&](int quarter) {
      char text[16];
      snprintf(text, sizeof text, "%02d:%02d", quarter / 4, quarter % 4 * 15);
      return std::string(text);
    };
    std::string out = "{ zone: " + dice_.One({"UTC", "Europe/Helsinki", "America/New_York"});
    if (dice_.Percent(60))
      out += ", days: " + dice_.One({"mon-fri", "sun-tue", "mon", "sat", "fri-sun"});
    if (dice_.Percent(70)) out += ", from: \"" + time(static_cast<int>(dice_.In(0, 95))) + '"';
    if (dice_.Percent(70)) out += ", to: \"" + time(static_cast<int>(dice_.In(0, 96))) + '"';
    return out + " }";
  }

  // --- expressions ---
  Condition Leaf(std::string text) { return {"", std::move(text), {}}; }

  Condition Bool(int depth) {
    if (depth > 0 && dice_.Percent(55)) {
      const std::string op = dice_.One({"and", "and", "or", "not"});
      Condition c{op, "", {}};
      const int n = op == "not" ? 1 : static_cast<int>(dice_.In(2, 3));
      for (int i = 0; i < n; ++i) c.of.push_back(Bool(depth - 1));
      return c;
    }
    if (!lets_.empty() && dice_.Percent(30)) return Leaf(dice_.Of(lets_));
    if (crowd_ && dice_.Percent(80)) return Leaf(SequenceText());
    if (rungs_ && dice_.Percent(70)) return Leaf(RungTest());
    switch (dice_.To(9)) {
      case 0: return Leaf(TextTest());
      case 1:
      case 2: return Leaf(TimeTest());
      case 3:
      case 4: return Leaf(CountTest());
      case 5: return Leaf(NumberTest());
      case 6: return Leaf(EventTest());
      default: return Leaf(burst_ ? CountTest() : SequenceText());
    }
  }

  std::string Order() { return dice_.One({"==", "!=", "<", "<=", ">", ">="}); }
  Millis Small() { return dice_.Percent(90) ? dice_.Of(durations_) : dice_.Of(durations_) * 2; }
  std::string Name() { return dice_.Percent(90) ? dice_.Of(names_) : dice_.Of(kAllNames); }
  std::string Event() { return Quoted(Name()); }

  std::string EventList() {
    if (dice_.Percent(8)) return "*";
    return dice_.Percent(15) ? Event() + " or " + Event() : Event();
  }

  std::string TextTest() {
    switch (dice_.To(8)) {
      case 0: return "page.type == " + PageType();
      case 1: return "page.type != " + PageType();
      case 2: return "page.type in [" + PageType() + ", " + PageType() + "]";
      case 3:
        return "page.path " + dice_.One({"contains \"c\"", "starts_with \"/c\"",
                                         "matches \"^/[a-c]$\"", "matches \"t\"", "== \"/\""});
      case 4:
        return "exists(" +
               dice_.One({"page.type", "page.url", "session.campaign", "session.device",
                          "visitor.consent", "potential", "cart.age", "visitor.properties.tier"}) +
               ")";
      case 5:
        return "session." +
               dice_.One({"device == \"mobile\"", "campaign == \"a b\"", "entry == \"/cart\"",
                          "referrer contains \"g\"", "language != \"fi\""});
      case 6:
        return "visitor." + dice_.One({"identity == \"known\"", "consent != \"full\"",
                                       "identity in [\"strong\", \"anonymous\"]",
                                       "properties.tier == \"gold\"", "properties.age < 18"});
      default:
        return dice_.One({"\"b\" in [page.type, \"checkout\"]", "true", "false",
                          "visitor.properties.vip", "page.title == \"t\"",
                          "page.path == \"/redirect/http://x.fi/c\"",
                          "session.campaign == \"\xC3\xA4\"", "visitor.properties.vip == true"});
    }
  }
  std::string PageType() { return dice_.One({"\"checkout\"", "\"cart\"", "'product'"}); }

  std::string Growing() {
    switch (dice_.To(6)) {
      case 0: return "dwell";
      case 1: return "session.duration";
      case 2: return "cart.age";
      case 3: return "since(" + EventList() + Where() + ")";
      default: return "idle";
    }
  }

  std::string TimeTest() {
    switch (dice_.To(14)) {
      case 0: wide_ = true; return Growing() + " " + Order() + " " + Growing();
      case 1: return Growing() + " + " + Ms(Small()) + " " + Order() + " " + Ms(2 * Small());
      case 2: return Growing() + " * 2 " + Order() + " " + Ms(Small());
      case 3: return Growing() + " / 2 " + Order() + " " + Ms(Small());
      case 4: return Growing() + " / 1ms " + Order() + " " + std::to_string(Small());
      case 5: return CountText() + " * 2ms " + Order() + " " + Growing();
      case 6:
        return dice_.One({"dwell > 5s", "dwell == 5s", "idle >= 5s", "idle > 30m",
                          "dwell >= 5003ms", "session.duration >= 29m59s", "idle == 1800000ms",
                          "session.duration > 30m"});
      case 7: return Ms(Small()) + " " + Order() + " " + Growing();
      case 8: return Growing() + " in [" + Ms(Small()) + ", " + Ms(Small()) + "]";
      case 9: return "visitor.properties.wait " + Order() + " " + Growing();
      case 10: return "-" + Growing() + " < -" + Ms(Small());
      case 11: return "first(" + Event() + ".price, session) " + Order() + " " + Growing();
      default: return Growing() + " " + Order() + " " + Ms(Small());
    }
  }

  std::string WindowText() {
    switch (dice_.To(8)) {
      case 0: return "page";
      case 1: return "session";
      case 2: return "visitor";
      case 3: return dice_.Percent(20) ? "30m" : Ms(Small());
      default: return Ms(Small());
    }
  }

  // One of many texts of the same property.
  std::string TextWhere() {
    static const Names kTexts{"\"p1\"", "\"p2\"", "'p1'", "\"b\"", "\"c\"", "\"\""};
    const std::string property = dice_.Percent(70) ? "kind" : "item_id";
    const auto text = [&] { return dice_.Of(kTexts); };
    const std::string one = property + " == " + text();
    switch (dice_.To(12)) {
      case 0: return text() + " == " + property;
      case 1: return property + " in [" + text() + ", " + text() + "]";
      case 2: return one + " or " + property + " == " + text();
      case 3: return one + " and price > 5";
      case 4: return "price > 5 and " + one;
      case 5: return one + " and item_id == " + text();
      case 6: return "(" + one + " or " + property + " == " + text() + ") and price > 5";
      case 7:
        return dice_.One({"not (kind == \"b\")", "kind != \"b\"", "kind in [\"b\", 1]",
                          "kind in [\"b\", true]", "not (kind != \"c\")", "kind == 1",
                          "kind == \"b\" and kind == \"c\"", "kind == item_id",
                          "kind == \"b\" or price > 5", "kind == \"b\" or item_id == \"p1\"",
                          "false", "kind == \"b\" or false", "kind == \"b\" and true",
                          "(kind == \"b\" and price > 5) or (kind == \"c\" and not gift)"});
      default: return one;
    }
  }

  std::string Where() {
    if (wheres_ && dice_.Percent(75)) return " where " + TextWhere();
    if (!dice_.Percent(25)) return "";
    if (dice_.Percent(20)) return " where " + TextWhere();
    return " where " +
           dice_.One({"price > 5", "price >= 10 and item_id == \"p1\"", "not item_id == \"p2\"",
                      "exists(price)", "item_id in [\"p1\", 1]", "price == 10 or value == 10",
                      "price < 8ms", "item_id contains \"p\"", "gift", "not gift",
                      "price * 2 > value", "type == \"checkout\"", "(value + 1) / price > 2"});
  }

  std::string CountText() { return "count(" + EventList() + Where() + ", " + WindowText() + ")"; }

  std::string Few() {
    if (burst_ && dice_.Percent(50)) return dice_.One({"63", "64", "65", "66", "70", "100"});
    if (burst_) return std::to_string(dice_.In(1, 6));
    return std::to_string(dice_.In(0, 3));
  }

  // One of many counts of the same events with another number in the `where`.
  std::string RungTest() {
    const std::string number = dice_.One({"0", "1", "5", "5", "10", "10", "12.5", "20", "0.1"});
    const std::string property = dice_.Percent(90) ? "price" : "value";
    const std::string where = dice_.Percent(80) ? property + dice_.One({" > ", " >= "}) + number
                                                : number + dice_.One({" < ", " <= "}) + property;
    const std::string events = dice_.Percent(85) ? rung_event_ : EventList();
    const std::string count = "count(" + events + " where " + where + ", " + Ms(Small()) + ")";
    if (dice_.Percent(4)) return count + " in [" + Few() + ", " + Few() + "]";
    const std::string order = dice_.Percent(60) ? ">=" : Order();
    return count + " " + order + " " + std::to_string(dice_.In(1, 5));
  }

  std::string PropText() {
    const std::string events = dice_.Percent(10)   ? "*"
                               : dice_.Percent(10) ? "(" + Event() + " or " + Event() + ")"
                                                   : Event();
    return events + "." + dice_.One({"item_id", "price", "value", "quantity", "gift"});
  }

  // What the most frequent event of a burst pushes out of the latest 64.
  std::string BoundTest() {
    const std::string window = dice_.Percent(50) ? dice_.One({"visitor", "session"}) : WindowText();
    return dice_.One({"distinct(", "repeats("}) + Quoted(names_[0]) + ".item_id, " + window + ") " +
           Order() + " " + Few();
  }

  std::string CountTest() {
    if (burst_ && dice_.Percent(40)) return BoundTest();
    if (dice_.Percent(8)) return Few() + " " + Order() + " " + CountText();
    if (dice_.Percent(4)) return CountText() + " in [" + Few() + ", " + Few() + "]";
    if (dice_.Percent(4)) {
      return "(" + TimeTest() + ") " + dice_.One({"==", "!="}) + " (" + EventTest() + ")";
    }
    if (dice_.Percent(45)) return CountText() + " " + Order() + " " + Few();
    const std::string f =
        dice_.One({"distinct", "repeats", "distinct", "sum", "avg", "min", "max", "first", "last"});
    const std::string call = f + "(" + PropText() + Where() + ", " + WindowText() + ")";
    if (f == "distinct" || f == "repeats") return call + " " + Order() + " " + Few();
    if (f == "first" || f == "last") {
      switch (dice_.To(4)) {
        case 0: return call + " != " + dice_.One({"\"p2\"", "0", "false"});
        case 1: return call + " == " + dice_.One({"\"p1\"", "10", "true", "1"});
        case 2: return call + " " + Order() + " " + Ms(Small());
        default: return call + " " + Order() + " " + NumberText();
      }
    }
    return call + " " + Order() + " " + (burst_ ? dice_.One({"640", "320", "10"}) : NumberText());
  }

  std::string NumberText() {
    return dice_.One({"0", "5", "10", "20", "0.3", "15", "12.5", "50%", "1"});
  }

  std::string NumberTest() {
    const std::string fact = dice_.One(
        {"cart.value", "cart.items", "session.pages", "visitor.visits", "visitor.purchases",
         "potential", "cart.value / cart.items", "cart.value - 10", "visitor.visits * 2"});
    return fact + " " + Order() + " " + NumberText();
  }

  std::string EventTest() {
    switch (dice_.To(7)) {
      case 0: return "event.price " + Order() + " " + NumberText();
      case 1: return "event.item_id == " + dice_.One({"\"p1\"", "\"p2\"", "1"});
      case 2: return "exists(event." + dice_.One({"price", "value", "item_id"}) + ")";
      case 3:
        return dice_.Percent(50) ? "event.gift" : "event.price " + Order() + " " + Ms(Small());
      case 4: return "event.name in [\"" + Name() + "\", \"" + Name() + "\"]";
      case 5: return "event.price " + Order() + " last(*.price, session)";
      default: return "event.name == \"" + Name() + "\"";
    }
  }

  std::string StepEvents(bool next) {
    static const Names kBackground{"active",     "vitals",      "hidden",        "visible",
                                   "page_leave", "offer_shown", "offer_ignored", "offer_expired"};
    for (int i = 0; i < 50; ++i) {
      const std::string a = Name(), b = Name();
      const bool two = dice_.Percent(15);
      const auto background = [&](const std::string& n) {
        return std::find(kBackground.begin(), kBackground.end(), n) != kBackground.end();
      };
      if (next && (background(a) || (two && background(b)))) continue;
      return two ? Quoted(a) + " or " + Quoted(b) : Quoted(a);
    }
    return "page_view";
  }

  std::string SequenceText() {
    if (crowd_ && dice_.Percent(40)) {
      const auto where = [this] { return wheres_ ? Where() : ""; };
      return "sequence(" + Quoted(names_[0]) + where() + ", " + Quoted(names_[1]) + where() +
             ", within 200ms, same item_id)";
    }
    if (absence_.absence && dice_.Percent(40)) return Sibling();
    const int steps = static_cast<int>(dice_.In(1, 3));
    std::string out = "sequence(";
    for (int i = 0; i < steps; ++i) {
      if (i > 0) {
        out += ", ";
        for (int n = 0; n < 2 && dice_.Percent(20); ++n) {
          out += "not " + StepEvents(false) + Where() + ", ";
        }
      }
      const bool next = i > 0 && dice_.Percent(20);
      out += (next ? "next " : "") + StepEvents(next);
      if (dice_.Percent(15)) out += " " + std::to_string(dice_.In(2, 3)) + "x";
      out += Where();
    }
    Ending ending;
    ending.absence = dice_.Percent(40);
    if (ending.absence) out += ", not " + StepEvents(false) + Where() + " for ";
    ending.steps = out;
    if (dice_.Percent(75)) {
      ending.sliding = dice_.Percent(80);
      if (!ending.sliding) ending.window = ", within " + dice_.One({"session", "page", "visitor"});
    }
    if (dice_.Percent(crowd_ ? 60 : 25)) ending.same = ", same item_id";
    if (ending.absence) absence_ = ending;
    return Ended(ending);
  }
  // One that differs from the one before in its absence only, and in its window.
  std::string Sibling() { return Ended(absence_); }

  struct Ending {
    std::string steps;  // up to the absence's length
    bool absence = false;
    bool sliding = false;
    std::string window;  // where it is not sliding
    std::string same;
  };
  std::string Ended(const Ending& ending) {
    const Millis wait = ending.absence ? Small() : 0;
    std::string out = ending.steps + (ending.absence ? Ms(wait) : "") + ending.window;
    if (ending.sliding) out += ", within " + Ms(wait + dice_.Of(durations_) * dice_.In(1, 2));
    return out + ending.same + ")";
  }

  // --- events ---
  void MakeEvents() {
    // Beside a quarter of an hour, so that hours and days begin and end during the events; around
    // the changes to and from summer time in Helsinki.
    static const std::array<Millis, 5> kStarts{
        1'704'110'400'000, 1'711'846'800'000, 1'729'990'800'000,
        1'704'060'800'000 / 900'000 * 900'000, 1'709'999'100'000};
    Millis t = kStarts[static_cast<size_t>(dice_.To(kStarts.size()))] +
               dice_.In(-40, 40) * 900'000 - dice_.In(0, 30);
    const int64_t n = burst_   ? dice_.In(60, 220)
                      : rungs_ ? dice_.In(2, 45)
                      : crowd_ ? dice_.In(30, 60)
                      : many_  ? dice_.In(2, 9)
                               : dice_.In(2, 28);
    for (int64_t i = 0; i < n; ++i) {
      if (i > 0) t += Gap();
      case_.world.events.push_back(MakeEvent(t));
    }
  }

  Millis Gap() {
    if (burst_) return dice_.Percent(90) ? 0 : 1;
    if (crowd_) return dice_.Percent(97) ? dice_.In(0, 2) : dice_.In(15, 60);
    // So that windows see more of them than is kept.
    if (rungs_ && dice_.Percent(60)) return dice_.In(0, 2);
    const int64_t kind = dice_.To(100);
    if (kind < 25) return 0;
    if (kind < 45) return dice_.In(1, 2);
    if (kind < 80) return std::max<Millis>(0, dice_.Of(durations_) + dice_.In(-1, 1));
    if (kind < 94) return dice_.In(1, 40);
    if (kind < 97) return 5000 + dice_.In(-1, 1);
    return 1'800'000 + dice_.In(-1, 1);
  }

  oracle::Event MakeEvent(Millis at) {
    oracle::Event e;
    e.at = at;
    e.name = (crowd_ || burst_) && dice_.Percent(85)    ? names_[0]
             : (rungs_ || wheres_) && dice_.Percent(50) ? rung_event_
                                                        : dice_.Of(names_);
    e.via_server = dice_.Percent(4);
    const auto text = [&](const char* key, const std::string& v) { e.props[key] = Datum::Text(v); };
    if (e.name == "page_view") {
      if (dice_.Percent(85)) text("type", dice_.One({"checkout", "cart", "product", "b"}));
      if (dice_.Percent(70)) {
        text("url", dice_.One({"https://s.fi", "https://s.fi/cart?x=1#y", "/c",
                               "https://s.fi/t?utm_campaign=a+b&x=1",
                               "https://s.fi/?utm_campaign=", "//s.fi/cart?utm_campaign=%C3%a4",
                               "https://s.fi/redirect/http://x.fi/c", "/redirect/http://x.fi/c",
                               "https://s.fi/b?a=1&utm_campaign=a%20b#utm_campaign=z"}));
      }
      if (dice_.Percent(20)) text("title", dice_.One({"t", "u"}));
      if (dice_.Percent(20)) text("referrer", dice_.One({"google", "x"}));
      if (dice_.Percent(20)) text("device", dice_.One({"mobile", "desktop"}));
      if (dice_.Percent(20)) text("language", dice_.One({"fi", "en"}));
    } else if (e.name == "identify") {
      if (dice_.Percent(60)) text("identity", dice_.One({"anonymous", "known", "strong", "odd"}));
      if (dice_.Percent(50)) text("tier", dice_.One({"gold", "tin"}));
      if (dice_.Percent(30)) e.props["vip"] = Datum::Bool(dice_.Percent(60));
      if (dice_.Percent(50)) e.props["age"] = Datum::Number(static_cast<double>(dice_.In(16, 19)));
      if (dice_.Percent(50)) e.props["wait"] = Datum::Number(static_cast<double>(Small()));
    } else if (e.name == "consent") {
      text("mode", dice_.One({"off", "cookieless", "full", "full", "odd"}));
    } else {
      ShopProps(&e.props);
      if (e.name == "purchase" && dice_.Percent(60))
        text("transaction_id", dice_.One({"t1", "t2"}));
      const int items = dice_.Percent(25) ? static_cast<int>(dice_.In(1, 3)) : 0;
      for (int i = 0; i < items; ++i) {
        e.items.emplace_back();
        ShopProps(&e.items.back());
      }
      if (items == 0 && dice_.Percent(15)) {
        e.props["items"] = Datum::Number(static_cast<double>(dice_.In(0, 3)));
      }
    }
    return e;
  }

  void ShopProps(Props* props) {
    static const std::vector<double> kNumbers{0,
                                              1,
                                              5,
                                              10,
                                              10,
                                              20,
                                              0.1,
                                              0.2,
                                              0.004,
                                              12.5,
                                              -3,
                                              1e13,
                                              0.0000005,
                                              1e9,
                                              9e12,
                                              8999999999999.5,
                                              0.0000025,
                                              0.0000015,
                                              123456789.1234565,
                                              -0.0000005};
    const auto number = [&] {
      return kNumbers[static_cast<size_t>(dice_.To(dice_.Percent(80) ? 8 : 20))];
    };
    if (dice_.Percent(70)) {
      (*props)["item_id"] = crowd_              ? Datum::Text("p" + std::to_string(dice_.To(24)))
                            : burst_            ? BurstItem()
                            : dice_.Percent(92) ? Datum::Text(dice_.One({"p1", "p2", "p3"}))
                                                : Datum::Number(1);
    }
    if (dice_.Percent(rungs_ ? 90 : 60)) {
      (*props)["price"] = dice_.Percent(95) ? Datum::Number(number()) : Datum::Text("x");
    }
    if (dice_.Percent(50)) (*props)["value"] = Datum::Number(number());
    if (dice_.Percent(20))
      (*props)["quantity"] = Datum::Number(static_cast<double>(dice_.In(0, 3)));
    if (dice_.Percent(15)) (*props)["gift"] = Datum::Bool(dice_.Percent(50));
    if (dice_.Percent(wheres_ ? 80 : 20)) (*props)["kind"] = Kind();
  }

  // By turns one value again and again, and always others: what came often or was different falls
  // behind the latest 64 while events still come.
  Datum BurstItem() {
    if (dice_.Percent(2)) same_item_ = !same_item_;
    const int64_t most = same_item_ ? (dice_.Percent(97) ? 1 : 5) : 120;
    return Datum::Text("p" + std::to_string(dice_.To(most)));
  }

  Datum Kind() {
    if (dice_.Percent(6)) return dice_.Percent(50) ? Datum::Number(1) : Datum::Bool(true);
    return Datum::Text(dice_.One({"b", "b", "c", "p1", "p2", "", "other"}));
  }

  Dice dice_;
  Case case_;
  Names names_;
  Names lets_;
  std::vector<Millis> durations_;
  bool burst_ = false;  // over 60 events in a few milliseconds, for the bounds of 10
  bool same_item_ = true;
  Ending absence_;      // of the last sequence that had one
  bool crowd_ = false;  // many values and many matches that wait, for those of sequences
  bool rungs_ = false;  // counts that differ in the number of their `where`
  const std::string rung_event_ = "view_item";
  bool wheres_ = false;  // conditions that differ in the text of their `where`
  bool many_ = false;    // more rules than a machine word has bits
  bool wide_ = false;    // compares two growing facts: they can meet late
};

std::string DatumText(const Datum& d) {
  switch (d.kind) {
    case Datum::Kind::kBool: return d.boolean ? "true" : "false";
    case Datum::Kind::kText: return '"' + d.text + '"';
    default: {
      char text[40];
      snprintf(text, sizeof text, "%.17g", d.number);
      return text;
    }
  }
}

std::string PropsText(const Props& props) {
  std::string out;
  for (const auto& [key, value] : props) {
    out += (out.empty() ? "" : ", ") + key + ": " + DatumText(value);
  }
  return out;
}

}  // namespace

std::string Condition::Text() const {
  if (op.empty()) return leaf;
  if (op == "not") return "not (" + of[0].Text() + ")";
  std::string out;
  for (const Condition& c : of) {
    const bool inner = c.op == "and" || c.op == "or";
    out += (out.empty() ? "" : " " + op + " ") + (inner ? "(" + c.Text() + ")" : c.Text());
  }
  return out;
}

std::string GeneratedFile::Yaml() const {
  std::string out = "version: 1\n";
  for (const std::string& key : keys) out += key + "\n";
  if (!lets.empty()) out += "let:\n";
  for (const auto& [name, c] : lets) out += "  " + name + ": |-\n    " + c.Text() + "\n";
  out += rules.empty() ? "rules: []\n" : "rules:\n";
  for (const GeneratedRule& rule : rules) {
    out += "  - name: " + rule.name + "\n    when: |-\n      " + rule.when.Text() + "\n";
    out += "    offer: { channels: [chat], queue: q, message: { en: \"Hi\" }, expires: " +
           rule.expires + " }\n";
    for (const std::string& key : rule.keys) out += "    " + key + "\n";
  }
  return out;
}

std::vector<SourceFile> Case::Sources() const {
  std::vector<SourceFile> out;
  for (const GeneratedFile& f : files) out.push_back({f.path, f.Yaml()});
  return out;
}

std::string Case::Text() const {
  std::string out = "seed " + std::to_string(seed) + ", site " + world.site + ", visitor " +
                    world.visitor + (world.bot ? ", a bot" : "") + "\n";
  for (const GeneratedFile& f : files) out += "--- " + f.path + "\n" + f.Yaml();
  const Millis start = world.events.empty() ? 0 : world.events.front().at;
  out += "--- events from " + FormatRfc3339(start) + ", end +" + Ms(world.end - start) + "\n";
  for (const Event& e : world.events) {
    out += "  " + Ms(e.at - start) + ": " + e.name + " { " + PropsText(e.props) + " }";
    for (const Props& item : e.items) out += " [" + PropsText(item) + "]";
    if (e.late()) out += " (arrives at " + Ms(e.arrives - start) + ")";
    out += e.via_server ? " (server)\n" : "\n";
  }
  return out;
}

Case Generate(uint64_t seed) { return Maker(seed).Make(); }

// Those that turn out to come before anything later has, are not late: they are put back in order.
void Shuffle(std::vector<Event>* events) {
  for (bool settled = false; !settled;) {
    std::stable_sort(events->begin(), events->end(), [](const Event& a, const Event& b) {
      return std::max(a.at, a.arrives) < std::max(b.at, b.arrives);
    });
    settled = true;
    Millis latest = 0;
    for (Event& e : *events) {
      if (e.late() && e.at >= latest) {
        e.arrives = 0;
        settled = false;
        break;
      }
      latest = std::max(latest, e.at);
    }
  }
}

Case GenerateLate(uint64_t seed) {
  Case c = Maker(seed).Make();
  Dice dice(seed * 7919 + 17);
  for (Event& e : c.world.events) {
    if (dice.Percent(25)) e.arrives = e.at + (dice.Percent(90) ? dice.In(1, 40) : 2'000'000);
  }
  Shuffle(&c.world.events);
  return c;
}

}  // namespace vinkki::rules::oracle
