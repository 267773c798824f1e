#ifndef ONEDNN_CALLS_H
#define ONEDNN_CALLS_H

#include <oneapi/dnnl/dnnl.h>

/* oneDNN's functions that allocate memory. Their C++ exceptions would pass through Swift and C,
 * which do not support them, and end the host; here they become dnnl_out_of_memory. The
 * arguments are those of oneDNN's functions with the same names. */

#ifdef __cplusplus
extern "C" {
#endif

dnnl_status_t contained_engine_create(dnnl_engine_t *engine);
dnnl_status_t contained_stream_create(dnnl_stream_t *stream, dnnl_engine_t engine);
dnnl_status_t contained_stream_wait(dnnl_stream_t stream);
dnnl_status_t contained_attr_create(dnnl_primitive_attr_t *attributes);
/* The caller provides the scratch memory. */
dnnl_status_t contained_attr_set_user_scratch(dnnl_primitive_attr_t attributes);
/* Followed by max(0, x). */
dnnl_status_t contained_attr_append_relu(dnnl_primitive_attr_t attributes);
dnnl_status_t contained_primitive_desc_create(dnnl_primitive_desc_t *description,
                                              const void *descriptor,
                                              dnnl_primitive_attr_t attributes,
                                              dnnl_engine_t engine, dnnl_primitive_desc_t hint);
dnnl_status_t contained_reorder_desc_create(dnnl_primitive_desc_t *description,
                                            const dnnl_memory_desc_t *source,
                                            const dnnl_memory_desc_t *target, dnnl_engine_t engine,
                                            dnnl_primitive_attr_t attributes);
dnnl_status_t contained_primitive_create(dnnl_primitive_t *primitive,
                                         dnnl_primitive_desc_t description);
dnnl_status_t contained_primitive_execute(dnnl_primitive_t primitive, dnnl_stream_t stream,
                                          int count, const dnnl_exec_arg_t *arguments);
dnnl_status_t contained_memory_create(dnnl_memory_t *memory, const dnnl_memory_desc_t *layout,
                                      dnnl_engine_t engine);
dnnl_status_t contained_memory_set(dnnl_memory_t memory, void *values);
dnnl_status_t contained_sgemm(char transpose_a, char transpose_b, dnnl_dim_t m, dnnl_dim_t n,
                              dnnl_dim_t k, float alpha, const float *a, dnnl_dim_t a_stride,
                              const float *b, dnnl_dim_t b_stride, float beta, float *c,
                              dnnl_dim_t c_stride);

#ifdef __cplusplus
}
#endif

#endif
