/* What every C program of the benchmarks shares: the clock, pinning to a core, shared memory for a
 * parent and its fork, the median of samples. Each program prints one line of JSON and ends. */
#ifndef RTSHM_BENCH_H
#define RTSHM_BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
/* Words that different cores write are this far apart: processors fetch lines in pairs and ahead. */
#define APART 4096

/* The 250 ms that the library sleeps at most before it looks again: the C loops do the same. */
#define SLICE_NS 250000000L

static inline uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline void busy_until(uint64_t when) {
  while (now_ns() < when) {
  }
}

static inline void cpu_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static inline void die(const char *what) {
  perror(what);
  exit(1);
}

/* Best effort: on a machine with one core both sides share it. */
static inline void pin(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

static inline void *shared_pages(size_t bytes) {
  void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    die("mmap");
  memset(p, 0, bytes);
  return p;
}

static inline long futex_wait(_Atomic uint32_t *word, uint32_t value) {
  struct timespec slice = {0, SLICE_NS};
  return syscall(SYS_futex, word, FUTEX_WAIT, value, &slice, NULL, 0);
}

static inline long futex_wake(_Atomic uint32_t *word, int waiters) {
  return syscall(SYS_futex, word, FUTEX_WAKE, waiters, NULL, NULL, 0);
}

static inline int compare_doubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static inline double median(double *samples, size_t n) {
  qsort(samples, n, sizeof *samples, compare_doubles);
  return n % 2 ? samples[n / 2] : (samples[n / 2 - 1] + samples[n / 2]) / 2;
}

static inline long long_argument(int argc, char **argv, int i) {
  if (i >= argc) {
    fprintf(stderr, "%s: argument %d is missing\n", argv[0], i);
    exit(2);
  }
  return strtol(argv[i], NULL, 10);
}

static inline int is_command(int argc, char **argv, const char *name) { return argc > 1 && strcmp(argv[1], name) == 0; }

static inline int unknown_command(char **argv) {
  fprintf(stderr, "%s: unknown command\n", argv[0]);
  return 2;
}

#endif
