// Who may send: sites by key, origin and secret. Immutable after Make; any thread.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "collector/collector.h"

namespace vinkki::collector {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const { return std::hash<std::string_view>()(s); }
};

// An origin that some site lists, with the answer's header lines that let its pages read answers.
struct Origin {
  std::string text;
  std::string cors;  // complete lines, each with its CRLF
};

class Admission {
 public:
  // kInvalid: a key twice, empty or with control characters; a secret that two sites share; an
  // origin that no browser would send.
  static Result<Admission> Make(std::vector<Site> sites);

  // nullptr: no such site, or no site lists the origin.
  const Site* Find(std::string_view key) const;
  const Origin* FindOrigin(std::string_view origin) const;
  // The site of "Bearer <secret>", compared in constant time; nullptr: none.
  const Site* FindSecret(std::string_view authorization) const;

  static bool Lists(const Site& site, std::string_view origin);

 private:
  std::deque<Site> sites_;
  std::unordered_map<std::string, const Site*, TextHash, std::equal_to<>> by_key_;
  std::unordered_map<std::string, Origin, TextHash, std::equal_to<>> origins_;
};

}  // namespace vinkki::collector
