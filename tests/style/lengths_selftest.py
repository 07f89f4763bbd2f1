#!/usr/bin/env python3
"""lengths.py counts what it is there to count."""
import lengths

CODE = """// a comment with a brace {
#define X(a) do { \\
  a; } while (0)
namespace vinkki {
namespace {
constexpr int kA[] = {1, 2};
const std::vector<Row> kRows{{1, "}"}, {2, "{"}};
struct S {
  int size() const { return 1; }
  S() : a_{1}, b_(2) {
    Go();
  }
  int a_ = 0;
};
enum class E { kA, kB };

template <typename T>
bool Long(T a,
          int b) {
  const auto f = [&](int x) {
    return x;
  };
  if (f(1)) {
    return a == '{';
  }
  return b;
}

Operand Of(int a) noexcept { return {}; }
auto Tail() -> int { return 1'000; }
}  // namespace
}  // namespace vinkki
"""


SCRIPT = """// a comment
const short = (a) => a + 1;
const long = (
  a,
) => {
  listen("click", ({ target }) => {
    if (target) {
      go();
    }
  });
  for (const a of b) {
    go();
  }
};
const things = {
  one(w, about) {
    w();
  },
  async "two"() {
    w();
  },
};
export function three(a) {
  return function () {
    return a;
  };
}
"""


def main():
    found = list(lengths.functions(CODE))
    assert found == [(9, 1), (10, 3), (17, 11), (29, 1), (30, 1)], found
    long_one = "void F() {\n" + "  Go();\n" * 60 + "}\n"
    assert [lines for _, lines in lengths.functions(long_one)] == [62]
    found = list(lengths.js_functions(SCRIPT))
    assert found == [(5, 10), (6, 5), (16, 3), (19, 3), (23, 5), (24, 3)], found
    assert not lengths.told("functions", [(62, "a.cc:1")], 40)


if __name__ == "__main__":
    main()
