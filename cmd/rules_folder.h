// Rules written into the folder that `serve` reads them from: all files of a set, or none.
//
// A set is first written into the hidden folder .vinkki-put.tmp, each file fsynced, with a manifest
// of the paths; renaming that to .vinkki-put is the moment from which the set is put. Then the
// files are moved to their places and those that the set does not have are removed. A crash before
// the rename leaves the old set, one after it is made good by FinishPut. Readers pass over names
// that begin with a dot.
//
//   manifest = line*        line n (from 0) is the path of the file that is called n
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "rules/load.h"

namespace vinkki::cmd {

// Ok when `path` may stand in a folder of rules: relative, of [A-Za-z0-9._-] and /, no part that
// begins with a dot, at most 200 bytes, ending in .yml or .yaml, no test. kInvalid says what is
// wrong.
Status CheckRulesPath(const std::string& path);

// Why nothing can be written there; empty: it can.
std::string WhyNotWritable(const std::string& folder);

// `files` are the set from now on. With kInternal before the rename nothing has changed; it says.
Status PutRulesFolder(const std::string& folder, const std::vector<rules::SourceFile>& files);
// What a crash left of PutRulesFolder. Ok when there is nothing.
Status FinishPut(const std::string& folder);

// One file, through a neighbour and a rename.
Status PutRulesFile(const std::string& path, const std::string& text);

}  // namespace vinkki::cmd
