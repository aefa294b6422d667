#define _GNU_SOURCE
#include "clinux.h"
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

long hearth_openat2(int folder, const char *name, void *how, size_t size) {
#ifdef SYS_openat2
  return syscall(SYS_openat2, folder, name, how, size);
#else
  return syscall(437, folder, name, how, size);
#endif
}

int hearth_rename_new(int from_folder, const char *from, int to_folder, const char *to) {
  return renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE);
}

int hearth_end_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0, 0, 0); }

int hearth_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }
