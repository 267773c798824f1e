#ifndef ENGINE_KERNELS_KERNEL_MACHINE_H
#define ENGINE_KERNELS_KERNEL_MACHINE_H

#include <stddef.h>

typedef enum { KERNEL_LINEAR, KERNEL_POLYNOMIAL, KERNEL_RADIAL, KERNEL_SIGMOID } kernel_kind;

struct kernel_parameters {
  kernel_kind kind;
  float gamma, constant, degree;
};

/* The kernel of each row and each support vector: x (rows, features), vectors (features, count)
 * → kernels (rows, count). */
void kernel_values(const struct kernel_parameters *parameters, const float *x, size_t rows,
                   size_t features, const float *vectors, size_t count, float *kernels);

#endif
