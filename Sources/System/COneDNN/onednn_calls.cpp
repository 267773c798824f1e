#include "include/onednn_calls.h"

#include <cstdlib>

// The linker's names of the C library's functions if it wraps them, otherwise null.
extern "C" void *__real_malloc(size_t) __attribute__((weak));
extern "C" void __real_free(void *) __attribute__((weak));

namespace {

// oneDNN (2.6) uses some of its objects without checking whether memory was available for them. Its
// allocations are smaller than this: if the heap has no room for it, oneDNN is not called.
bool has_room() noexcept {
  enum { BLOCKS = 16, BLOCK = 32 << 10 };
  void *blocks[BLOCKS];
  int count = 0;
  while (count < BLOCKS) {
    blocks[count] = __real_malloc ? __real_malloc(BLOCK) : std::malloc(BLOCK);
    if (blocks[count] == nullptr)
      break;
    count++;
  }
  bool all = count == BLOCKS;
  while (count > 0) {
    count--;
    if (__real_free)
      __real_free(blocks[count]);
    else
      std::free(blocks[count]);
  }
  return all;
}

// If memory runs out, oneDNN's cache keeps an unfulfilled promise for the unfinished object, on
// which later calls would wait. The cache is therefore cleared.
void forget_cached() noexcept {
  try {
    int capacity = 0;
    if (dnnl_get_primitive_cache_capacity(&capacity) == dnnl_success) {
      dnnl_set_primitive_cache_capacity(0);
      dnnl_set_primitive_cache_capacity(capacity);
    }
  } catch (...) {
  }
}

template <typename Call> dnnl_status_t contained(Call call) noexcept {
  try {
    return call();
  } catch (...) {
    forget_cached();
    return dnnl_out_of_memory;
  }
}

// The same for functions that create objects.
template <typename Call> dnnl_status_t making(Call call) noexcept {
  return has_room() ? contained(call) : dnnl_out_of_memory;
}

} // namespace

dnnl_status_t contained_engine_create(dnnl_engine_t *engine) {
  return making([&] { return dnnl_engine_create(engine, dnnl_cpu, 0); });
}

dnnl_status_t contained_stream_create(dnnl_stream_t *stream, dnnl_engine_t engine) {
  return making([&] { return dnnl_stream_create(stream, engine, dnnl_stream_default_flags); });
}

dnnl_status_t contained_stream_wait(dnnl_stream_t stream) {
  return contained([&] { return dnnl_stream_wait(stream); });
}

dnnl_status_t contained_attr_create(dnnl_primitive_attr_t *attributes) {
  return making([&] { return dnnl_primitive_attr_create(attributes); });
}

dnnl_status_t contained_attr_set_user_scratch(dnnl_primitive_attr_t attributes) {
  return contained([&] {
    return dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  });
}

dnnl_status_t contained_attr_append_relu(dnnl_primitive_attr_t attributes) {
  dnnl_post_ops_t operations = nullptr;
  dnnl_status_t status = making([&] {
    dnnl_status_t made = dnnl_post_ops_create(&operations);
    if (made == dnnl_success)
      made = dnnl_post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0);
    if (made == dnnl_success)
      made = dnnl_primitive_attr_set_post_ops(attributes, operations);
    return made;
  });
  if (operations != nullptr)
    dnnl_post_ops_destroy(operations);
  return status;
}

dnnl_status_t contained_primitive_desc_create(dnnl_primitive_desc_t *description,
                                              const void *descriptor,
                                              dnnl_primitive_attr_t attributes,
                                              dnnl_engine_t engine, dnnl_primitive_desc_t hint) {
  return making([&] {
    return dnnl_primitive_desc_create(description, descriptor, attributes, engine, hint);
  });
}

dnnl_status_t contained_reorder_desc_create(dnnl_primitive_desc_t *description,
                                            const dnnl_memory_desc_t *source,
                                            const dnnl_memory_desc_t *target, dnnl_engine_t engine,
                                            dnnl_primitive_attr_t attributes) {
  return making([&] {
    return dnnl_reorder_primitive_desc_create(description, source, engine, target, engine,
                                              attributes);
  });
}

dnnl_status_t contained_primitive_create(dnnl_primitive_t *primitive,
                                         dnnl_primitive_desc_t description) {
  return making([&] { return dnnl_primitive_create(primitive, description); });
}

dnnl_status_t contained_primitive_execute(dnnl_primitive_t primitive, dnnl_stream_t stream,
                                          int count, const dnnl_exec_arg_t *arguments) {
  return contained([&] { return dnnl_primitive_execute(primitive, stream, count, arguments); });
}

dnnl_status_t contained_memory_create(dnnl_memory_t *memory, const dnnl_memory_desc_t *layout,
                                      dnnl_engine_t engine) {
  return making([&] { return dnnl_memory_create(memory, layout, engine, nullptr); });
}

dnnl_status_t contained_memory_set(dnnl_memory_t memory, void *values) {
  return contained([&] { return dnnl_memory_set_data_handle(memory, values); });
}

dnnl_status_t contained_sgemm(char transpose_a, char transpose_b, dnnl_dim_t m, dnnl_dim_t n,
                              dnnl_dim_t k, float alpha, const float *a, dnnl_dim_t a_stride,
                              const float *b, dnnl_dim_t b_stride, float beta, float *c,
                              dnnl_dim_t c_stride) {
  return contained([&] {
    return dnnl_sgemm(transpose_a, transpose_b, m, n, k, alpha, a, a_stride, b, b_stride, beta, c,
                      c_stride);
  });
}
