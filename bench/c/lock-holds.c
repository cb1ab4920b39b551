/* How long a lock word in shared memory is held, seen from another core.
 *   lock-holds watch FILE WORD PID MOST
 *      maps FILE, prints "watching", and times holds of 32-bit word WORD by threads of process PID until it has
 *      MOST of them, or SIGTERM; {"ns": [each hold, in order], "preempted": [how long of this its holder was kept
 *      from its core], "awayNs": how long this program was kept from its own, out of "watchedNs"}
 *   lock-holds hold WORD HOLDS LONG_NS
 *      the partner: prints {"pid", "fd"} of such a memory, waits for a line on its input, holds the lock once for
 *      LONG_NS, then HOLDS times for what a change of the library's dispatcher stores, and prints "over"
 *
 * A holder is known by the word's low 30 bits, the id of one of its threads. It runs JavaScript in its main thread.
 * What its preemption took is the growth of that thread's run delay (/proc/PID/schedstat). The kernel adds to it
 * when the thread runs again: a reading taken early in a long hold does not have it yet, one taken after the hold
 * does. A hold shorter than LONG_HOLD_NS is not asked about. The watcher's own absences are left out of a hold.
 */
#include "bench.h"
#include <signal.h>

#define TID_MASK 0x3fffffffu
#define LONG_HOLD_NS 20000u
/* Two readings of the clock that are further apart than this: the watcher was away. */
#define AWAY_NS 3000u
/* Reads of the word to one of the clock, which takes longer than a short hold. */
#define POLLS 32
#define MOST_HOLDERS 64
#define CHANGE_WORDS 24
#define BETWEEN_NS 20000u

static volatile sig_atomic_t is_told_to_end;

static void end(int signal) {
  (void)signal;
  is_told_to_end = 1;
}

static int open_schedstat(long pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/task/%ld/schedstat", pid, pid);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    die(path);
  return fd;
}

static uint64_t run_delay(int schedstat) {
  char text[96];
  unsigned long long ran = 0, delayed = 0;
  ssize_t length = pread(schedstat, text, sizeof text - 1, 0);
  text[length < 0 ? 0 : length] = 0;
  if (sscanf(text, "%llu %llu", &ran, &delayed) != 2)
    die("schedstat");
  return delayed;
}

/* Whether a thread belongs to the process; what was asked once is remembered. */
static int belongs(long pid, uint32_t tid) {
  static struct {
    uint32_t tid;
    int belongs;
  } known[MOST_HOLDERS];
  static int count;
  char path[64];
  for (int i = 0; i < count; i++)
    if (known[i].tid == tid)
      return known[i].belongs;
  snprintf(path, sizeof path, "/proc/%ld/task/%u", pid, tid);
  int found = access(path, F_OK) == 0;
  if (count < MOST_HOLDERS) {
    known[count].tid = tid;
    known[count++].belongs = found;
  }
  return found;
}

/* Reads the word until its holder is another than `holder`, or a few times. */
static inline uint32_t poll_holder(_Atomic uint32_t *lock, uint32_t holder) {
  uint32_t seen = holder;
  for (int i = 0; i < POLLS && seen == holder; i++)
    seen = atomic_load_explicit(lock, memory_order_acquire) & TID_MASK;
  return seen;
}

static void print_list(const char *name, const uint64_t *values, long count) {
  printf("\"%s\":[", name);
  for (long i = 0; i < count; i++)
    printf("%s%llu", i ? "," : "", (unsigned long long)values[i]);
  printf("],");
}

static int watch(const char *file, long word, long pid, long most) {
  int fd = open(file, O_RDONLY | O_CLOEXEC), schedstat = open_schedstat(pid);
  if (fd < 0)
    die(file);
  size_t bytes = ((size_t)(word + 1) * 4 + PAGE - 1) / PAGE * PAGE;
  char *at = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED)
    die("mmap");
  _Atomic uint32_t *lock = (_Atomic uint32_t *)at + word;
  uint64_t *held = calloc((size_t)most, sizeof *held), *preempted = calloc((size_t)most, sizeof *preempted);
  uint64_t away = 0;
  long count = 0;
  if (!held || !preempted)
    die("calloc");
  signal(SIGTERM, end);
  pin(1);
  sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){.sched_priority = 1}); /* where that is allowed */
  printf("watching\n");
  fflush(stdout);
  uint64_t began = now_ns(), last = began;
  while (count < most && !is_told_to_end) {
    uint32_t holder = poll_holder(lock, 0);
    uint64_t start = now_ns();
    away += start - last > AWAY_NS ? start - last : 0;
    last = start;
    if (holder == 0)
      continue;
    uint64_t away_in_hold = 0, delay_before = UINT64_MAX, now = start;
    while (poll_holder(lock, holder) == holder && !is_told_to_end) {
      now = now_ns();
      away_in_hold += now - last > AWAY_NS ? now - last : 0;
      last = now;
      if (delay_before == UINT64_MAX && now - start > LONG_HOLD_NS) {
        delay_before = run_delay(schedstat);
        last = now_ns();
      }
    }
    now = now_ns();
    away_in_hold += now - last > AWAY_NS ? now - last : 0;
    away += away_in_hold;
    if (belongs(pid, holder)) {
      held[count] = now - start - away_in_hold;
      preempted[count++] = delay_before == UINT64_MAX ? 0 : run_delay(schedstat) - delay_before;
    }
    last = now_ns();
  }
  printf("{");
  print_list("ns", held, count);
  print_list("preempted", preempted, count);
  printf("\"awayNs\":%llu,\"watchedNs\":%llu}\n", (unsigned long long)away, (unsigned long long)(now_ns() - began));
  return 0;
}

/* One change: the old value of each word goes into a log before the word changes. */
static void change(volatile uint32_t *words, volatile uint32_t *log, uint32_t value) {
  for (uint32_t i = 0; i < CHANGE_WORDS; i++) {
    log[1 + 2 * i] = i;
    log[2 + 2 * i] = words[i];
    log[0] = 2 * i + 2;
    words[i] = value;
  }
  log[0] = 0;
}

static int hold(long word, long holds, uint64_t long_ns) {
  size_t bytes = ((size_t)(word + 1) * 4 + PAGE - 1) / PAGE * PAGE;
  int fd = memfd_create("bench", MFD_CLOEXEC);
  char *at;
  char line[16];
  if (fd < 0 || ftruncate(fd, (off_t)bytes + 2 * PAGE))
    die("memfd_create");
  at = mmap(NULL, bytes + 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED)
    die("mmap");
  _Atomic uint32_t *lock = (_Atomic uint32_t *)at + word;
  uint32_t me = (uint32_t)getpid();
  pin(0);
  printf("{\"pid\":%u,\"fd\":%d}\n", me, fd);
  fflush(stdout);
  if (!fgets(line, sizeof line, stdin))
    return 1;
  for (long i = 0; i <= holds; i++) {
    uint32_t nobody = 0;
    busy_until(now_ns() + BETWEEN_NS);
    if (!atomic_compare_exchange_strong(lock, &nobody, me))
      return 1;
    if (i == 0)
      busy_until(now_ns() + long_ns);
    else
      change((uint32_t *)(at + bytes), (uint32_t *)(at + bytes + PAGE), (uint32_t)i);
    atomic_exchange(lock, 0);
  }
  printf("over\n");
  fflush(stdout);
  (void)!fgets(line, sizeof line,
               stdin); /* the watcher asks /proc whose thread it saw: this process must be there until then */
  return 0;
}

int main(int argc, char **argv) {
  if (is_command(argc, argv, "watch") && argc > 2)
    return watch(argv[2], long_argument(argc, argv, 3), long_argument(argc, argv, 4), long_argument(argc, argv, 5));
  if (is_command(argc, argv, "hold"))
    return hold(long_argument(argc, argv, 2), long_argument(argc, argv, 3), (uint64_t)long_argument(argc, argv, 4));
  return unknown_command(argv);
}
