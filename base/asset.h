// A file that the build put into the program (cmake/Embed.cmake), with its compressed forms.
//
// Written by the build: std::span<const Asset> SomeAssets(), sorted by path.
#pragma once

#include <span>
#include <string_view>

namespace vinkki {

struct Asset {
  std::string_view path;          // from the embedded folder: "product/index.html"
  std::string_view content_type;  // with charset where it is text
  std::string_view etag;          // strong, with its quotes; of the identity form
  std::string_view identity;
  std::string_view gzip;    // empty where it would save nothing
  std::string_view brotli;  // empty where it would save nothing
};

inline const Asset* FindAsset(std::span<const Asset> assets, std::string_view path) {
  for (const Asset& asset : assets) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

}  // namespace vinkki
