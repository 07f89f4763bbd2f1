#include "collector/ndjson.h"

#include <algorithm>

#include "collector/plain_line.h"

namespace vinkki::collector {

bool LineReader::Next(std::string_view* line, uint32_t* number) {
  while (!left_.empty()) {
    const size_t end = std::min(left_.find('\n'), left_.size());
    *line = left_.substr(0, end);
    left_.remove_prefix(std::min(end + 1, left_.size()));
    ++number_;
    if (line->ends_with('\r')) line->remove_suffix(1);
    if (line->find_first_not_of(" \t") == std::string_view::npos) continue;
    *number = number_;
    return true;
  }
  return false;
}

bool LineReader::NextPlain(LineEvent* out, uint32_t* number) {
  const size_t size = TakePlainLine(left_, out);
  if (size == 0) return false;
  left_.remove_prefix(size);
  *number = ++number_;
  return true;
}

bool NdjsonReader::Next(LineEvent* out, uint32_t* number, Problem* problem) {
  if (lines_.NextPlain(out, number)) {
    *problem = {};
    return true;
  }
  std::string_view line;
  if (!lines_.Next(&line, number)) return false;
  *problem = decoder_.DecodeAny(line, out);
  return true;
}

Problem NdjsonDecoder::Decode(std::string_view line, LineEvent* out) {
  if (ReadPlainLine(line, out)) return {};
  return DecodeAny(line, out);
}

Problem NdjsonDecoder::DecodeAny(std::string_view line, LineEvent* out) {
  if (line.size() > kMaxLine) {
    return {Reason::kLineTooLong, std::to_string(line.size()) + " bytes"};
  }
  padded_.assign(line);
  padded_.append(kPadding, '\0');
  return decoder_.DecodeLine({padded_.data(), line.size()}, out);
}

void BatchSplitter::Begin(Open* open, std::string_view site, std::string_view visitor,
                          bool history) {
  BatchHeader header;
  header.consent = Consent::kFull;  // the shop's server vouches for it
  header.via_server = false;        // events say so one by one
  header.history = history;
  header.received = options_.received;
  open->writer.Begin(site, visitor, header);
  open->at = done_.size();
  done_.emplace_back();
}

Problem BatchSplitter::Add(const LineEvent& event) {
  const std::string_view site = event.site.empty() ? options_.site : event.site;
  if (site.empty() && options_.need_site) return {Reason::kMissingField, "\"site\" is missing"};
  if (options_.only_site && site != options_.site) {
    return {Reason::kWrongSite, "\"" + std::string(site) + "\""};
  }
  const Millis at = std::min(event.at, options_.received);
  const bool history = options_.lateness && at < options_.received - *options_.lateness;
  key_.assign(site).push_back('\0');
  key_.append(event.visitor).push_back('\0');
  key_.push_back(history ? '0' : '1');
  auto [it, fresh] = open_.try_emplace(key_);
  Open& open = it->second;
  if (!fresh && (open.writer.count() == kBatchEvents || open.writer.size() > kBatchBytes)) {
    done_[open.at] = open.writer.Finish();
    fresh = true;
  }
  if (fresh) Begin(&open, site, event.visitor, history);
  open.writer.BeginEvent(at - options_.received, event.name, event.via_server, event.id);
  event.props.AppendTo(&open.writer);
  open.writer.EndEvent();
  return {};
}

std::vector<Batch> BatchSplitter::Finish() {
  for (auto& [key, open] : open_) done_[open.at] = open.writer.Finish();
  open_.clear();
  std::stable_partition(done_.begin(), done_.end(), [](const Batch& batch) {
    return BatchReader(batch.bytes()).header().history;
  });
  return std::move(done_);
}

}  // namespace vinkki::collector
