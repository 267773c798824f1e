#ifndef ENGINE_KERNELS_OPTIMIZERS_H
#define ENGINE_KERNELS_OPTIMIZERS_H

#include <stdbool.h>
#include <stddef.h>

/* One step on `count` weights in one array, with their gradients and the optimizer's moments.
 * The conventions are PyTorch's; docs/configuration.md names the papers. */

/* momentum may be NULL if `momentum_rate` is 0. */
void sgd_step(float *weights, const float *gradients, float *momentum, size_t count,
              float learning_rate, float momentum_rate, bool nesterov, float weight_decay,
              bool first_step);
/* decoupled: AdamW's weight decay, otherwise L2 is added to the gradient. corrections: 1 − βᵗ. */
void adam_step(float *weights, const float *gradients, float *mean, float *square, size_t count,
               float learning_rate, float beta1, float beta2, float epsilon, float weight_decay,
               bool decoupled, float correction1, float correction2);
void rmsprop_step(float *weights, const float *gradients, float *square, float *momentum,
                  size_t count, float learning_rate, float decay, float epsilon,
                  float momentum_rate, float weight_decay);
void adagrad_step(float *weights, const float *gradients, float *sum, size_t count,
                  float learning_rate, float epsilon, float weight_decay);

/* Σ values² in double precision. */
double sum_of_squares(const float *values, size_t count);
void scale_values(float *values, float factor, size_t count);
/* to += from */
void add_values(float *to, const float *from, size_t count);

#endif
