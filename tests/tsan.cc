// What every test program has under the thread sanitizer, and nothing otherwise.
//
// C11's threads, made of POSIX ones: Debian's librdkafka uses thrd_create, mtx_lock and so on from
// glibc, which the sanitizer does not know: it crashes in such a thread, and would not see the
// order that the locks make. These definitions take glibc's place in the test program. glibc's own
// are the same casts.
#if defined(__SANITIZE_THREAD__)
#define VINKKI_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VINKKI_TSAN 1
#endif
#endif

#ifdef VINKKI_TSAN
#include <pthread.h>

#include <cerrno>
#include <memory>

namespace {

// The values and types of <threads.h>, which is not included: whether its functions may throw
// differs between versions. glibc's mtx_t, cnd_t and thrd_t are these POSIX types by another name.
constexpr int kSuccess = 0, kError = 2, kTimedOut = 4;  // thrd_*
constexpr int kRecursive = 1;                           // mtx_recursive

struct Call {
  int (*function)(void*);
  void* argument;
};

void* Run(void* raw) {
  const std::unique_ptr<Call> call(static_cast<Call*>(raw));
  call->function(call->argument);
  return nullptr;
}

int Code(int posix) { return posix == 0 ? kSuccess : posix == ETIMEDOUT ? kTimedOut : kError; }

}  // namespace

extern "C" {

int thrd_create(pthread_t* thread, int (*function)(void*), void* argument) {
  return Code(pthread_create(thread, nullptr, Run, new Call{function, argument}));
}
int thrd_join(pthread_t thread, int* result) {
  if (result != nullptr) *result = 0;
  return Code(pthread_join(thread, nullptr));
}

int mtx_init(pthread_mutex_t* mutex, int type) {
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  if ((type & kRecursive) != 0) pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
  return Code(pthread_mutex_init(mutex, &kind));
}
int mtx_lock(pthread_mutex_t* mutex) { return Code(pthread_mutex_lock(mutex)); }
int mtx_unlock(pthread_mutex_t* mutex) { return Code(pthread_mutex_unlock(mutex)); }
void mtx_destroy(pthread_mutex_t* mutex) { pthread_mutex_destroy(mutex); }

int cnd_init(pthread_cond_t* c) { return Code(pthread_cond_init(c, nullptr)); }
int cnd_signal(pthread_cond_t* c) { return Code(pthread_cond_signal(c)); }
int cnd_broadcast(pthread_cond_t* c) { return Code(pthread_cond_broadcast(c)); }
int cnd_wait(pthread_cond_t* c, pthread_mutex_t* m) { return Code(pthread_cond_wait(c, m)); }
int cnd_timedwait(pthread_cond_t* c, pthread_mutex_t* m, const timespec* until) {
  return Code(pthread_cond_timedwait(c, m, until));
}
void cnd_destroy(pthread_cond_t* c) { pthread_cond_destroy(c); }

// Debian's libraries are built without the sanitizer. How librdkafka counts references and how
// RocksDB's skip list hands rows from writer to reader is invisible to it, and what they then free
// or copy looks like a race; so does a lock of librdkafka's that one thread made and another found
// without the sanitizer seeing how. Only their own calls are left out, not our callbacks.
const char* __tsan_default_suppressions() {
  return "called_from_lib:librdkafka.so\nrace:^mtx_\n"
         "called_from_lib:librocksdb.so\nrace:rocksdb::\n";
}

}  // extern "C"
#endif
