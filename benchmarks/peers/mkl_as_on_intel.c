/* MKL, by which PyTorch multiplies matrices of float32, keeps to AVX2 on processors that are not
 * Intel's. Preloaded, this answers its question of whose the processor is, so that it uses all that
 * there is. */
int mkl_serv_intel_cpu_true(void);
int mkl_serv_intel_cpu_true(void) { return 1; }
