/* The flat header for bindings' parsers is equivalent to the header: a program compiles and runs
 * with it alone. */
#include <stddef.h>
#include <stdint.h>
#include <equipoise/equipoise_ffi.h>

#include "check.h"

int main(void) {
  eqp_dataset *dataset = NULL;
  eqp_hooks hooks;
  eqp_error *problem = NULL;
  char line[4096];
  FILE *flat;

  CHECK(eqp_abi_version() == EQP_ABI_VERSION);
  memset(&hooks, 0, sizeof hooks);
  hooks.struct_size = sizeof hooks;
  CHECK(eqp_dataset_open("none.csv", NULL, &hooks, &dataset, &problem) == EQP_IO);
  CHECK(eqp_error_status(problem) == EQP_IO);
  eqp_error_free(problem);
  SUCCEEDS(eqp_dataset_new(3, &dataset, &error));
  CHECK(eqp_dataset_rows(dataset) == 3);
  eqp_dataset_free(dataset);

  flat = fopen(FLAT_HEADER, "r");
  CHECK(flat != NULL);
  while (flat && fgets(line, sizeof line, flat))
    CHECK(line[0] != '#' && !strstr(line, "/*") && !strstr(line, "EQP_API"));
  if (flat)
    fclose(flat);
  return finished();
}
