// The live view: what the engine sees of a visitor, as it happens. Nobody watching costs one
// relaxed atomic read for each group commit.
//
// A watcher gets JSON messages through a bounded queue; when it is slow the oldest go, and the next
// one says how many ("dropped": n).
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace vinkki::engine {

// One subscription, owned by the console's thread that serves it.
class Watch {
 public:
  virtual ~Watch() = default;
  // The next message, or nothing within `wait`. Messages:
  //   {"type":"event","at":ms,"site","visitor","name","props":{...}}
  //   {"type":"state","at":ms,"site","visitor","facts":[{"name","value"}],
  //    "rules":[{"rule","when":bool,"risen_at":ms|null,"fires_at":ms|null,"fired":bool,
  //              "clauses":[{"text","value","holds":bool,"depth":n,"changes_at":ms|null}],
  //              "missing":[{"any_of":[{"text","before":ms|null,"at":ms|null}]}]}],
  //    "next_deadline":ms|null}
  //   A fact or a clause whose value grows with the clock has "since":ms and "until":ms|null too:
  //   at t it is min(t, until) - since. So has a part of "missing", with "value": the words in its
  //   text that stand for it.
  //   {"type":"decision","at":ms,"site","visitor","rule","decision":"offer"|"silent",
  //    "reason":"...", "why":"..."}
  //   {"type":"trigger","at":ms,"site","visitor","trigger":{ ... the CloudEvent ... }}
  virtual std::optional<std::string> Next(std::chrono::milliseconds wait) = 0;
};

struct RecentVisitor {
  std::string site;
  std::string visitor;
  Millis last_at = 0;
  uint64_t events = 0;
};

class Live {
 public:
  virtual ~Live() = default;
  // Empty site or visitor: everybody's. The first messages are the present states of those
  // watched who are known; of everybody, of the latest 20.
  virtual std::unique_ptr<Watch> Subscribe(std::string site, std::string visitor) = 0;
  // Those seen last, the latest first, at most 100.
  virtual std::vector<RecentVisitor> Recent() = 0;
};

}  // namespace vinkki::engine
