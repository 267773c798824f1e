#include "tree_row_sets.h"

#if defined(__x86_64__)
#include <immintrin.h>

bool tree_row_sets_serve(const struct tree_layout *layout) {
  return layout->row.serves && __builtin_cpu_supports("avx512f");
}

/* The leaves of each tree that the row's categories remove. Missing categories remove none. */
static inline __attribute__((target("avx512f"))) void
strike_by_categories(const struct tree_layout *layout, const float *values, uint32_t *struck) {
  const struct tree_row_tests *row = &layout->row;
  size_t padded = (layout->trees + TREE_ROW_LANES - 1) / TREE_ROW_LANES * TREE_ROW_LANES;
  for (size_t tree = 0; tree < padded; tree += TREE_ROW_LANES)
    _mm512_storeu_si512(struck + tree, _mm512_setzero_si512());
  for (size_t i = 0; i < row->sets_count; i++) {
    const struct tree_set_strikes *set = &row->sets[i];
    float feature = values[set->feature];
    if (feature != feature)
      continue;
    /* The category of a number is its integer part. */
    size_t code =
        feature > -1.0f && feature < (float)set->limit ? (size_t)(int32_t)feature : set->limit;
    const uint32_t *strikes = row->set_strikes + set->first + code * padded;
    for (size_t tree = 0; tree < padded; tree += TREE_ROW_LANES)
      _mm512_storeu_si512(struck + tree, _mm512_or_si512(_mm512_loadu_si512(struck + tree),
                                                         _mm512_loadu_si512(strikes + tree)));
  }
}

__attribute__((target("avx512f"))) void tree_row_sets(const struct tree_layout *layout,
                                                      const float *values, uint32_t *leaves) {
  const struct tree_row_tests *row = &layout->row;
  size_t vectors = row->vectors, columns = row->width;
  unsigned present = columns < 32 ? (1u << columns) - 1 : ~0u;
  __m512 low = _mm512_maskz_loadu_ps((__mmask16)present, values);
  __m512 high = _mm512_setzero_ps();
  if (columns > TREE_ROW_LANES)
    high = _mm512_maskz_loadu_ps((__mmask16)(present >> 16), values + TREE_ROW_LANES);
  const __m512i sign = _mm512_set1_epi32((int)TREE_ROW_NEGATED);
  const float *thresholds = row->thresholds;
  const uint32_t *places = row->columns, *strikes = row->strikes;
  strike_by_categories(layout, values, leaves);
  for (size_t tree = 0; tree < layout->trees; tree++) {
    /* A register of ones would depend on the previous tree; a register of zeros does not. */
    __m512i struck = _mm512_setzero_si512();
    for (size_t i = 0; i < vectors; i++) {
      __m512i place = _mm512_loadu_si512(places);
      __m512i bits = _mm512_castps_si512(_mm512_permutex2var_ps(low, place, high));
      __m512 x = _mm512_castsi512_ps(_mm512_xor_si512(bits, _mm512_and_si512(place, sign)));
      __mmask16 goes_right = _mm512_cmp_ps_mask(x, _mm512_loadu_ps(thresholds), _CMP_GT_OQ);
      struck = _mm512_or_si512(struck, _mm512_maskz_loadu_epi32(goes_right, strikes));
      thresholds += TREE_ROW_LANES, places += TREE_ROW_LANES, strikes += TREE_ROW_LANES;
    }
    uint32_t set = ~((uint32_t)_mm512_reduce_or_epi32(struck) | leaves[tree]);
    leaves[tree] = layout->shapes[tree].first_leaf + (uint32_t)__builtin_clz(set);
  }
}

#else

bool tree_row_sets_serve(const struct tree_layout *layout) {
  (void)layout;
  return false;
}

void tree_row_sets(const struct tree_layout *layout, const float *values, uint32_t *leaves) {
  (void)layout, (void)values, (void)leaves;
}

#endif
