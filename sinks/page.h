// Takes offers from the outbox (sink "page") to the visitor's open pages, as server-sent events.
// Entry point: PageSink.
//
// A row is pushed as soon as it is read. Written to at least one stream, it is done and removed. No
// stream: it waits, known by visitor, until one opens or it expires. So an offer reaches the page
// at least once; one that was written is not pushed again, even if the page was left before it was
// seen (then no offer_shown comes back, which the rules can see).
//
// Memory: an index entry for each waiting row; its payload stays in the outbox and is read again
// when a stream opens, so that a row erased in between is never sent.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/offer_stream.h"
#include "engine/outbox.h"
#include "sinks/sink.h"

namespace vinkki::sinks {

class PageSink final : public Sink {
 public:
  // Registers itself with streams->OnOpen, so make it before the collector starts. All arguments
  // outlive the sink; the collector's threads must have ended before the sink is destroyed.
  PageSink(engine::Outbox* outbox, OfferStreams* streams, const Clock* clock, Metrics* metrics);
  ~PageSink() override;  // stops first

  void Start() override;
  void Stop() override;

 private:
  class Worker;
  std::unique_ptr<Worker> worker_;
};

}  // namespace vinkki::sinks
