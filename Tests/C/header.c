/* The header in every language that it promises: constants, sizes, offsets, and the same at run
 * time. */
#include <equipoise/equipoise.h>
#include <equipoise/arrow_abi.h>

#include "check.h"

#define OFFSET(type, member) ((size_t) & ((type *)0)->member)
#define ASSERT(name, condition) typedef char name[(condition) ? 1 : -1]

ASSERT(status_has_32_bits, sizeof(eqp_status) == 4);
ASSERT(hooks_on_64_bits, sizeof(void *) != 8 || sizeof(eqp_hooks) == 40);
ASSERT(communicator_on_64_bits, sizeof(void *) != 8 || sizeof(eqp_communicator) == 72);
ASSERT(arrow_stream_on_64_bits, sizeof(void *) != 8 || sizeof(struct ArrowArrayStream) == 40);
ASSERT(arrow_array_on_64_bits, sizeof(void *) != 8 || sizeof(struct ArrowArray) == 80);
ASSERT(arrow_schema_on_64_bits, sizeof(void *) != 8 || sizeof(struct ArrowSchema) == 72);

int main(void) {
  static const char *const names[] = {
      "EQP_OK",           "EQP_INVALID_ARGUMENT", "EQP_INVALID_CONFIG",
      "EQP_INVALID_DATA", "EQP_INVALID_MODEL",    "EQP_UNSUPPORTED",
      "EQP_IO",           "EQP_OUT_OF_MEMORY",    "EQP_CANCELLED",
      "EQP_REFUSED",      "EQP_INTEGRITY",        "EQP_INTERNAL"};
  char version[32], *info;
  int status;

  sprintf(version, "%d.%d.%d", EQP_VERSION_MAJOR, EQP_VERSION_MINOR, EQP_VERSION_PATCH);
  CHECK(strcmp(version, eqp_version()) == 0);
  CHECK(eqp_abi_version() == EQP_ABI_VERSION);
  info = eqp_build_info();
  CHECK(info && strstr(info, version) && strstr(info, "\"threads\"") && strstr(info, "oneDNN"));
  eqp_free(info);

  for (status = 0; status < 12; status++)
    CHECK(strcmp(eqp_status_name(status), names[status]) == 0);
  CHECK(strcmp(eqp_status_name(12), "unknown status") == 0);
  CHECK(strcmp(eqp_status_name(-1), "unknown status") == 0);
  CHECK(EQP_INTERNAL == 11);

  CHECK(OFFSET(eqp_hooks, struct_size) == 0);
  CHECK(OFFSET(eqp_hooks, communicator) == 3 * sizeof(void *));
  CHECK(OFFSET(eqp_hooks, cancel) == 4 * sizeof(void *));
  CHECK(OFFSET(eqp_communicator, context) == 16);
  CHECK(OFFSET(eqp_communicator, broadcast) == 16 + 6 * sizeof(void *));
  return finished();
}
