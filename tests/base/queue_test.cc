#include "base/queue.h"

#include <doctest/doctest.h>

#include <memory>
#include <thread>

namespace vinkki {
using std::chrono::milliseconds;

TEST_CASE("a full queue refuses and leaves the item alone") {
  BoundedQueue<std::unique_ptr<int>> q(100);
  CHECK(q.Push(std::make_unique<int>(1), 200));  // larger than the limit, but it is empty
  auto second = std::make_unique<int>(2);
  CHECK_FALSE(q.Push(std::move(second), 1));
  CHECK(second != nullptr);
  std::vector<std::unique_ptr<int>> out;
  CHECK(q.Drain(&out, milliseconds(0)));
  CHECK(out.size() == 1);
  CHECK(q.Push(std::move(second), 1));
  q.Close();
  CHECK_FALSE(q.Push(std::make_unique<int>(3), 1));
  CHECK(q.Drain(&out, milliseconds(0)));
  CHECK_FALSE(q.Drain(&out, milliseconds(0)));
}

TEST_CASE("nothing is lost or doubled between many producers and the consumer") {
  BoundedQueue<int> q(64);
  constexpr int kProducers = 4, kEach = 20'000;
  std::vector<std::thread> producers;
  for (int p = 0; p < kProducers; ++p) {
    producers.emplace_back([&q, p] {
      for (int i = 0; i < kEach; ++i) {
        while (!q.Push(p * kEach + i, 1)) std::this_thread::yield();
      }
    });
  }
  std::vector<int> next(kProducers, 0), out;
  size_t total = 0;
  while (total < size_t{kProducers} * kEach) {
    q.Drain(&out, milliseconds(1000));
    for (int item : out) {
      const int p = item / kEach;
      REQUIRE(item % kEach == next[p]);  // in order for each producer
      ++next[p];
    }
    total += out.size();
  }
  for (auto& t : producers) t.join();
}

}  // namespace vinkki
