#ifndef ENGINE_KERNELS_TRANSPOSE_SQUARE_H
#define ENGINE_KERNELS_TRANSPOSE_SQUARE_H

/* Transposes `square`, sixteen vectors of sixteen 32-bit lanes, in registers: for d = 8, 4, 2
 * and 1, the d × d squares on either side of the diagonal are exchanged. */
#define TRANSPOSE_SQUARE(type, square)                                                             \
  SWAP_SQUARES(type, square, 8)                                                                    \
  SWAP_SQUARES(type, square, 4)                                                                    \
  SWAP_SQUARES(type, square, 2)                                                                    \
  SWAP_SQUARES(type, square, 1)

#define SWAP_SQUARES(type, square, d)                                                              \
  _Pragma("clang loop unroll(full)") for (int i = 0; i < 16; i++) if (!(i & d)) {                  \
    type upper = square[i], lower = square[i + d];                                                 \
    square[i] = __builtin_shufflevector(upper, lower, EACH_LANE(UPPER, d));                        \
    square[i + d] = __builtin_shufflevector(upper, lower, EACH_LANE(LOWER, d));                    \
  }
#define EACH_LANE(lane, d)                                                                         \
  lane(0, d), lane(1, d), lane(2, d), lane(3, d), lane(4, d), lane(5, d), lane(6, d), lane(7, d),  \
      lane(8, d), lane(9, d), lane(10, d), lane(11, d), lane(12, d), lane(13, d), lane(14, d),     \
      lane(15, d)
#define UPPER(lane, d) ((lane) & (d) ? 16 + (lane) - (d) : (lane))
#define LOWER(lane, d) ((lane) & (d) ? 16 + (lane) : (lane) + (d))

#endif
