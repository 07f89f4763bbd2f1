// Memory for what is large and read in no order: on huge pages, if the system has some to give.
// With small ones nearly every access to it first looks for the page's address, in memory again.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace vinkki::engine {

// To be given back with std::free.
inline void* AllocateHuge(size_t bytes) {
  constexpr size_t kHugePage = 2u << 20;
  if (bytes < kHugePage) {
    if (void* at = std::malloc(bytes)) return at;
    throw std::bad_alloc();
  }
  const size_t rounded = (bytes + kHugePage - 1) / kHugePage * kHugePage;
  void* at = std::aligned_alloc(kHugePage, rounded);
  if (at == nullptr) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
  // Advice: where it is not taken, the pages are small ones.
  static_cast<void>(::madvise(at, rounded, MADV_HUGEPAGE));
#endif
  return at;
}

// For std::vector.
template <typename T>
struct HugeAllocator {
  using value_type = T;  // NOLINT(readability-identifier-naming): the standard names it
  HugeAllocator() = default;
  template <typename U>
  HugeAllocator(const HugeAllocator<U>&) {}  // NOLINT(google-explicit-constructor)
  T* allocate(size_t n) { return static_cast<T*>(AllocateHuge(n * sizeof(T))); }
  void deallocate(T* at, size_t) { std::free(at); }
  friend bool operator==(const HugeAllocator&, const HugeAllocator&) { return true; }
};

}  // namespace vinkki::engine
