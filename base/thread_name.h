// Names the calling thread, for top -H, perf and gdb.
#pragma once

#include <pthread.h>

#include <string>

namespace vinkki {

// At most 15 bytes are kept.
inline void NameThread(const std::string& name) {
  (void)pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
}

}  // namespace vinkki
