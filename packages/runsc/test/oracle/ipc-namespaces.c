/* IPC namespaces: objects, message queues and limits of their own, and what is left at the end of one. */
#include "oracle.h"
#include <mqueue.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#define IN_CHILD(...) do { fflush(stdout); if (!fork()) { __VA_ARGS__; fflush(stdout); _exit(0); } wait(0); } while (0)
union semun { int val; struct semid_ds *buf; unsigned short *array; struct seminfo *info; };

static void show(const char *path) {
  char text[4096];
  int fd = open(path, O_RDONLY);
  int n = read(fd, text, sizeof text - 1);
  close(fd);
  text[n < 0 ? 0 : n] = 0;
  printf("%s: %s", path, n < 0 ? "-\n" : text);
}
static int lines(const char *path) {
  char text[4096];
  int fd = open(path, O_RDONLY), count = 0;
  int n = read(fd, text, sizeof text);
  close(fd);
  for (int i = 0; i < n; i++) count += text[i] == '\n';
  return count;
}
static void put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  errno = 0;
  int n = write(fd, text, strlen(text));
  printf("%s <- %s: %d %s\n", path, text, n, n < 0 ? strerrorname_np(errno) : "");
  close(fd);
}
static void count_all(void) {
  printf("%d %d %d\n", lines("/proc/sysvipc/shm"), lines("/proc/sysvipc/sem"), lines("/proc/sysvipc/msg"));
}

enum { KEY = 0x0bac1e55 };

static void separate(void) {
  puts("-- separate");
  R(unshare(CLONE_NEWIPC));
  count_all();
  R(shmget(KEY, 100, IPC_CREAT | IPC_EXCL | 0600));
  R(semget(KEY, 2, IPC_CREAT | IPC_EXCL | 0600));
  R(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
  struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 8};
  OK(mq_open("/oracle-ns", O_CREAT | O_EXCL | O_RDWR, 0600, &attr));
  int shm = shmget(KEY, 0, 0), sem = semget(KEY, 0, 0), msg = msgget(KEY, 0);
  char *at = shmat(shm, 0, 0);
  strcpy(at, "outer");
  semctl(sem, 0, SETVAL, (union semun){.val = 3});
  count_all();
  IN_CHILD({
    R(unshare(CLONE_NEWIPC));
    count_all();
    R(shmget(KEY, 100, 0));
    R(semget(KEY, 2, 0));
    R(msgget(KEY, 0));
    OK(mq_open("/oracle-ns", O_RDWR));
    OK(mq_unlink("/oracle-ns"));
    printf("still attached: %s\n", at);
    R(shmctl(shm, IPC_RMID, 0));
    R(semctl(sem, 0, GETVAL));
    R(msgctl(msg, IPC_RMID, 0));
    R(shmget(KEY, 50, IPC_CREAT | 0600));
    R(shmdt(at));
    count_all();
  });
  count_all();
  struct shmid_ds ds;
  shmctl(shm, IPC_STAT, &ds);
  printf("attached %d\n", (int)ds.shm_nattch);
  R(semctl(sem, 0, GETVAL));
}

static void undo(void) {
  puts("-- undo");
  int sem = semget(KEY, 0, 0);
  struct sembuf down = {0, -1, SEM_UNDO};
  IN_CHILD({
    R(semop(sem, &down, 1));
    R(semctl(sem, 0, GETVAL));
    int before = open("/proc/self/ns/ipc", O_RDONLY);
    R(unshare(CLONE_NEWIPC));
    R(syscall(SYS_setns, before, CLONE_NEWIPC));
    R(semctl(sem, 0, GETVAL));
    R(semop(sem, &down, 1));
    R(unshare(CLONE_SYSVSEM));
    R(semctl(sem, 0, GETVAL));
  });
}

static void limits(void) {
  puts("-- limits");
  static const char *const names[] = {
    "kernel/shmmax", "kernel/shmall", "kernel/shmmni", "kernel/shm_rmid_forced", "kernel/sem", "kernel/msgmax",
    "kernel/msgmnb", "kernel/msgmni", "fs/mqueue/queues_max", "fs/mqueue/msg_max", "fs/mqueue/msg_default",
    "fs/mqueue/msgsize_max", "fs/mqueue/msgsize_default",
  };
  IN_CHILD({
    unshare(CLONE_NEWIPC);
    chdir("/proc/sys");
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) show(names[i]);
    put("kernel/shmmax", "8192\n");
    put("kernel/shmall", "3");
    put("kernel/shmmni", "2");
    R(shmget(IPC_PRIVATE, 8193, 0600));
    R(shmget(IPC_PRIVATE, 8192, 0600) >= 0);
    R(shmget(IPC_PRIVATE, 4097, 0600));
    R(shmget(IPC_PRIVATE, 4096, 0600) >= 0);
    put("kernel/shmall", "1000");
    R(shmget(IPC_PRIVATE, 4096, 0600));
    struct shminfo info;
    R(shmctl(0, IPC_INFO, (void *)&info) >= 0);
    printf("%lu %lu %lu\n", info.shmmax, info.shmall, info.shmmni);
    put("kernel/shmmax", "99999999999999999999999");
    put("kernel/shmmax", "x");
    put("kernel/shmmax", "");
    put("kernel/shmmni", "32769");
    put("kernel/shmmni", "-1");
    put("kernel/sem", "3 4 2 2");
    R(semget(IPC_PRIVATE, 4, 0600));
    R(semget(IPC_PRIVATE, 3, 0600) >= 0);
    R(semget(IPC_PRIVATE, 2, 0600));
    int set = semget(IPC_PRIVATE, 1, 0600);
    R(set >= 0);
    R(semget(IPC_PRIVATE, 1, 0600));
    struct sembuf ops[3] = {{0, 1, 0}, {0, 1, 0}, {0, 1, 0}};
    R(semop(set, ops, 3));
    R(semop(set, ops, 2));
    struct seminfo sems;
    R(semctl(0, 0, IPC_INFO, (union semun){.info = &sems}) >= 0);
    printf("%d %d %d %d\n", sems.semmsl, sems.semmns, sems.semopm, sems.semmni);
    put("kernel/sem", "1 2 3 40000");
    show("kernel/sem");
    put("kernel/msgmax", "10");
    put("kernel/msgmnb", "15");
    put("kernel/msgmni", "1");
    int queue = msgget(IPC_PRIVATE, 0600);
    R(msgget(IPC_PRIVATE, 0600));
    struct { long type; char text[20]; } m = {1, "text"};
    R(msgsnd(queue, &m, 11, IPC_NOWAIT));
    R(msgsnd(queue, &m, 10, IPC_NOWAIT));
    R(msgsnd(queue, &m, 10, IPC_NOWAIT));
    put("fs/mqueue/msg_max", "3");
    put("fs/mqueue/msgsize_max", "200");
    put("fs/mqueue/msgsize_max", "100");
    put("fs/mqueue/queues_max", "1");
    mqd_t q = mq_open("/a", O_CREAT | O_RDWR, 0600, 0);
    struct mq_attr attr;
    mq_getattr(q, &attr);
    printf("%ld %ld\n", attr.mq_maxmsg, attr.mq_msgsize);
    setresuid(1234, 1234, 1234);
    OK(mq_open("/b", O_CREAT | O_RDWR, 0600, 0));
  });
  show("/proc/sys/kernel/msgmax");
  show("/proc/sys/kernel/sem");
}

static void forced(void) {
  puts("-- shm_rmid_forced");
  IN_CHILD({
    unshare(CLONE_NEWIPC);
    chdir("/proc/sys/kernel");
    IN_CHILD(shmget(IPC_PRIVATE, 100, 0600));
    int own = shmget(IPC_PRIVATE, 100, 0600);
    printf("%d\n", lines("/proc/sysvipc/shm"));
    put("shm_rmid_forced", "1");
    printf("%d\n", lines("/proc/sysvipc/shm"));
    void *at = shmat(own, 0, 0);
    shmdt(at);
    printf("%d\n", lines("/proc/sysvipc/shm"));
    put("shm_rmid_forced", "2");
  });
}

static void end_of_one(void) {
  puts("-- the end");
  int turn[2], ready[2];
  char c;
  pipe(turn), pipe(ready);
  struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 8};
  fflush(stdout);
  if (!fork()) {
    unshare(CLONE_NEWIPC);
    int shm = shmget(KEY, 100, IPC_CREAT | 0600);
    strcpy(shmat(shm, 0, 0), "kept");
    char *at = shmat(shm, 0, 0);
    mqd_t q = mq_open("/kept", O_CREAT | O_RDWR, 0600, &attr);
    mq_send(q, "hello", 5, 1);
    int own = open("/proc/self/ns/ipc", O_RDONLY);
    /* Nobody is in it any more, but for the open file. */
    unshare(CLONE_NEWIPC);
    printf("memory %s\n", at);
    R(shmget(KEY, 0, 0));
    R(setns(own, 0));
    OK(shmget(KEY, 0, 0));
    unshare(CLONE_NEWIPC);
    close(own);
    printf("memory %s\n", at);
    char text[8];
    R(mq_receive(q, text, 8, 0));
    R(shmdt(at));
    fflush(stdout);
    write(ready[1], "", 1);
    _exit(0);
  }
  read(ready[0], &c, 1);
  wait(0);
  /* A sleeper whose namespace is held by itself alone sleeps on. */
  if (!fork()) {
    unshare(CLONE_NEWIPC);
    int msg = msgget(KEY, IPC_CREAT | 0600);
    struct { long type; char text[8]; } m;
    alarm(1);
    signal(SIGALRM, SIG_IGN);
    R(msgrcv(msg, &m, 8, 0, IPC_NOWAIT));
    fflush(stdout);
    _exit(0);
  }
  wait(0);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  separate();
  undo();
  limits();
  forced();
  end_of_one();
  count_all();
}
