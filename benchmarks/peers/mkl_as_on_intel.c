/* MKL, with which PyTorch multiplies float32 matrices, uses only AVX2 on processors that are not
 * Intel's. When this library is preloaded, it answers MKL's query of the vendor, so that MKL uses
 * all available instructions. */
int mkl_serv_intel_cpu_true(void);
int mkl_serv_intel_cpu_true(void) { return 1; }
