#include "collector/assets.h"

#include <algorithm>

namespace vinkki::collector {

std::span<const Asset> BeaconAssets();  // cmake/Embed.cmake, of beacon/dist
std::span<const Asset> DemoAssets();    // of beacon/demo

namespace {

constexpr std::string_view kRevalidate = "no-cache";
constexpr std::string_view kShort = "public, max-age=60, must-revalidate";
constexpr std::string_view kForever = "public, max-age=31536000, immutable";

// Whether `accept` takes `coding`: named (or *) with a q that is not 0.
bool Accepts(std::string_view accept, std::string_view coding) {
  bool star = false;
  while (!accept.empty()) {
    const size_t end = std::min(accept.find(','), accept.size());
    std::string_view part = accept.substr(0, end);
    accept.remove_prefix(std::min(end + 1, accept.size()));
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    const size_t name_end = std::min(part.find_first_of("; "), part.size());
    const std::string_view name = part.substr(0, name_end);
    const size_t q = part.find("q=");
    const bool wanted = q == std::string_view::npos ||
                        part.substr(q + 2).find_first_of("123456789") == 0 ||
                        part.substr(q + 2).find_first_of("123456789") < 5;
    if (name == coding) return wanted;
    if (name == "*") star = wanted;
  }
  return star;
}

}  // namespace

Assets::Assets(bool demo) {
  for (const Asset& file : BeaconAssets()) {
    if (file.path != "offer.js") {
      Add("/v1/" + std::string(file.path), &file, false, kShort);
      continue;
    }
    const std::string hash(file.etag.substr(1, 12));  // behind the quote
    Add("/v1/offer." + hash + ".js", &file, false, kForever);
  }
  if (!demo) return;
  for (const Asset& file : DemoAssets()) {
    const bool page = file.path == "index.html";
    Add("/demo/" + (page ? "" : std::string(file.path)), &file, true, kRevalidate);
  }
}

void Assets::Add(std::string path, const Asset* file, bool demo, std::string_view cache) {
  ServedFile served{file, demo, {}};
  served.lines.append("Content-Type: ").append(file->content_type);
  served.lines.append("\r\nCache-Control: ").append(cache);
  served.lines.append("\r\nETag: ").append(file->etag);
  served.lines.append("\r\nVary: Accept-Encoding\r\nX-Content-Type-Options: nosniff\r\n");
  // Shops load the script from another origin, some under Cross-Origin-Embedder-Policy.
  if (!demo) {
    served.lines.append("Access-Control-Allow-Origin: *\r\n");
    served.lines.append("Cross-Origin-Resource-Policy: cross-origin\r\n");
  }
  by_path_.emplace(std::move(path), std::move(served));
}

const ServedFile* Assets::Find(std::string_view path) const {
  // The shop's pages are one file, whose script looks at the path.
  if (path.starts_with("/demo/") && path.ends_with(".html")) path = "/demo/";
  const auto it = by_path_.find(path);
  return it == by_path_.end() ? nullptr : &it->second;
}

std::string_view Assets::Choose(const ServedFile& served, std::string_view accept,
                                std::string_view* coding) {
  if (!served.file->brotli.empty() && Accepts(accept, "br")) {
    *coding = "br";
    return served.file->brotli;
  }
  if (!served.file->gzip.empty() && Accepts(accept, "gzip")) {
    *coding = "gzip";
    return served.file->gzip;
  }
  *coding = {};
  return served.file->identity;
}

}  // namespace vinkki::collector
