// The file of decisions of `vinkki replay`: whole, or not there. It is written beside its place
// until it is; a device or a pipe (and "-", standard output) is written as it is.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace vinkki::cmd {

// Used by one thread. Without a path it takes nothing. What is not finished is removed.
class DecisionsFile {
 public:
  explicit DecisionsFile(std::string path);
  DecisionsFile(const DecisionsFile&) = delete;
  DecisionsFile& operator=(const DecisionsFile&) = delete;
  ~DecisionsFile();

  Status Open();
  bool wanted() const { return file_ != nullptr; }
  // Requires that it is wanted. Whether it could be written is said by Finish.
  void Write(std::string_view lines);
  // Requires that it is wanted; nothing is written after it.
  Status Finish();

 private:
  std::string path_;
  std::string part_;  // where it is until it is whole; empty: nowhere else
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  bool good_ = true;
};

}  // namespace vinkki::cmd
