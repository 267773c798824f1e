/* The names of Unicode's characters ("LATIN SMALL LETTER A"), half a megabyte of the standard
 * library, are never used. The linker redirects the one function that reads them here (--wrap)
 * and leaves the tables out. */
#include <stdint.h>

/* The length of a character's name, as for a character without one. */
intptr_t __wrap__swift_stdlib_getScalarName(uint32_t scalar, uint8_t *buffer, intptr_t capacity);

intptr_t __wrap__swift_stdlib_getScalarName(uint32_t scalar, uint8_t *buffer, intptr_t capacity) {
  (void)scalar, (void)buffer, (void)capacity;
  return 0;
}
