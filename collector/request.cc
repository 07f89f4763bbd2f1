#include "collector/request.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>

#include "collector/identity.h"

namespace vinkki::collector {
namespace {

constexpr size_t kMaxChunkHeader = 256;  // a chunk's size line, or all trailers together

std::string_view ViewOf(boost::beast::string_view s) { return {s.data(), s.size()}; }

bool EqualIgnoringCase(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() &&
         std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? x + ('a' - 'A') : x) == y;
         });
}

bool AllDigits(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Method MethodOf(http::verb verb) {
  switch (verb) {
    case http::verb::get: return Method::kGet;
    case http::verb::head: return Method::kHead;
    case http::verb::post: return Method::kPost;
    case http::verb::options: return Method::kOptions;
    default: return Method::kOther;
  }
}

Problem Malformed(std::string_view what) { return {Reason::kBadRequest, std::string(what)}; }

}  // namespace

std::string_view Request::query() const {
  const size_t at = target().find('?');
  return at == std::string_view::npos ? std::string_view() : target().substr(at + 1);
}

HeadScan ScanHead(std::string_view bytes, size_t* scanned, size_t* end) {
  // *scanned is behind the last LF that was looked at, and so at the beginning of a line.
  for (;;) {
    const size_t line = *scanned;
    if (line < bytes.size() && (bytes[line] == ' ' || bytes[line] == '\t')) return HeadScan::kBad;
    const void* found = std::memchr(bytes.data() + line, '\n', bytes.size() - line);
    if (found == nullptr) return HeadScan::kIncomplete;
    const size_t lf = static_cast<size_t>(static_cast<const char*>(found) - bytes.data());
    if (lf == line || bytes[lf - 1] != '\r') return HeadScan::kBad;
    *scanned = lf + 1;
    if (lf - 1 == line) {
      *end = lf + 1;
      return line == 0 ? HeadScan::kBad : HeadScan::kComplete;
    }
  }
}

RequestParser::RequestParser() {
  header_limit(1u << 20);                              // the connection counts; see ScanHead
  body_limit((std::numeric_limits<uint64_t>::max)());  // ours is the route's
  eager(false);
}

Problem RequestParser::ReadHead(std::string_view head) {
  request_.head_ = head.data();
  head_size_ = head.size();
  error_code ec;
  const size_t used = put(net::const_buffer(head.data(), head.size()), ec);
  if (ec) return Malformed("the head: " + ec.message());
  if (used != head.size()) return Malformed("the head ends too early");
  if (!request_.http10 && !has_host_) return Malformed("no Host");
  if (request_.http10 && request_.chunked) return Malformed("chunks in HTTP/1.0");
  return {};
}

void RequestParser::on_request_impl(http::verb method, BeastView, BeastView target, int version,
                                    error_code& ec) {
  request_.method = MethodOf(method);
  request_.http10 = version == 10;
  if (target.empty() || (target[0] != '/' && ViewOf(target) != "*")) {
    ec = http::error::bad_target;
    return;
  }
  request_.target_ = SliceOf(target);
}

Slice RequestParser::SliceOf(BeastView value) const {
  if (value.empty()) return {};
  assert(value.data() >= request_.head_);
  return {static_cast<uint32_t>(value.data() - request_.head_),
          static_cast<uint32_t>(value.size())};
}

bool RequestParser::TakeFraming(http::field field, std::string_view value) {
  if (field == http::field::content_length) {
    if (has_length_ || request_.chunked || !AllDigits(value)) return false;
    has_length_ = true;
    return true;
  }
  if (has_length_ || request_.chunked || !EqualIgnoringCase(value, "chunked")) return false;
  request_.chunked = true;
  return true;
}

// Fields that may stand once only, because two would be read differently by different readers.
bool RequestParser::TakeOnce(http::field field, BeastView value) {
  Slice* slot = field == http::field::origin             ? &request_.origin_
                : field == http::field::content_type     ? &request_.content_type_
                : field == http::field::content_encoding ? &request_.content_encoding_
                                                         : &request_.authorization_;
  if (slot->size != 0) return false;
  *slot = SliceOf(value);
  if (field == http::field::origin) request_.has_origin = true;
  return true;
}

void RequestParser::on_field_impl(http::field field, BeastView name, BeastView value,
                                  error_code& ec) {
  if (head_done_) return;  // a trailer: says nothing here
  switch (field) {
    case http::field::content_length:
    case http::field::transfer_encoding:
      if (!TakeFraming(field, ViewOf(value))) ec = http::error::bad_content_length;
      return;
    case http::field::host:
      if (has_host_) ec = http::error::bad_field;
      has_host_ = true;
      return;
    case http::field::origin:
    case http::field::content_type:
    case http::field::content_encoding:
    case http::field::authorization:
      if (!TakeOnce(field, value)) ec = http::error::bad_field;
      return;
    case http::field::cookie: {
      const std::string_view visitor = VisitorOfCookie(ViewOf(value));
      if (!visitor.empty()) request_.cookie_visitor_ = SliceOf({visitor.data(), visitor.size()});
      return;
    }
    case http::field::accept_encoding: request_.accept_encoding_ = SliceOf(value); return;
    case http::field::if_none_match: request_.if_none_match_ = SliceOf(value); return;
    case http::field::expect:
      request_.expects_continue = EqualIgnoringCase(ViewOf(value), "100-continue");
      return;
    default: break;
  }
  const std::string_view text = ViewOf(name);
  if (EqualIgnoringCase(text, "x-forwarded-for")) request_.forwarded_for_ = SliceOf(value);
  if (EqualIgnoringCase(text, "sec-gpc") || EqualIgnoringCase(text, "dnt")) {
    if (value == "1") request_.privacy_signal = true;
  }
}

void RequestParser::on_header_impl(error_code&) {
  head_done_ = true;
  request_.keep_alive = keep_alive();
  request_.content_length = content_length().value_or(0);
}

void RequestParser::on_chunk_header_impl(uint64_t size, BeastView extensions, error_code& ec) {
  if (!extensions.empty() && size > 0) ec = http::error::bad_chunk_extension;  // nobody needs them
  if (size > body_limit_ - body_->size()) ec = http::error::body_limit;
}

size_t RequestParser::on_chunk_body_impl(uint64_t, BeastView body, error_code& ec) {
  if (body.size() > body_limit_ - body_->size()) {
    ec = http::error::body_limit;
    return 0;
  }
  body_->append(body.data(), body.size());
  return body.size();
}

size_t RequestParser::ReadChunks(std::string_view bytes, size_t limit, std::string* body,
                                 Problem* problem) {
  body_ = body;
  body_limit_ = limit;
  size_t used = 0;
  // Every chunk's data is followed by at least five bytes; with fewer, Beast 1.74 may assert.
  while (bytes.size() - used >= 5 && !is_done()) {
    error_code ec;
    const size_t before = body->size();
    const size_t n = put(net::const_buffer(bytes.data() + used, bytes.size() - used), ec);
    used += n;
    // A head that is there whole is no better than one of which the end is still to come.
    const size_t head = ec == http::error::need_more ? bytes.size() - used
                        : body->size() == before     ? n
                                                     : 0;
    if (head > kMaxChunkHeader) {
      *problem = Malformed("a chunk's head is too long");
      break;
    }
    if (ec == http::error::need_more) break;
    if (ec == http::error::body_limit) {
      *problem = {Reason::kBodyTooLarge, "more than " + std::to_string(limit) + " bytes"};
      break;
    }
    if (ec) {
      *problem = Malformed("the chunks: " + ec.message());
      break;
    }
  }
  return used;
}

}  // namespace vinkki::collector
