// One HTTP/1.1 request's head and body framing: Beast's parser for the grammar, with what Beast
// lets pass and RFC 9112 does not refused before and after it (bare LF, folded lines, two lengths,
// encodings other than chunked), because a proxy in front may read those differently.
//
//   head = request-line CRLF *(field CRLF) CRLF      ; at most header_limit bytes
//   body = Content-Length bytes | chunks, trailers read over
//
// Threads: belongs to its connection. Nothing is allocated for a request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "collector/boost.h"
#include "collector/reject.h"

namespace vinkki::collector {

enum class Method : uint8_t { kGet, kHead, kPost, kOptions, kOther };

// A piece of the head, by place, so that the head can be moved.
struct Slice {
  uint32_t at = 0;
  uint32_t size = 0;
};

// What the routes need of a head. Texts are views into the head's bytes.
struct Request {
  Method method = Method::kOther;
  bool http10 = false;
  bool keep_alive = true;
  bool has_origin = false;
  bool privacy_signal = false;  // Sec-GPC or DNT
  bool expects_continue = false;
  bool chunked = false;
  uint64_t content_length = 0;

  std::string_view target() const { return View(target_); }
  std::string_view path() const { return target().substr(0, target().find('?')); }
  std::string_view query() const;  // behind the '?'
  std::string_view origin() const { return View(origin_); }
  std::string_view cookie_visitor() const { return View(cookie_visitor_); }
  std::string_view content_type() const { return View(content_type_); }
  std::string_view content_encoding() const { return View(content_encoding_); }
  std::string_view accept_encoding() const { return View(accept_encoding_); }
  std::string_view authorization() const { return View(authorization_); }
  std::string_view if_none_match() const { return View(if_none_match_); }
  std::string_view forwarded_for() const { return View(forwarded_for_); }  // the last such field

 private:
  friend class RequestParser;
  std::string_view View(Slice s) const { return {head_ + s.at, s.size}; }

  const char* head_ = nullptr;
  Slice target_, origin_, cookie_visitor_, content_type_, content_encoding_, accept_encoding_,
      authorization_, if_none_match_, forwarded_for_;
};

// How far the head in `bytes` goes. kBad: refuse and close. *scanned is kept between calls.
enum class HeadScan : uint8_t { kIncomplete, kComplete, kBad };
HeadScan ScanHead(std::string_view bytes, size_t* scanned, size_t* end);

// One for each request.
class RequestParser : private http::basic_parser<true> {
 public:
  RequestParser();

  // Reads a complete head (ScanHead's). Views point into it until Rebase.
  Problem ReadHead(std::string_view head);
  // The head's bytes are now at `head`.
  void Rebase(const char* head) { request_.head_ = head; }
  std::string_view head() const { return {request_.head_, head_size_}; }
  const Request& request() const { return request_; }

  // Chunked bodies only: appends what is decoded to *body and returns how many bytes were used.
  // kBodyTooLarge past `limit`.
  size_t ReadChunks(std::string_view bytes, size_t limit, std::string* body, Problem* problem);
  bool chunks_done() const { return is_done(); }

 private:
  using BeastView = boost::beast::string_view;

  void on_request_impl(http::verb method, BeastView method_text, BeastView target, int version,
                       error_code& ec) override;
  void on_response_impl(int, BeastView, int, error_code&) override {}
  void on_field_impl(http::field field, BeastView name, BeastView value, error_code& ec) override;
  void on_header_impl(error_code& ec) override;
  void on_body_init_impl(boost::optional<uint64_t> const&, error_code&) override {}
  size_t on_body_impl(BeastView body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(uint64_t size, BeastView extensions, error_code& ec) override;
  size_t on_chunk_body_impl(uint64_t, BeastView body, error_code& ec) override;
  void on_finish_impl(error_code&) override {}

  Slice SliceOf(BeastView value) const;
  // Fields that decide how the body is framed; false: refuse.
  bool TakeFraming(http::field field, std::string_view value);
  bool TakeOnce(http::field field, BeastView value);

  Request request_;
  size_t head_size_ = 0;
  bool head_done_ = false;
  bool has_host_ = false;
  bool has_length_ = false;
  std::string* body_ = nullptr;
  size_t body_limit_ = 0;
};

}  // namespace vinkki::collector
