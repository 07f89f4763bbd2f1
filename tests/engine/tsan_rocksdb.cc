// The thread sanitizer does not see into Debian's librocksdb, which is built without it: how its
// skip list hands rows from writer to reader (release and acquire) is invisible, and what it then
// compares or copies (a writer's batch into its leader's) looks like a race. What runs inside it is
// left out; what runs in our code is not.
#if defined(__SANITIZE_THREAD__)
#define VINKKI_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VINKKI_TSAN 1
#endif
#endif

#ifdef VINKKI_TSAN
extern "C" const char* __tsan_default_suppressions();  // NOLINT
extern "C" const char* __tsan_default_suppressions() {
  return "called_from_lib:librocksdb.so\nrace:rocksdb::\n";
}
#endif
