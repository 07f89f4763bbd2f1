#include "cmd/decisions_file.h"

#include <filesystem>
#include <utility>

namespace vinkki::cmd {

namespace fs = std::filesystem;

DecisionsFile::DecisionsFile(std::string path)
    : path_(std::move(path)), file_(nullptr, std::fclose) {}

DecisionsFile::~DecisionsFile() {
  file_.reset();
  if (!part_.empty()) std::remove(part_.c_str());
}

Status DecisionsFile::Open() {
  if (path_.empty()) return Status::Ok();
  if (path_ == "-") {
    file_ = {stdout, std::fflush};
    return Status::Ok();
  }
  std::error_code error;
  const fs::file_type kind = fs::status(path_, error).type();
  const bool beside = kind == fs::file_type::not_found || kind == fs::file_type::regular;
  const std::string to = beside ? path_ + ".part" : path_;
  file_.reset(std::fopen(to.c_str(), "wb"));
  if (!file_) return Status::Internal("cannot write '" + path_ + "'");
  if (beside) part_ = to;
  return Status::Ok();
}

void DecisionsFile::Write(std::string_view lines) {
  good_ &= std::fwrite(lines.data(), 1, lines.size(), file_.get()) == lines.size();
}

Status DecisionsFile::Finish() {
  good_ &= std::fflush(file_.get()) == 0;
  if (!good_) return Status::Internal("cannot write the decisions: is the disk full?");
  if (part_.empty()) return Status::Ok();
  file_.reset();
  if (std::rename(part_.c_str(), path_.c_str()) != 0) {
    return Status::Internal("cannot write '" + path_ + "'");
  }
  part_.clear();
  return Status::Ok();
}

}  // namespace vinkki::cmd
