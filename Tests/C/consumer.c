/* A C program built against the installed pkg-config file. */
#include <equipoise/equipoise.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  char version[32];
  sprintf(version, "%d.%d.%d", EQP_VERSION_MAJOR, EQP_VERSION_MINOR, EQP_VERSION_PATCH);
  printf("equipoise %s\n", eqp_version());
  return strcmp(version, eqp_version()) == 0 && eqp_abi_version() == EQP_ABI_VERSION ? 0 : 1;
}
