#include "cmd/packs.h"

#include <span>

#include "base/asset.h"

namespace vinkki::cmd {

std::span<const Asset> PackAssets();  // made by the build (CMakeLists.txt)

std::vector<rules::SourceFile> BuiltInPacks() {
  std::vector<rules::SourceFile> files;
  for (const Asset& asset : PackAssets()) {
    files.push_back({std::string(asset.path), std::string(asset.identity)});
  }
  return files;
}

}  // namespace vinkki::cmd
