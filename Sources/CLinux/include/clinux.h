// System calls that Swift can't reach: variadic functions and calls without a glibc wrapper.
#pragma once
#include <stddef.h>

/// openat2(2); returns a descriptor or -1 with errno set.
long hearth_openat2(int folder, const char *name, void *how, size_t size);
/// renameat2(2) with RENAME_NOREPLACE; 0, or -1 with errno set.
int hearth_rename_new(int from_folder, const char *from, int to_folder, const char *to);
/// prctl(PR_SET_PDEATHSIG): this process gets `signal` when its parent dies.
int hearth_end_with_parent(int signal);
/// prctl(PR_SET_NO_NEW_PRIVS).
int hearth_no_new_privileges(void);
