// The seam between the sink that delivers offers to pages (sinks/sse) and the open streams
// (collector), which never meet: main hands one to the other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace vinkki {

// Implemented by the collector. Thread-safe, never blocks.
class OfferStreams {
 public:
  virtual ~OfferStreams() = default;
  // Writes one server-sent event to every open stream of the visitor. `written` is called, from any
  // thread, with whether at least one stream took the bytes.
  virtual void Push(std::string_view site, std::string_view visitor, std::string_view event_name,
                    std::string_view id, std::string_view data,
                    std::function<void(bool)> written) = 0;
  // Called, from an I/O thread, whenever a visitor opens a stream. Set before the collector starts.
  virtual void OnOpen(std::function<void(std::string_view site, std::string_view visitor)> f) = 0;
};

}  // namespace vinkki
