// System calls that Swift can't reach: variadic functions and calls without a glibc wrapper.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// openat2(2); returns a descriptor or -1 with errno set.
long hearth_openat2(int folder, const char *name, void *how, size_t size);
/// renameat2(2) with RENAME_NOREPLACE, or the nearest that the file system has (NFS lacks it); 0, or -1 with errno set.
int hearth_rename_new(int from_folder, const char *from, int to_folder, const char *to);
/// statfs(2): the number of the kind of file system; -1 with errno set.
int64_t hearth_file_system(int descriptor);
/// prctl(PR_SET_PDEATHSIG): this process gets `signal` when its parent dies.
int hearth_end_with_parent(int signal);
/// mallopt(3) for a process that frees as much as it takes, all day: no fast bins, which are emptied into the heap at every
/// large free, and up to so many mebibytes are kept instead of being given back and faulted in again. `arenas` is how many heaps
/// the threads share, 0 for as many as they like: each keeps its own reserve.
void hearth_keep_memory(int arenas, int mebibytes);
/// malloc_trim(3): gives back what is kept free in all heaps, also between what is in use.
void hearth_release_memory(void);
/// adjtimex(2), changing nothing: TIME_OK (0) to TIME_WAIT while the wall clock follows a better one, TIME_ERROR (5) when it
/// does not, -1 when it can't be asked.
int hearth_clock_state(void);
/// What getsockopt(2) tells of a connection for TCP_INFO: the kernel's own layout, which libc's header knows only in part.
typedef struct { uint64_t words[32]; } hearth_tcp_state;
/// 1 while the other side has not taken all that was written, else 0.
int hearth_untaken(const hearth_tcp_state *state);
/// prctl(PR_SET_NAME): names the calling thread; its file in /proc is beyond a sandboxed worker's reach.
void hearth_name_thread(const char *name);
/// eventfd(2), which never blocks; a descriptor, or -1 with errno set.
int hearth_bell(void);
/// prctl(PR_SET_NO_NEW_PRIVS).
int hearth_no_new_privileges(void);

// Landlock (kernel 5.13; ports since 6.7). The structures are written out here: older kernel headers lack the ports.
/// The version of Landlock that this kernel has; 0 without it.
int hearth_landlock_version(void);
/// A rule set that handles these file and TCP rights (LANDLOCK_ACCESS_*): a descriptor, or -1 with errno set.
int hearth_landlock_begin(uint64_t files, uint64_t ports);
/// Allows rights below what `path_descriptor` is open on; 0, or -1 with errno set.
int hearth_landlock_allow_below(int rules, int path_descriptor, uint64_t rights);
/// open(2) with O_PATH: a descriptor to name a place by, not to read it; -1 with errno set.
int hearth_open_place(const char *path);
/// Allows TCP connections to a port; 0, or -1 with errno set.
int hearth_landlock_allow_connect(int rules, uint16_t port);
/// From now on this thread and what it starts are held by the rules, for good; 0, or -1 with errno set.
int hearth_landlock_enforce(int rules);

/// seccomp(2): from now on this thread and those it starts can't start programs, look into or signal other processes, or
/// make sockets of the family AF_UNIX; such calls fail with EPERM. Needs no new privileges first; 0, or -1 with errno set.
int hearth_refuse_calls(void);
