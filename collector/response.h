// The bytes of answers. Nothing here allocates beyond the growth of the string appended to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "collector/admission.h"
#include "collector/decode.h"
#include "collector/reject.h"

namespace vinkki::collector {

// What an answer's head depends on apart from its route.
struct AnswerStyle {
  const Origin* origin = nullptr;  // CORS lines, if any
  bool keep_alive = true;
  bool http10 = false;
  bool head_only = false;  // HEAD
  std::string_view date;   // DateLine's
};

// "Date: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
std::string DateLine(Millis now);

// `lines`: more header lines, each with its CRLF. An empty body has no Content-Length with 204/304.
void AppendAnswer(std::string* out, const AnswerStyle& style, int status, std::string_view lines,
                  std::string_view body);

// problem+json; `places` (may be empty) are the refused events. 503 and 429 get Retry-After,
// 401 a challenge.
void AppendProblem(std::string* out, const AnswerStyle& style, const Problem& problem,
                   const std::vector<Refused>* places = nullptr, std::string_view lines = {});

}  // namespace vinkki::collector
