#define _GNU_SOURCE
#include <malloc.h>
#include "clinux.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/timex.h>
#include <unistd.h>

long hearth_openat2(int folder, const char *name, void *how, size_t size) {
#ifdef SYS_openat2
  return syscall(SYS_openat2, folder, name, how, size);
#else
  return syscall(437, folder, name, how, size);
#endif
}

int hearth_bell(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int hearth_rename_new(int from_folder, const char *from, int to_folder, const char *to) {
  if (renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  // NFS and some of FUSE know no flags here. A hard link replaces nothing either.
  if (linkat(from_folder, from, to_folder, to, 0) == 0) return unlinkat(from_folder, from, 0);
  if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS) return -1;
  // Nor links: what is left is to look first. Names are random, and each folder has one writer.
  struct stat there;
  if (fstatat(to_folder, to, &there, AT_SYMLINK_NOFOLLOW) == 0) errno = EEXIST;
  if (errno != ENOENT) return -1;
  return renameat(from_folder, from, to_folder, to);
}

int64_t hearth_file_system(int descriptor) {
  struct statfs status;
  return fstatfs(descriptor, &status) == 0 ? (int64_t)(uint32_t)status.f_type : -1;
}

int hearth_end_with_parent(int signal) { return prctl(PR_SET_PDEATHSIG, (unsigned long)signal, 0, 0, 0); }

int hearth_no_new_privileges(void) { return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

void hearth_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int hearth_clock_state(void) {
  struct timex nothing = {0};
  return adjtimex(&nothing);
}

void hearth_keep_memory(int arenas, int mebibytes) {
  if (arenas > 0) mallopt(M_ARENA_MAX, arenas);
  mallopt(M_MXFAST, 0);
  mallopt(M_TRIM_THRESHOLD, mebibytes << 20);
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
}

void hearth_release_memory(void) { malloc_trim(0); }

// Numbers since 5.13 on every architecture that Hearth is built for.
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446 };
enum { RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2 };
enum { CONNECT_TCP = 1 << 1 };

int hearth_landlock_version(void) {
  long version = syscall(CREATE_RULESET, NULL, 0, 1);
  return version < 0 ? 0 : (int)version;
}

int hearth_landlock_begin(uint64_t files, uint64_t ports) {
  struct { uint64_t files, ports; } rights = {files, ports};
  // A kernel without ports knows the first field alone.
  return (int)syscall(CREATE_RULESET, &rights, ports ? sizeof rights : sizeof rights.files, 0);
}

int hearth_landlock_allow_below(int rules, int path_descriptor, uint64_t rights) {
  struct { uint64_t rights; int32_t parent; } __attribute__((packed)) rule = {rights, path_descriptor};
  return (int)syscall(ADD_RULE, rules, RULE_PATH_BENEATH, &rule, 0);
}

int hearth_landlock_allow_connect(int rules, uint16_t port) {
  struct { uint64_t rights, port; } rule = {CONNECT_TCP, port};
  return (int)syscall(ADD_RULE, rules, RULE_NET_PORT, &rule, 0);
}

int hearth_landlock_enforce(int rules) { return (int)syscall(RESTRICT_SELF, rules, 0); }

int hearth_open_place(const char *path) { return open(path, O_PATH | O_CLOEXEC); }

int hearth_untaken(const hearth_tcp_state *state) {
  struct tcp_info info = {0};
  memcpy(&info, state, sizeof info < sizeof *state ? sizeof info : sizeof *state);
  return info.tcpi_unacked > 0 || info.tcpi_notsent_bytes > 0;
}

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
// The lower half of an argument on the two little-endian architectures: all that the kernel takes of an `int`.
#define UNLESS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1)
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define NEVER(number) UNLESS(number), REFUSE

int hearth_refuse_calls(void) {
#ifdef OWN_ARCHITECTURE
  struct sock_filter program[] = {
      // Numbers of another architecture (and of x32) would go around all that follows.
      LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCHITECTURE, 1, 0), REFUSE,
      LOAD(nr), BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1), REFUSE,
      // Other programs, other processes' memory, signals to others, and a way to do all of it unseen.
      NEVER(SYS_execve), NEVER(SYS_execveat), NEVER(SYS_ptrace), NEVER(SYS_process_vm_readv), NEVER(SYS_process_vm_writev),
      NEVER(SYS_kill), NEVER(SYS_tkill), NEVER(SYS_rt_sigqueueinfo), NEVER(SYS_rt_tgsigqueueinfo), NEVER(424), NEVER(425),
      // A process may end itself, as abort(3) does: this one, by its number.
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 4), LOAD(args[0]),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)getpid(), 0, 1), ALLOW, REFUSE,
      // Processes of its own, which would be in nobody's count: clone(2) makes threads alone. What clone3(2) is to make lies
      // behind a pointer, where no filter can see it; without it the C library takes clone.
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 435, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
#ifdef SYS_fork
      NEVER(SYS_fork), NEVER(SYS_vfork),
#endif
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4), LOAD(args[0]),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1), ALLOW, REFUSE,
      // Sockets of this machine's other processes: the control socket takes whoever opens it for the owner.
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socketpair, 0, 3),
      LOAD(args[0]), UNLESS(AF_UNIX), REFUSE,
      ALLOW,
  };
  struct sock_fprog filter = {sizeof program / sizeof *program, program};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
#else
  errno = ENOSYS;
  return -1;
#endif
}
