/* System V and POSIX message queues, semaphores and shared memory; memfd; process attributes. */
#include "oracle.h"
#include <pthread.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/times.h>
#include <sched.h>
#include <time.h>

static volatile int got;
static void on(int s) { (void)s; got++; }
union semun { int val; struct semid_ds *buf; unsigned short *array; };
struct message { long type; char text[100]; };

static void system_v(void) {
  struct message m = {1, "one"};
  int st, q = msgget(IPC_PRIVATE, 0600);
  R(msgget(0x12345678, 0));
  R(msgsnd(-1, &m, 4, 0));
  R(msgsnd(q, &m, -1, 0));
  R(msgsnd(q, &m, 100000, 0));
  R(msgsnd(q, BAD, 4, 0));
  m.type = 0;
  R(msgsnd(q, &m, 4, 0));
  for (m.type = 1; m.type < 4; m.type++) R(msgsnd(q, &m, 4 * m.type, 0));
  R(msgrcv(q, &m, 100, 9, IPC_NOWAIT));
  R(msgrcv(q, &m, 3, 2, IPC_NOWAIT));
  R(msgrcv(q, &m, 3, 2, IPC_NOWAIT | MSG_NOERROR));
  R(msgrcv(q, &m, 100, 1, MSG_EXCEPT));
  printf("type %ld\n", m.type);
  m.type = 5;
  msgsnd(q, &m, 1, 0);
  R(msgrcv(q, &m, 100, -4, 0));
  printf("type %ld\n", m.type);
  struct msqid_ds ds;
  R(msgctl(q, IPC_STAT, &ds));
  printf("qnum %ld mode %o cbytes %ld qbytes %ld lspid %d\n", (long)ds.msg_qnum, ds.msg_perm.mode, (long)ds.__msg_cbytes, (long)ds.msg_qbytes, ds.msg_lspid == getpid());
  int n;
  memset(&m, 'x', sizeof m);
  m.type = 1;
  for (n = 0; msgsnd(q, &m, 100, IPC_NOWAIT) == 0; n++);
  printf("fits %d %s\n", n, strerrorname_np(errno));
  if (!fork()) { usleep(20000); msgctl(q, IPC_RMID, 0); _exit(0); }
  R(msgsnd(q, &m, 100, 0));
  wait(0);
  R(msgrcv(q, &m, 100, 0, 0));
  union semun u;
  unsigned short values[3] = {1, 2, 3};
  int s = semget(IPC_PRIVATE, 3, 0600);
  R(semget(IPC_PRIVATE, 0, 0));
  R(semget(IPC_PRIVATE, -1, 0));
  R(semget(IPC_PRIVATE, 100000, 0));
  u.array = values;
  R(semctl(s, 0, SETALL, u));
  R(semctl(s, 1, GETVAL));
  R(semctl(s, 3, GETVAL));
  u.val = -1;
  R(semctl(s, 1, SETVAL, u));
  u.val = 40000;
  R(semctl(s, 1, SETVAL, u));
  struct sembuf ops[3] = {{0, -1, 0}, {1, -2, IPC_NOWAIT}, {2, -4, IPC_NOWAIT}};
  R(semop(s, ops, 3));
  R(semctl(s, 0, GETVAL));
  R(semop(s, ops, 2));
  R(semctl(s, 1, GETVAL));
  R(semctl(s, 1, GETPID) == getpid());
  R(semop(s, ops, 0));
  R(semop(s, ops, 100000));
  ops[0].sem_num = 9;
  R(semop(s, ops, 1));
  ops[0] = (struct sembuf){2, 5, SEM_UNDO};
  if (!fork()) { semop(s, ops, 1); printf("child sees %d\n", semctl(s, 2, GETVAL)); fflush(stdout); _exit(0); }
  wait(0);
  R(semctl(s, 2, GETVAL));
  ops[0] = (struct sembuf){0, -1, 0};
  struct timespec ts = {0, 20000000};
  R(semtimedop(s, ops, 1, &ts));
  if (!fork()) _exit(semop(s, ops, 1) == 0 ? 0 : errno);
  usleep(20000);
  R(semctl(s, 0, GETNCNT));
  ops[0].sem_op = 1;
  R(semop(s, ops, 1));
  wait(0);
  ops[0] = (struct sembuf){2, 0, 0};
  if (!fork()) _exit(semop(s, ops, 1) == 0 ? 0 : errno);
  usleep(20000);
  R(semctl(s, 2, GETZCNT));
  R(semctl(s, 0, IPC_RMID));
  wait(&n);
  printf("waiter %s\n", strerrorname_np(WEXITSTATUS(n)));
  R(semop(s, ops, 1));
  int h = shmget(IPC_PRIVATE, 5000, 0600);
  R(shmget(IPC_PRIVATE, 0, 0600));
  R(shmget(0x7654321, 100, 0));
  int k = shmget(0x7654321, 100, IPC_CREAT | 0600);
  R(shmget(0x7654321, 100, IPC_CREAT | IPC_EXCL | 0600));
  R(shmget(0x7654321, 5000, 0600));
  R(shmctl(k, IPC_RMID, 0));
  char *a = shmat(h, 0, 0), *b = shmat(h, 0, SHM_RDONLY);
  strcpy(a, "shared");
  printf("%s\n", b);
  if (!fork()) { strcpy(a + 4096, "child"); _exit(0); }
  wait(0);
  printf("%s\n", b + 4096);
  struct shmid_ds sd;
  R(shmctl(h, IPC_STAT, &sd));
  printf("size %zu nattch %ld\n", sd.shm_segsz, (long)sd.shm_nattch);
  R(shmctl(h, IPC_RMID, 0));
  R(shmctl(h, IPC_STAT, &sd));
  printf("nattch %ld dest %d\n", (long)sd.shm_nattch, !!(sd.shm_perm.mode & 01000));
  R(shmat(h, (void *)1, 0) == (void *)-1);
  R(shmdt(a));
  R(shmdt(a));
  R(shmdt(a + 1));
  R(shmdt(b));
  R(shmctl(h, IPC_STAT, &sd));
  if (!fork()) { *(volatile char *)b = 1; _exit(0); }
  wait(&st);
  printf("detached %x\n", st);
}
static void posix_queues(void) {
  struct mq_attr at = {.mq_maxmsg = 3, .mq_msgsize = 10}, now;
  char b[10];
  unsigned prio;
  mq_unlink("/oracle");
  R(mq_open("oracle", O_RDWR));
  R(mq_open("/oracle", O_RDWR));
  R(mq_open("/a/b", O_RDWR | O_CREAT, 0600, 0));
  at.mq_maxmsg = 0;
  R(mq_open("/oracle", O_RDWR | O_CREAT, 0600, &at));
  at.mq_maxmsg = 3;
  int q = mq_open("/oracle", O_RDWR | O_CREAT | O_NONBLOCK, 0600, &at);
  R(mq_open("/oracle", O_RDWR | O_CREAT | O_EXCL, 0600, &at));
  R(mq_send(q, "low", 3, 1));
  R(mq_send(q, "high", 4, 9));
  R(mq_send(q, "high2", 5, 9));
  R(mq_send(q, "x", 1, 0));
  R(mq_send(q, "too long a message", 18, 0));
  R(mq_send(q, "x", 1, 99999));
  struct pollfd p = {.fd = q, .events = POLLIN | POLLOUT};
  R(poll(&p, 1, 0));
  printf("%x\n", p.revents);
  R(mq_getattr(q, &now));
  printf("%ld %ld %ld %ld\n", now.mq_flags, now.mq_maxmsg, now.mq_msgsize, now.mq_curmsgs);
  R(mq_receive(q, b, 5, &prio));
  for (int i = 0; i < 4; i++) { R(mq_receive(q, b, 10, &prio)); printf("prio %u %.4s\n", prio, b); }
  struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  signal(SIGUSR1, on);
  R(mq_notify(q, &ev));
  R(mq_notify(q, &ev));
  got = 0;
  mq_send(q, "n", 1, 0);
  usleep(5000);
  R(got);
  R(mq_notify(q, 0));
  R(mq_receive(q, b, 10, 0));
  fcntl(q, F_SETFL, 0);
  struct timespec ts = {1, 0};
  R(mq_timedreceive(q, b, 10, 0, &ts));
  ts.tv_nsec = -1;
  R(mq_timedreceive(q, b, 10, 0, &ts));
  R(mq_unlink("/oracle"));
  R(mq_unlink("/oracle"));
  R(mq_close(q));
}
/* A child that its parent's end kills: that of the thread. */
static void *with_child(void *child) {
  int ready[2];
  char b;
  pipe(ready);
  if ((*(int *)child = fork()) == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(ready[1]), close(ready[0]);
    pause();
  }
  close(ready[1]);
  read(ready[0], &b, 1);
  return 0;
}
static void attributes(void) {
  int n = 0, st;
  struct rlimit l;
  R(getrlimit(99, &l));
  R(getrlimit(RLIMIT_NOFILE, BAD));
  l = (struct rlimit){100, 50};
  R(setrlimit(RLIMIT_NOFILE, &l));
  l = (struct rlimit){50, 100};
  R(setrlimit(RLIMIT_NOFILE, &l));
  R(prlimit(0, RLIMIT_NOFILE, 0, &l));
  printf("%ld %ld\n", (long)l.rlim_cur, (long)l.rlim_max);
  R(prlimit(999999, RLIMIT_NOFILE, 0, &l));
  l = (struct rlimit){100, 100};
  setrlimit(RLIMIT_FSIZE, &l);
  signal(SIGXFSZ, on);
  char name[] = "/tmp/oracle-XXXXXX", data[200] = {0};
  int fd = mkstemp(name);
  unlink(name);
  got = 0;
  R(write(fd, data, 200));
  R(write(fd, data, 200));
  R(got);
  R(ftruncate(fd, 101));
  R(got);
  R(pwrite(fd, data, 10, 95));
  if (!fork()) { l = (struct rlimit){1, 1}; setrlimit(RLIMIT_CPU, &l); for (;;); }
  wait(&st);
  printf("cpu limit %d\n", WTERMSIG(st) == SIGKILL || WTERMSIG(st) == SIGXCPU);
  if (!fork()) { l = (struct rlimit){1 << 20, 1 << 20}; setrlimit(RLIMIT_AS, &l); R(mmap(0, 2 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED); R(errno); _exit(0); }
  wait(0);
  if (!fork()) { R(prctl(PR_SET_PDEATHSIG, SIGUSR1)); R(prctl(PR_GET_PDEATHSIG, &n)); printf("%d\n", n); fflush(stdout); _exit(0); }
  wait(0);
  pthread_t maker;
  static int orphan;
  pthread_create(&maker, 0, with_child, &orphan);
  pthread_join(maker, 0);
  R(waitpid(orphan, &n, 0) == orphan);
  printf("ended by %d\n", WTERMSIG(n));
  R(prctl(PR_SET_PDEATHSIG, 99));
  R(prctl(PR_GET_DUMPABLE));
  R(prctl(PR_SET_DUMPABLE, 2));
  R(prctl(PR_SET_DUMPABLE, 0));
  R(prctl(PR_GET_DUMPABLE));
  R(prctl(PR_SET_DUMPABLE, 1));
  R(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  R(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
  R(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  R(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  R(prctl(PR_GET_KEEPCAPS));
  R(prctl(PR_SET_KEEPCAPS, 2));
  R(prctl(PR_GET_TIMERSLACK));
  R(prctl(PR_GET_TSC, &n));
  R(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
  R(prctl(99999));
  R(prctl(PR_SET_CHILD_SUBREAPER, 1));
  R(prctl(PR_GET_CHILD_SUBREAPER, &n));
  printf("%d\n", n);
  if (!fork()) { if (!fork()) { usleep(20000); _exit(12); } _exit(0); }
  R(wait(&st) > 0);
  R(wait(&st) > 0);
  printf("adopted %d\n", WEXITSTATUS(st));
  struct sched_param sp = {0};
  R(sched_getscheduler(0));
  R(sched_getscheduler(-1));
  R(sched_get_priority_max(SCHED_FIFO));
  R(sched_get_priority_min(99));
  sp.sched_priority = 1;
  R(sched_setscheduler(0, SCHED_OTHER, &sp));
  R(sched_setscheduler(0, 77, &sp));
  R(sched_getparam(0, BAD));
  cpu_set_t c;
  CPU_ZERO(&c);
  R(sched_setaffinity(0, sizeof c, &c));
  R(sched_getaffinity(999999, sizeof c, &c));
  R(syscall(SYS_sched_getaffinity, 0, 4, &c));
  R(sched_yield());
  R(nice(1));
  R(getpriority(PRIO_PROCESS, 0));
  R(getpriority(9, 0));
  R(getpriority(PRIO_PROCESS, 999999));
  siginfo_t si;
  R(waitid(P_ALL, 0, &si, 0));
  R(waitid(9, 0, &si, WEXITED));
  R(waitid(P_PID, -1, &si, WEXITED));
  R(waitid(P_PIDFD, 99, &si, WEXITED));
  pid_t kid = fork();
  if (!kid) _exit(3);
  int pf = syscall(SYS_pidfd_open, kid, 0);
  struct pollfd p = {.fd = pf, .events = POLLIN};
  R(poll(&p, 1, 1000));
  printf("%x\n", p.revents);
  R(waitid(P_PIDFD, pf, &si, WEXITED | WNOWAIT));
  memset(&si, 0, sizeof si);
  R(waitid(P_PGID, 0, &si, WEXITED | WNOHANG));
  printf("%d %d\n", si.si_code, si.si_status);
  R(poll(&p, 1, 0));
  printf("%x\n", p.revents);
  R(syscall(SYS_pidfd_send_signal, pf, 0, 0, 0));
  R(waitid(P_PIDFD, pf, &si, WEXITED));
  R(syscall(SYS_pidfd_open, 999999, 0));
  R(syscall(SYS_pidfd_open, -1, 0));
  R(syscall(SYS_pidfd_open, 0, 0));
}
int main(void) {
  for (int i = 3; i < 20; i++) close(i);
  system_v();
  posix_queues();
  attributes();
  return 0;
}
