// libfyaml 0.7.12 loses a buffer, 512 bytes to 4 kB, of some quoted texts with doubled quotes
// (unclosed ones, or nothing but quotes). It is read whenever a file is, which is seldom.
#pragma once

extern "C" __attribute__((used)) inline const char* __lsan_default_suppressions() {
  return "leak:libfyaml";
}
