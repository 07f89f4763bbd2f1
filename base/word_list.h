// Short numbers for the words that come again and again, the names of events and of properties: in
// memory only, where some millions of events say them.
//
//   word = number:u8        ; below 128
//        | 255:u8 text      ; spelled out: it is long, or one of too many
//
// Owned by one thread while words are put; read by any afterwards.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace vinkki {

class WordList {
 public:
  static constexpr uint8_t kSpelledOut = 255;

  WordList() { slots_.fill(kSpelledOut); }
  WordList(const WordList&) = delete;
  WordList& operator=(const WordList&) = delete;

  // The word's number, a new one if need be; kSpelledOut: it has none.
  uint8_t NumberOf(std::string_view word) {
    if (word.size() > kLongest) return kSpelledOut;
    const Letters letters(word);
    size_t i = letters.Slot();
    for (; slots_[i] != kSpelledOut; i = (i + 1) % kSlots) {
      if (words_[slots_[i]].letters == letters) return slots_[i];
    }
    return Add(word, letters, i);
  }
  std::string_view Read(ByteReader* reader) const {
    const uint8_t number = reader->Byte();
    if (number < kMost && number < count_) {
      return {words_[number].text.data(), words_[number].letters.size};
    }
    if (number != kSpelledOut) reader->Fail();
    return reader->Text();
  }

 private:
  static constexpr size_t kLongest = 16;
  static constexpr size_t kMost = 128;
  static constexpr size_t kSlots = 2 * kMost;

  // All of a word that is not too long: its beginning and its end meet, or overlap.
  struct Letters {
    explicit Letters(std::string_view word) : size(word.size()) {
      if (size >= 8) {
        Ends<uint64_t>(word);
      } else if (size >= 4) {
        Ends<uint32_t>(word);
      } else if (size > 0) {
        Ends<uint8_t>(word);
        first = first << 8 | static_cast<uint8_t>(word[size / 2]);
      }
    }
    Letters() = default;
    template <typename Piece>
    void Ends(std::string_view word) {
      Piece piece;
      std::memcpy(&piece, word.data(), sizeof piece);
      first = piece;
      std::memcpy(&piece, word.data() + word.size() - sizeof piece, sizeof piece);
      last = piece;
    }
    size_t Slot() const {
      constexpr uint64_t kOdd = 0x9fb21c651e98df25;
      return ((first * kOdd ^ last) * kOdd + size) >> 40 & (kSlots - 1);
    }
    friend bool operator==(const Letters&, const Letters&) = default;

    uint64_t first = 0, last = 0;
    size_t size = 0;
  };
  struct Word {
    Letters letters;
    std::array<char, kLongest> text = {};
  };

  uint8_t Add(std::string_view word, const Letters& letters, size_t slot) {
    if (count_ == kMost) return kSpelledOut;
    words_[count_].letters = letters;
    word.copy(words_[count_].text.data(), word.size());
    return slots_[slot] = static_cast<uint8_t>(count_++);
  }

  std::array<uint8_t, kSlots> slots_;  // of words_; kSpelledOut: free
  std::array<Word, kMost> words_;
  size_t count_ = 0;
};

}  // namespace vinkki
