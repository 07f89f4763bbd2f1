#include <cstdio>

#include "cmd/commands.h"

namespace vinkki::cmd {

int Complain(const Status& status) {
  std::fprintf(stderr, "vinkki: %s\n", status.message().c_str());
  return status.code() == Code::kInvalid ? 1 : 2;
}

}  // namespace vinkki::cmd
