/* Lets a linker leave out the unused parts of an object file of the Swift standard library.
 *
 * The library's public functions and constants are marked to be kept (SHF_GNU_RETAIN), for programs
 * that load Swift code at run time. libequipoise.so is closed: only its own code calls them. The
 * records by which the runtime finds types and conformances (swift5_*) stay marked, and with them
 * everything that they refer to.
 *
 *     release_unused OBJECT     changes the file in place; 0, or 1 with a message
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef SHF_GNU_RETAIN
#define SHF_GNU_RETAIN (1 << 21)
#endif

static int fail(const char *path, const char *why) {
  fprintf(stderr, "%s: %s\n", path, why);
  return 1;
}

static int begins(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

/* The whole file with a 0 appended, so that every name in it is terminated; NULL if it cannot be
 * read.
 */
static unsigned char *contents(FILE *file, size_t *size) {
  if (fseek(file, 0, SEEK_END) != 0)
    return NULL;
  long length = ftell(file);
  if (length < 0)
    return NULL;
  rewind(file);
  unsigned char *bytes = calloc((size_t)length + 1, 1);
  if (bytes != NULL && fread(bytes, 1, (size_t)length, file) == (size_t)length) {
    *size = (size_t)length;
    return bytes;
  }
  free(bytes);
  return NULL;
}

/* 0, or -1 if the file is not a 64-bit ELF object whose section headers are within it. */
static int release(unsigned char *bytes, size_t size) {
  Elf64_Ehdr *header = (Elf64_Ehdr *)bytes;
  if (size < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
    return -1;
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_shentsize != sizeof(Elf64_Shdr))
    return -1;
  if (header->e_shoff > size || (size - header->e_shoff) / sizeof(Elf64_Shdr) < 1)
    return -1;

  /* More than 65,279 sections are counted in the first header. */
  Elf64_Shdr *sections = (Elf64_Shdr *)(bytes + header->e_shoff);
  size_t count = header->e_shnum != 0 ? header->e_shnum : sections[0].sh_size;
  size_t names = header->e_shstrndx != SHN_XINDEX ? header->e_shstrndx : sections[0].sh_link;
  if (count > (size - header->e_shoff) / sizeof(Elf64_Shdr) || names >= count)
    return -1;

  for (size_t i = 0; i < count; i++) {
    if (sections[names].sh_offset > size || sections[i].sh_name > size - sections[names].sh_offset)
      return -1;
    const char *name = (const char *)bytes + sections[names].sh_offset + sections[i].sh_name;
    if (begins(name, ".text") || begins(name, ".rodata") || begins(name, ".data"))
      sections[i].sh_flags &= ~(Elf64_Xword)SHF_GNU_RETAIN;
  }
  return 0;
}

int main(int count, char **arguments) {
  if (count != 2)
    return fail("release_unused", "one object file, please");
  const char *path = arguments[1];
  FILE *file = fopen(path, "r+b");
  if (file == NULL)
    return fail(path, "cannot be opened");

  size_t size = 0;
  unsigned char *bytes = contents(file, &size);
  int status = 0;
  if (bytes == NULL) {
    status = fail(path, "cannot be read");
  } else if (release(bytes, size) != 0) {
    status = fail(path, "is not an ELF object of 64 bits");
  } else {
    rewind(file);
    if (fwrite(bytes, 1, size, file) != size)
      status = fail(path, "cannot be written");
  }
  free(bytes);
  if (fclose(file) != 0 && status == 0)
    status = fail(path, "cannot be written");
  return status;
}
