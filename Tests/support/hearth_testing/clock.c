// A wall clock that can be set while the programs run: loaded with them (see clocks.py), it adds to what the kernel says of
// the time the number that stands in the file beside the executable that is named like it, with `.clock`. libfaketime does the like, but is told by the
// environment, which Hearth's children don't inherit, and by a file that a camera's worker may not open in its sandbox; a
// mapping made before that goes on working.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static const volatile struct {
  int64_t nanoseconds;  // what is added to the wall clock
  int64_t state;        // what adjtimex returns: 0 for a clock that follows a better one, 5 for one that does not
} *told;

static const int64_t second = 1000000000;

__attribute__((constructor)) static void begin(void) {
  char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);
  if (length <= 0) abort();
  path[length] = 0;
  snprintf(path + length, 16, ".clock");
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) abort();
  void *mapped = mmap(NULL, sizeof *told, PROT_READ, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) abort();
  close(file);
  told = mapped;
}

static int64_t shift(void) { return told ? told->nanoseconds : 0; }

static void add(struct timespec *time, int64_t nanoseconds) {
  int64_t sum = time->tv_sec * second + time->tv_nsec + nanoseconds;
  time->tv_sec = sum / second;
  time->tv_nsec = sum % second;
  if (time->tv_nsec < 0) time->tv_sec -= 1, time->tv_nsec += second;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = (int)syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) add(now, shift());
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  (void)zone;
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}

// Waits until a moment of the wall clock are for the kernel, which knows the true one only.
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const struct timespec *until) {
  static int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
  if (!real) real = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))dlsym(RTLD_NEXT, "pthread_cond_timedwait");
  struct timespec moment = *until, steady;
  clock_gettime(CLOCK_MONOTONIC, &steady);
  // A condition may go by the steady clock instead: its moments lie far from the wall clock's.
  int64_t ahead = moment.tv_sec - steady.tv_sec;
  if (ahead < -86400 || ahead > 86400) add(&moment, -shift());
  return real(condition, mutex, &moment);
}

int adjtimex(struct timex *wanted) {
  int64_t state = told ? told->state : -1;
  return state >= 0 && wanted->modes == 0 ? (int)state : (int)syscall(SYS_adjtimex, wanted);
}
