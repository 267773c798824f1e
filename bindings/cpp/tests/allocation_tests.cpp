// The promise of predict_into: this layer allocates nothing if the call succeeds.
#include "check.hpp"
#include "loans.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<long> allocations{0};
}

// Replaces the allocation of the whole test program to count it.
void *operator new(std::size_t size) {
  ++allocations;
  if (void *memory = std::malloc(size != 0 ? size : 1)) {
    return memory;
  }
  throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, std::size_t) noexcept { std::free(memory); }

TEST("predict_into allocates nothing in this layer") {
  const equipoise::Model model = tuned_model(loans(100), 1);
  const float features[2] = {0.5F, 0.5F};
  float score[1] = {0};
  model.predict_into(features, score);
  const long before = allocations;
  for (int repeat = 0; repeat < 100; ++repeat) {
    model.predict_into(features, score);
  }
  CHECK(allocations == before);
}
