// Preloaded into a server (cpu.py): an fsync that takes FSYNC_US microseconds (default 280) and does
// nothing, for comparisons on a machine whose disk others use as well. Never for real data.
//   cc -O2 -shared -fPIC -o slow_fsync.so bench/slow_fsync.c
#include <stdlib.h>
#include <time.h>

int fdatasync(int file) {
  (void)file;
  const char* text = getenv("FSYNC_US");
  const long us = text != NULL ? atol(text) : 280;
  const struct timespec wait = {us / 1000000, us % 1000000 * 1000};
  nanosleep(&wait, NULL);
  return 0;
}

int fsync(int file) { return fdatasync(file); }
