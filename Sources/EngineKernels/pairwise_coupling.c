#include "pairwise_coupling.h"

#include <math.h>
#include <string.h>

static size_t pairs_of(size_t classes) { return classes * (classes - 1) / 2; }

void pair_decisions_forward(const float *kernels, size_t rows, const size_t *counts, size_t classes,
                            const float *coefficients, const float *intercepts, float *y) {
  size_t vectors = 0;
  for (size_t c = 0; c < classes; c++)
    vectors += counts[c];
  for (size_t row = 0; row < rows; row++, kernels += vectors) {
    size_t first_i = 0;
    for (size_t i = 0; i < classes; first_i += counts[i++]) {
      size_t first_j = first_i + counts[i];
      for (size_t j = i + 1; j < classes; first_j += counts[j++]) {
        const float *of_i = coefficients + (j - 1) * vectors, *of_j = coefficients + i * vectors;
        float sum = *intercepts++;
        for (size_t v = first_i; v < first_i + counts[i]; v++)
          sum += of_i[v] * kernels[v];
        for (size_t v = first_j; v < first_j + counts[j]; v++)
          sum += of_j[v] * kernels[v];
        *y++ = sum;
      }
    }
    intercepts -= pairs_of(classes);
  }
}

void pair_decisions_backward(const float *kernels, size_t rows, const size_t *counts,
                             size_t classes, const float *y_gradient, float *coefficient_gradient) {
  size_t vectors = 0;
  for (size_t c = 0; c < classes; c++)
    vectors += counts[c];
  for (size_t row = 0; row < rows; row++, kernels += vectors) {
    size_t first_i = 0;
    for (size_t i = 0; i < classes; first_i += counts[i++]) {
      size_t first_j = first_i + counts[i];
      for (size_t j = i + 1; j < classes; first_j += counts[j++]) {
        float *of_i = coefficient_gradient + (j - 1) * vectors;
        float *of_j = coefficient_gradient + i * vectors;
        float gradient = *y_gradient++;
        for (size_t v = first_i; v < first_i + counts[i]; v++)
          of_i[v] += gradient * kernels[v];
        for (size_t v = first_j; v < first_j + counts[j]; v++)
          of_j[v] += gradient * kernels[v];
      }
    }
  }
}

/* The matrix Q, or that of a bordered linear system with its right side; then Qp and p. */
size_t pairwise_coupling_scratch(size_t classes) {
  return (classes + 1) * (classes + 2) + 2 * classes;
}

/* P(i | i or j), limited to inside 0 and 1, so that one pair cannot rule out a class. */
static double pair_probability(float logit) {
  double p = 1 / (1 + exp(-(double)logit));
  return p < 1e-7 ? 1e-7 : p > 1 - 1e-7 ? 1 - 1e-7 : p;
}

/* q (classes, stride): q[t][t] = Σ over j of r[j][t]², q[t][j] = −r[j][t] r[t][j]; the classes'
 * probabilities p minimize pᵀ Q p. */
static void write_matrix(const float *x, size_t classes, size_t stride, double *q) {
  for (size_t t = 0; t < classes; t++)
    memset(q + t * stride, 0, classes * sizeof *q);
  for (size_t i = 0; i < classes; i++)
    for (size_t j = i + 1; j < classes; j++) {
      double r = pair_probability(*x++);
      q[i * stride + i] += (1 - r) * (1 - r);
      q[j * stride + j] += r * r;
      q[i * stride + j] = q[j * stride + i] = -r * (1 - r);
    }
}

/* Updates one class after another so that its condition, (Qp)ₜ = pᵀ Q p, holds, and normalizes
 * the sum to 1, until all conditions nearly hold. */
static void couple(const double *q, size_t classes, double *qp, double *p) {
  double nearly = 0.005 / (double)classes;
  for (size_t t = 0; t < classes; t++)
    p[t] = 1 / (double)classes;
  for (size_t round = 0; round < (classes > 100 ? classes : 100); round++) {
    double pqp = 0, worst = 0;
    for (size_t t = 0; t < classes; t++) {
      qp[t] = 0;
      for (size_t j = 0; j < classes; j++)
        qp[t] += q[t * classes + j] * p[j];
      pqp += p[t] * qp[t];
    }
    for (size_t t = 0; t < classes; t++)
      worst = fmax(worst, fabs(qp[t] - pqp));
    if (worst < nearly)
      return;
    for (size_t t = 0; t < classes; t++) {
      double own = q[t * classes + t], move = (pqp - qp[t]) / own, scale = 1 / (1 + move);
      pqp = (pqp + move * (move * own + 2 * qp[t])) * scale * scale;
      p[t] += move;
      for (size_t j = 0; j < classes; j++) {
        qp[j] = (qp[j] + move * q[t * classes + j]) * scale;
        p[j] *= scale;
      }
    }
  }
}

void pairwise_coupling_forward(const float *x, size_t rows, size_t classes, double *scratch,
                               float *y) {
  double *q = scratch, *p = q + (classes + 1) * (classes + 2), *qp = p + classes;
  for (size_t row = 0; row < rows; row++, x += pairs_of(classes), y += classes) {
    write_matrix(x, classes, classes, q);
    couple(q, classes, qp, p);
    for (size_t t = 0; t < classes; t++)
      y[t] = (float)log(fmax(p[t], 1e-30));
  }
}

/* Solves a linear system of `size` rows whose right sides are the last column, which is replaced
 * by the solution. */
static void solve(double *matrix, size_t size) {
  size_t stride = size + 1;
  for (size_t k = 0; k < size; k++) {
    size_t pivot = k;
    for (size_t r = k + 1; r < size; r++)
      if (fabs(matrix[r * stride + k]) > fabs(matrix[pivot * stride + k]))
        pivot = r;
    for (size_t c = k; c < stride; c++) {
      double kept = matrix[k * stride + c];
      matrix[k * stride + c] = matrix[pivot * stride + c];
      matrix[pivot * stride + c] = kept;
    }
    double head = matrix[k * stride + k];
    if (fabs(head) < 1e-300)
      continue;
    for (size_t r = 0; r < size; r++) {
      double factor = matrix[r * stride + k] / head;
      if (r == k || factor == 0)
        continue;
      for (size_t c = k; c < stride; c++)
        matrix[r * stride + c] -= factor * matrix[k * stride + c];
    }
  }
  for (size_t k = 0; k < size; k++) {
    double head = matrix[k * stride + k];
    matrix[k * stride + size] = fabs(head) < 1e-300 ? 0 : matrix[k * stride + size] / head;
  }
}

/* At the solution Q p = λ and Σ p = 1, so Q dp − dλ = −dQ p and Σ dp = 0. With u the solution of
 * the same symmetric system for ∂y / p, ∂x is −uᵀ dQ p. */
void pairwise_coupling_backward(const float *x, const float *y, const float *y_gradient,
                                size_t rows, size_t classes, double *scratch, float *x_gradient,
                                int accumulate) {
  size_t size = classes + 1, stride = size + 1;
  double *matrix = scratch, *p = matrix + size * stride;
  for (size_t row = 0; row < rows; row++, y += classes, y_gradient += classes) {
    write_matrix(x, classes, stride, matrix);
    for (size_t t = 0; t < classes; t++) {
      p[t] = exp((double)y[t]);
      matrix[t * stride + classes] = matrix[classes * stride + t] = 1;
      matrix[t * stride + size] = y_gradient[t] / p[t];
    }
    matrix[classes * stride + classes] = matrix[classes * stride + size] = 0;
    solve(matrix, size);
    for (size_t i = 0; i < classes; i++)
      for (size_t j = i + 1; j < classes; j++, x++, x_gradient++) {
        double r = pair_probability(*x);
        double u = matrix[i * stride + size], v = matrix[j * stride + size];
        double by_r =
            2 * (1 - r) * u * p[i] - 2 * r * v * p[j] + (1 - 2 * r) * (u * p[j] + v * p[i]);
        float gradient = (float)(by_r * r * (1 - r));
        *x_gradient = accumulate ? *x_gradient + gradient : gradient;
      }
  }
}
