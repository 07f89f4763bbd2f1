#include "collector/response.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

#include "base/json_writer.h"

namespace vinkki::collector {
namespace {

constexpr size_t kMaxPlaces = 10;  // in the body of a 422

std::string_view StatusLine(int status) {
  switch (status) {
    case 200: return "HTTP/1.1 200 OK\r\n";
    case 204: return "HTTP/1.1 204 No Content\r\n";
    case 301: return "HTTP/1.1 301 Moved Permanently\r\n";
    case 304: return "HTTP/1.1 304 Not Modified\r\n";
    case 400: return "HTTP/1.1 400 Bad Request\r\n";
    case 401: return "HTTP/1.1 401 Unauthorized\r\n";
    case 403: return "HTTP/1.1 403 Forbidden\r\n";
    case 404: return "HTTP/1.1 404 Not Found\r\n";
    case 405: return "HTTP/1.1 405 Method Not Allowed\r\n";
    case 408: return "HTTP/1.1 408 Request Timeout\r\n";
    case 413: return "HTTP/1.1 413 Content Too Large\r\n";
    case 415: return "HTTP/1.1 415 Unsupported Media Type\r\n";
    case 422: return "HTTP/1.1 422 Unprocessable Content\r\n";
    case 429: return "HTTP/1.1 429 Too Many Requests\r\n";
    case 431: return "HTTP/1.1 431 Request Header Fields Too Large\r\n";
    case 503: return "HTTP/1.1 503 Service Unavailable\r\n";
    default: return "HTTP/1.1 500 Internal Server Error\r\n";
  }
}

void AppendNumber(std::string* out, size_t n) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, n).ptr;
  out->append(digits, static_cast<size_t>(end - digits));
}

}  // namespace

std::string DateLine(Millis now) {
  using namespace std::chrono;
  constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds time = floor<seconds>(sys_time<milliseconds>(milliseconds(now)));
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss<seconds> clock{time - day};
  char line[64];
  std::snprintf(line, sizeof line, "Date: %s, %02u %s %04d %02d:%02d:%02d GMT\r\n",
                kDays[weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return line;
}

void AppendAnswer(std::string* out, const AnswerStyle& style, int status, std::string_view lines,
                  std::string_view body) {
  out->append(StatusLine(status)).append(style.date);
  if (style.origin != nullptr) out->append(style.origin->cors);
  out->append(lines);
  if (status != 204 && status != 304) {
    out->append("Content-Length: ");
    AppendNumber(out, body.size());
    out->append("\r\n");
  }
  if (!style.keep_alive) {
    out->append("Connection: close\r\n");
  } else if (style.http10) {
    out->append("Connection: keep-alive\r\n");
  }
  out->append("\r\n");
  if (!style.head_only) out->append(body);
}

void AppendProblem(std::string* out, const AnswerStyle& style, const Problem& problem,
                   const std::vector<Refused>* places, std::string_view lines) {
  const ReasonInfo& info = Info(problem.reason);
  JsonWriter json;
  json.BeginObject().Key("type").Text("about:blank").Key("title").Text(info.title);
  json.Key("status").Whole(info.status).Key("code").Text(info.code);
  std::string detail = problem.detail;
  if (!detail.empty()) detail += ". ";
  json.Key("detail").Text(detail.append(info.advice));
  if (places != nullptr) {
    json.Key("errors").BeginArray();
    for (size_t i = 0; i < places->size() && i < kMaxPlaces; ++i) {
      const Refused& place = (*places)[i];
      json.BeginObject().Key("event").Whole(place.index);
      json.Key("code").Text(Info(place.reason).code).Key("detail").Text(place.detail).EndObject();
    }
    json.EndArray();
  }
  json.EndObject();
  std::string all = "Content-Type: application/problem+json\r\nCache-Control: no-store\r\n";
  if (info.status == 503 || info.status == 429) {
    all += "Retry-After: " + std::to_string(problem.retry_after) + "\r\n";
  }
  if (info.status == 401) all += "WWW-Authenticate: Bearer\r\n";
  AppendAnswer(out, style, info.status, all.append(lines), json.text());
}

}  // namespace vinkki::collector
