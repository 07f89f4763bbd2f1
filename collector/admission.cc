#include "collector/admission.h"

#include <algorithm>

#include "base/hash.h"
#include "base/text.h"

namespace vinkki::collector {
namespace {

// "https://host" or "https://host:port", lower case, as browsers write it.
bool LooksLikeOrigin(std::string_view text) {
  const size_t scheme = text.find("://");
  if (scheme == std::string_view::npos || scheme == 0) return false;
  const std::string_view host = text.substr(scheme + 3);
  if (host.empty()) return false;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view(".-:[]_").find(c) != std::string_view::npos;
  });
}

std::string CorsLines(const std::string& origin) {
  return "Access-Control-Allow-Origin: " + origin +
         "\r\n"
         "Access-Control-Allow-Credentials: true\r\n"
         "Access-Control-Expose-Headers: Vinkki-Refused, Retry-After\r\n"
         "Vary: Origin\r\n";
}

Status CheckSite(const Site& site) {
  if (site.key.empty() || site.key.size() > 64 || HasControl(site.key) || !IsUtf8(site.key)) {
    return Status::Invalid("site \"" + site.key +
                           "\": a key is 1 to 64 bytes without control characters");
  }
  for (const std::string& origin : site.origins) {
    if (!LooksLikeOrigin(origin)) {
      return Status::Invalid("site " + site.key + ": origin \"" + origin +
                             "\" is not one; write it as https://shop.example, in lower case and "
                             "without a path");
    }
  }
  return Status::Ok();
}

}  // namespace

Result<Admission> Admission::Make(std::vector<Site> sites) {
  Admission out;
  for (Site& site : sites) {
    VINKKI_RETURN_IF_ERROR(CheckSite(site));
    if (out.Find(site.key) != nullptr) {
      return Status::Invalid("site " + site.key + " stands twice; remove one of them");
    }
    if (out.FindSecret("Bearer " + site.secret) != nullptr) {
      return Status::Invalid("site " + site.key +
                             " has the secret of another site; give each its own");
    }
    const Site* kept = &out.sites_.emplace_back(std::move(site));
    out.by_key_.emplace(kept->key, kept);
    for (const std::string& origin : kept->origins) {
      out.origins_.try_emplace(origin, Origin{origin, CorsLines(origin)});
    }
  }
  return out;
}

const Site* Admission::Find(std::string_view key) const {
  const auto it = by_key_.find(key);
  return it == by_key_.end() ? nullptr : it->second;
}

const Origin* Admission::FindOrigin(std::string_view origin) const {
  const auto it = origins_.find(origin);
  return it == origins_.end() ? nullptr : &it->second;
}

const Site* Admission::FindSecret(std::string_view authorization) const {
  constexpr std::string_view kBearer = "Bearer ";
  if (!authorization.starts_with(kBearer)) return nullptr;
  const std::string_view secret = authorization.substr(kBearer.size());
  const Site* found = nullptr;
  for (const Site& site : sites_) {
    if (!site.secret.empty() && SecretsEqual(site.secret, secret)) found = &site;
  }
  return found;
}

bool Admission::Lists(const Site& site, std::string_view origin) {
  return std::find(site.origins.begin(), site.origins.end(), origin) != site.origins.end();
}

}  // namespace vinkki::collector
