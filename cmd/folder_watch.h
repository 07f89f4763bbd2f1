// Tells when files below a folder may have changed (inotify): written and closed, moved in or out,
// made readable, removed, in subfolders too; the folder itself or one on the way to it replaced, or
// a link; links swapped, as Kubernetes does with `..data`. Editors that write a neighbour and
// rename it over are no special case. `path` may also be one file.
//
// Many changes at once are one call: it comes when nothing has happened for 100 ms, and after 1 s
// at the latest; but while one of the files is being written (copied over a slow line, say), when
// it is closed, for which 10 s are waited. Whoever is called looks at what is really there.
//
// One thread of its own; `changed` runs on it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/status.h"

namespace vinkki::cmd {

class FolderWatch {
 public:
  // kUnavailable: the system has no watch to give. Calls `changed` once at the start, for what
  // happened before.
  static Result<std::unique_ptr<FolderWatch>> Start(const std::string& path,
                                                    std::function<void()> changed);
  virtual ~FolderWatch() = default;  // waits for a call in progress
};

}  // namespace vinkki::cmd
