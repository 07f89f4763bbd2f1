#include "sinks/sink.h"

namespace vinkki::sinks {

SinkSeries::SinkSeries(Metrics* metrics, const std::string& sink)
    : delivered(metrics->GetCounter("vinkki_sink_delivered_total",
                                    "Outbox rows that the other side has for certain",
                                    {{"sink", sink}})),
      retries(metrics->GetCounter("vinkki_sink_retries_total", "Outbox rows that were sent again",
                                  {{"sink", sink}})),
      dropped(metrics->GetCounter("vinkki_sink_dropped_total",
                                  "Outbox rows that were given up: expired, or refused for good",
                                  {{"sink", sink}})),
      lag(metrics->GetGauge("vinkki_outbox_lag_rows", "Rows of the outbox that wait for a sink",
                            {{"sink", sink}})),
      up(metrics->GetGauge("vinkki_sink_up", "1 when the other side of the sink answers, else 0",
                           {{"sink", sink}})) {}

}  // namespace vinkki::sinks
