/* Host objects that are found by a number and no path: handles of files, System V IPC, keys, process numbers in odd
   places, ports, and doors to the host's kernel that ours does not have. `plant HOME TOKEN` makes the objects, prints
   what an attacker could have guessed, and removes them when its stdin ends. Otherwise the arguments are: the token, a
   host process, a file to be made in the host's directory, and what was printed: an IPC key, the numbers of shared
   memory, semaphores and a queue, and a file handle. */
#include "attack.h"
#include <asm/ldt.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <sched.h>
#include <sys/fanotify.h>
#include <sys/io.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

#define SYS_io_uring_setup_ 425
enum { KEY_USER = -4, KEY_SETPERM = 5, KEY_SEARCH = 10, KEY_READ = 11, KEY_INVALIDATE = 21, KCMP_FILES_ = 2, PIDFD_SIGNAL = 424 };
struct handle { unsigned bytes; int type; unsigned char data[128]; };
struct letter { long type; char text[64]; };

static int plant(const char *home, const char *secret) {
  char path[4096];
  key_t key = getpid() | 1 << 30;
  int memory = shmget(key, 4096, IPC_CREAT | 0666), semaphores = semget(key, 1, IPC_CREAT | 0666), queue = msgget(key, IPC_CREAT | 0666);
  char *text = shmat(memory, NULL, 0);
  struct handle handle = { sizeof handle.data };
  int mount;
  if (memory < 0 || semaphores < 0 || queue < 0 || text == (void *)-1) return perror("System V IPC"), 1;
  strcpy(text, secret);
  snprintf(path, sizeof path, "%d", key);
  long serial = syscall(SYS_add_key, "user", path, secret, strlen(secret), KEY_USER);
  syscall(SYS_keyctl, KEY_SETPERM, serial, 0x3f3f3f3f);
  snprintf(path, sizeof path, "%s/secret", home);
  /* Without one, the numbers of a file system that has no such handles. */
  if (syscall(SYS_name_to_handle_at, AT_FDCWD, path, &handle, &mount, 0)) handle.bytes = 0;
  printf("%d %d %d %d %d:", key, memory, semaphores, queue, handle.type);
  for (unsigned i = 0; i < handle.bytes; i++) printf("%02x", handle.data[i]);
  puts("");
  fflush(stdout);
  while (read(0, path, sizeof path) > 0);
  shmctl(memory, IPC_RMID, NULL), semctl(semaphores, 0, IPC_RMID), msgctl(queue, IPC_RMID, NULL);
  if (serial > 0) syscall(SYS_keyctl, KEY_INVALIDATE, serial);
  return 0;
}

static int by_handle(const char *directory, const char *text) {
  struct handle handle = { 0 };
  int at = 0;
  sscanf(text, "%d:%n", &handle.type, &at);
  for (text += at; sscanf(text, "%2hhx", &handle.data[handle.bytes]) == 1; text += 2) handle.bytes++;
  return has_token(syscall(SYS_open_by_handle_at, open(directory, O_RDONLY | O_DIRECTORY), &handle, O_RDONLY));
}
static int in_memory(int id) {
  char *at = shmat(id, NULL, SHM_RDONLY);
  return at != (void *)-1 && !strcmp(at, token);
}
static long changes(int semaphores) {
  struct sembuf up = { 0, 1, 0 };
  return semop(semaphores, &up, 1);
}
static int by_key(const char *name) {
  char text[64] = "";
  long serial = syscall(SYS_keyctl, KEY_SEARCH, KEY_USER, "user", name, 0);
  return serial > 0 && syscall(SYS_keyctl, KEY_READ, serial, text, sizeof text) > 0 && !strcmp(text, token);
}
static long counts(pid_t pid) {
  struct perf_event_attr event = { .type = PERF_TYPE_SOFTWARE, .size = sizeof event, .config = PERF_COUNT_SW_TASK_CLOCK, .exclude_kernel = 1 };
  return syscall(SYS_perf_event_open, &event, pid, -1, -1, 0);
}
static long maps(void) {
  union bpf_attr map = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
  return syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof map);
}
/* What others do with files is told, with descriptors of these. */
static int overhears(void) {
  int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_NONBLOCK, O_RDONLY);
  return fd >= 0 && !fanotify_mark(fd, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN, AT_FDCWD, "/");
}
static long rings(void) {
  char parameters[120] = { 0 };
  return syscall(SYS_io_uring_setup_, 1, parameters);
}
/* A segment of 32-bit code. */
static int has_segment(void) {
  struct user_desc code = { .limit = 0xfffff, .seg_32bit = 1, .contents = MODIFY_LDT_CONTENTS_CODE, .limit_in_pages = 1 };
  return !syscall(SYS_modify_ldt, 1, &code, sizeof code);
}
static int port(void) {
  if (ioperm(0x80, 1, 1)) return 0;
  outb(0, 0x80);
  return 1;
}
static int all_ports(void) {
  if (iopl(3)) return 0;
  outb(0, 0x80);
  return 1;
}
/* The 32-bit table of calls, from 64-bit code. */
static int creates_by_int80(const char *name) {
  char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  int result;
  strcpy(low, name);
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(8 /* creat */), "b"(low), "c"(0644) : "memory", "r8", "r9", "r10", "r11");
  return result >= 0;
}
/* The same from 32-bit code: a far call to a page below 4 GiB and back. */
static int creates_by_far_call(const char *name) {
  /* mov $8, %eax; int $0x80; lret */
  static const unsigned char code[] = { 0xb8, 8, 0, 0, 0, 0xcd, 0x80, 0xcb };
  unsigned char *low = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  struct { uint32_t offset; uint16_t selector; } __attribute__((packed)) far = { (uint32_t)(uintptr_t)low, 0x23 };
  int result;
  memcpy(low, code, sizeof code);
  strcpy((char *)low + 64, name);
  __asm__ volatile(
    "mov %%rsp, %%r12\n mov %2, %%rsp\n lcall *%1\n mov %%r12, %%rsp"
    : "=a"(result) : "m"(far), "r"(low + 8192 - 64), "b"(low + 64), "c"(0644) : "memory", "rdx", "r8", "r9", "r10", "r11", "r12");
  return result >= 0;
}

int main(int argc, char **argv) {
  if (!strcmp(argv[1], "plant")) return plant(argv[2], argv[3]);
  token = argv[1];
  pid_t pid = atoi(argv[2]);
  int key = atoi(argv[4]), memory = atoi(argv[5]), semaphores = atoi(argv[6]), queue = atoi(argv[7]);
  struct sched_param parameters;
  struct timespec time;
  struct letter letter = { 1, "x" };
  struct shmid_ds segment;
  char text[4096], made[2][4096];
  void *head;
  size_t length;
  snprintf(made[0], sizeof made[0], "%s-int80", argv[3]);
  snprintf(made[1], sizeof made[1], "%s-far", argv[3]);
  snprintf(text, sizeof text, "/proc/%d", pid);

  report("open_by_handle_at, the working directory's", by_handle(".", argv[8]));
  report("open_by_handle_at, the root's", by_handle("/", argv[8]));
  report("shmat", in_memory(memory));
  ATTEMPT("shmget", shmget(key, 0, 0));
  ATTEMPT("shmctl", shmctl(memory, IPC_STAT, &segment));
  ATTEMPT("semget", semget(key, 0, 0));
  ATTEMPT("semop", changes(semaphores));
  ATTEMPT("msgget", msgget(key, 0));
  ATTEMPT("msgsnd", msgsnd(queue, &letter, 1, IPC_NOWAIT));
  report("keyctl", by_key(argv[4]));
  ATTEMPT("kcmp", syscall(SYS_kcmp, getpid(), pid, KCMP_FILES_, 0, 0));
  ATTEMPT("ioprio_get", syscall(SYS_ioprio_get, 1, pid));
  ATTEMPT("ioprio_set", syscall(SYS_ioprio_set, 1, pid, 0));
  ATTEMPT("sched_getparam", sched_getparam(pid, &parameters));
  ATTEMPT("sched_setscheduler", sched_setscheduler(pid, SCHED_OTHER, &(struct sched_param){ 0 }));
  ATTEMPT("sched_rr_get_interval", sched_rr_get_interval(pid, &time));
  ATTEMPT("get_robust_list", syscall(SYS_get_robust_list, pid, &head, &length));
  ATTEMPT("clock of a process", clock_gettime(~pid << 3 | 2, &time));
  ATTEMPT("F_SETOWN", fcntl(dup(0), F_SETOWN, pid));
  ATTEMPT("setpriority", setpriority(PRIO_PROCESS, pid, 0));
  ATTEMPT("pidfd_send_signal by /proc", syscall(PIDFD_SIGNAL, open(text, O_RDONLY | O_DIRECTORY), 0, NULL, 0));
  ATTEMPT("perf_event_open", counts(pid));
  ATTEMPT("bpf", maps());
  ATTEMPT("io_uring_setup", rings());
  ATTEMPT("userfaultfd", syscall(SYS_userfaultfd, O_CLOEXEC));
  report("fanotify", overhears());
  report("modify_ldt", CHILD(has_segment()));
  report("ioperm", CHILD(port()));
  report("iopl", CHILD(all_ports()));
  report("int 0x80", CHILD(creates_by_int80(made[0])));
  report("int 0x80 of 32-bit code", CHILD(creates_by_far_call(made[1])));
  return 0;
}
