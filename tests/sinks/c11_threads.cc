// Only under the thread sanitizer: C11's threads, made of POSIX ones.
//
// Debian's librdkafka uses thrd_create, mtx_lock and so on from glibc, which the sanitizer does not
// know: it crashes in such a thread, and would not see the order that the locks make. These
// definitions take glibc's place in the test program. glibc's own are the same casts.
#if defined(__SANITIZE_THREAD__)
#define VINKKI_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VINKKI_TSAN 1
#endif
#endif

#ifdef VINKKI_TSAN
#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <memory>

namespace {

static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t) && sizeof(cnd_t) == sizeof(pthread_cond_t));

struct Call {
  thrd_start_t function;
  void* argument;
};

void* Run(void* raw) {
  const std::unique_ptr<Call> call(static_cast<Call*>(raw));
  call->function(call->argument);
  return nullptr;
}

pthread_mutex_t* Posix(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* Posix(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }
int Code(int posix) {
  return posix == 0 ? thrd_success : posix == ETIMEDOUT ? thrd_timedout : thrd_error;
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  return Code(pthread_create(thread, nullptr, Run, new Call{function, argument}));
}
int thrd_join(thrd_t thread, int* result) {
  if (result != nullptr) *result = 0;
  return Code(pthread_join(thread, nullptr));
}

int mtx_init(mtx_t* mutex, int type) noexcept {
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  if ((type & mtx_recursive) != 0) pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
  return Code(pthread_mutex_init(Posix(mutex), &kind));
}
int mtx_lock(mtx_t* mutex) { return Code(pthread_mutex_lock(Posix(mutex))); }
int mtx_unlock(mtx_t* mutex) noexcept { return Code(pthread_mutex_unlock(Posix(mutex))); }
void mtx_destroy(mtx_t* mutex) noexcept { pthread_mutex_destroy(Posix(mutex)); }

int cnd_init(cnd_t* condition) noexcept {
  return Code(pthread_cond_init(Posix(condition), nullptr));
}
int cnd_signal(cnd_t* condition) noexcept { return Code(pthread_cond_signal(Posix(condition))); }
int cnd_broadcast(cnd_t* condition) noexcept {
  return Code(pthread_cond_broadcast(Posix(condition)));
}
int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return Code(pthread_cond_wait(Posix(condition), Posix(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return Code(pthread_cond_timedwait(Posix(condition), Posix(mutex), until));
}
void cnd_destroy(cnd_t* condition) noexcept { pthread_cond_destroy(Posix(condition)); }

// The library counts references with atomics that were not built with the sanitizer: what it frees
// after the last one looks like a race. Only its own calls are left out, not our callbacks.
const char* __tsan_default_suppressions() { return "called_from_lib:librdkafka.so\n"; }

}  // extern "C"
#endif
