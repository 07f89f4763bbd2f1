// The files that are served to pages: the script, its lazily loaded part and, in demo mode, the
// demo shop. All are embedded in the binary (cmake/Embed.cmake). Any thread.
//
//   /v1/vinkki.js          one minute, then revalidated by its ETag
//   /v1/offer.<hash>.js    a year, immutable; vinkki.js knows the 12 hex digits of its SHA-256
//   /demo/...              revalidated always; /demo/ and all pages, /demo/*.html, are index.html
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/asset.h"
#include "collector/admission.h"

namespace vinkki::collector {

struct ServedFile {
  const Asset* file = nullptr;
  bool demo = false;
  std::string lines;  // header lines of a 200 without Content-Encoding, and of a 304
};

class Assets {
 public:
  explicit Assets(bool demo);
  // nullptr: nothing at this path.
  const ServedFile* Find(std::string_view path) const;

  // The best of the forms that there are for an Accept-Encoding header; `*coding` is its name,
  // empty for identity.
  static std::string_view Choose(const ServedFile& served, std::string_view accept,
                                 std::string_view* coding);

 private:
  void Add(std::string path, const Asset* file, bool demo, std::string_view cache);

  std::unordered_map<std::string, ServedFile, TextHash, std::equal_to<>> by_path_;
};

}  // namespace vinkki::collector
