// Errors as values. Every fallible function returns a Status or a Result<T>; a library's
// exceptions end in the .cc that wraps it. A message says what was found, where, and what to do.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace vinkki {

enum class Code {
  kOk,
  kInvalid,      // the input is wrong; trying again will not help
  kNotFound,     // what was asked for does not exist
  kConflict,     // somebody else holds it: a data folder or a port in use
  kUnavailable,  // not now; trying again may help
  kCorrupt,      // stored bytes are not what was written
  kInternal,     // a library or the system failed
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status Ok() { return {}; }
  static Status Invalid(std::string m) { return {Code::kInvalid, std::move(m)}; }
  static Status NotFound(std::string m) { return {Code::kNotFound, std::move(m)}; }
  static Status Conflict(std::string m) { return {Code::kConflict, std::move(m)}; }
  static Status Unavailable(std::string m) { return {Code::kUnavailable, std::move(m)}; }
  static Status Corrupt(std::string m) { return {Code::kCorrupt, std::move(m)}; }
  static Status Internal(std::string m) { return {Code::kInternal, std::move(m)}; }

  bool ok() const { return code_ == Code::kOk; }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

// Either a T or the Status that says why there is none. value() requires ok().
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}                                  // NOLINT
  Result(Status status) : status_(std::move(status)) { assert(!status_.ok()); }  // NOLINT

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return std::move(*value_); }
  T& operator*() & { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace vinkki

#define VINKKI_RETURN_IF_ERROR(expr)                       \
  do {                                                     \
    if (::vinkki::Status s_ = (expr); !s_.ok()) return s_; \
  } while (0)
