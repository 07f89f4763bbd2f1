// The stored form of a source's block (state_codec.cc). Decoding checks everything.
#pragma once

#include <string>
#include <string_view>

#include "rules/state.h"

namespace vinkki::rules {

void EncodeBlock(const Code& code, uint32_t source, Millis base, const BlockStore& blocks,
                 std::string* out);

// False: broken bytes. Sets short_of_room when the block was written by a program that kept less
// than this one needs, and may have let something go.
bool DecodeBlock(const Code& code, uint32_t source, Millis base, std::string_view bytes,
                 BlockStore* blocks, bool* short_of_room);

}  // namespace vinkki::rules
