/* Processes and threads under load: timers, exec and exit among spinning threads, stops, forks, restarts. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <signal.h>
#include <sys/wait.h>
#include <string.h>
#include <pthread.h>
#include <errno.h>
#include <spawn.h>
#include <time.h>
#include <sys/time.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/ioctl.h>
#include <fcntl.h>
extern char**environ;
static volatile int n; static void h(int s){ n++; }
static void*spin(void*a){ volatile long x=0; while(!*(volatile int*)a) x++; return 0; }
static void *execer(void*a){ char*v[]={"self","done",0}; execve("/proc/self/exe",v,environ); return 0; }
static void segv(int s, siginfo_t*i,void*u){ printf("segv code %d addr %p\n",i->si_code,i->si_addr); mprotect((void*)((long)i->si_addr&~4095),4096,PROT_READ|PROT_WRITE); }
int main(int c,char**v){
  setvbuf(stdout,0,_IONBF,0);
  if(c>1){ printf("%s pid==tid %d\n",v[1],getpid()==gettid()); return 0; }
  struct sigaction sa={.sa_handler=h}; sigaction(SIGALRM,&sa,0); sigaction(SIGPROF,&sa,0);
  // busy loop interrupted by timer
  struct itimerval it={{0,10000},{0,10000}}; setitimer(ITIMER_REAL,&it,0); while(n<10); it.it_value.tv_usec=0; setitimer(0,&it,0); puts("alarms");
  n=0; struct itimerval ip={{0,10000},{0,10000}}; setitimer(ITIMER_PROF,&ip,0); while(n<5); ip.it_value.tv_usec=0; setitimer(ITIMER_PROF,&ip,0); puts("prof");
  // spawn
  pid_t p; char*sv[]={"self","spawned",0}; posix_spawn(&p,"/proc/self/exe",0,0,sv,environ); int st; waitpid(p,&st,0); printf("st %x\n",st);
  // exec from thread with spinning siblings
  if(!(p=fork())){ static int stop; pthread_t t; for(int i=0;i<4;i++) pthread_create(&t,0,spin,&stop); pthread_create(&t,0,execer,0); for(;;) pause(); }
  waitpid(p,&st,0); printf("exec %x\n",st);
  // exit_group with spinning threads
  if(!(p=fork())){ static int stop; pthread_t t; for(int i=0;i<4;i++) pthread_create(&t,0,spin,&stop); usleep(1000); exit(5);} waitpid(p,&st,0); printf("eg %x\n",st);
  // kill spinning multi thread
  if(!(p=fork())){ static int stop; pthread_t t; for(int i=0;i<4;i++) pthread_create(&t,0,spin,&stop); for(;;);} usleep(20000); kill(p,SIGKILL); waitpid(p,&st,0); printf("k %x\n",st);
  // stop spinning
  if(!(p=fork())){ for(;;);} usleep(5000); kill(p,SIGSTOP); waitpid(p,&st,WUNTRACED); printf("stop %x\n",st); kill(p,SIGCONT); waitpid(p,&st,WCONTINUED); printf("cont %x\n",st); kill(p,SIGTERM); waitpid(p,&st,0); printf("term %x\n",st);
  // fault handler fixes
  struct sigaction s2={.sa_sigaction=segv,.sa_flags=SA_SIGINFO}; sigaction(SIGSEGV,&s2,0); char*m=mmap((void*)0x10000000,4096,PROT_READ,MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED,-1,0); m[5]=1; printf("m %d\n",m[5]);
  // 300 forks
  for(int i=0;i<300;i++){ if(!(p=fork())) _exit(i&127); waitpid(p,&st,0); if(WEXITSTATUS(st)!=(i&127)) puts("bad"); }
  puts("forks"); signal(SIGCHLD,SIG_IGN); for(int i=0;i<20;i++) if(!fork()) _exit(0); while(wait(0)>0); printf("%s\n",strerrorname_np(errno));
  signal(SIGCHLD,SIG_DFL);
  // pipe eof+sigpipe
  int fd[2]; pipe(fd); if(!(p=fork())){ close(fd[0]); signal(SIGPIPE,SIG_DFL); usleep(10000); write(fd[1],"x",1); _exit(1);} close(fd[0]); close(fd[1]); waitpid(p,&st,0); printf("pipe %x\n",st);
  // vfork
  if(!(p=vfork())){ _exit(9);} waitpid(p,&st,0); printf("vf %x\n",st);
  // stack growth deep
  volatile char big[4*1024*1024]; big[0]=1; printf("big %d\n",big[0]);
  // signal to blocked read restart
  struct sigaction s3={.sa_handler=h,.sa_flags=SA_RESTART}; sigaction(SIGUSR1,&s3,0); pipe(fd); pid_t me=getpid(); if(!(p=fork())){ usleep(5000); kill(me,SIGUSR1); usleep(5000); write(fd[1],"y",1); _exit(0);} char ch; n=0; printf("read %zd", read(fd[0],&ch,1)); printf(" n %d\n",n); waitpid(p,&st,0);
  sigset_t set; sigemptyset(&set); sigaddset(&set,SIGUSR2); sigprocmask(SIG_BLOCK,&set,0); kill(me,SIGUSR2); int sig; sigwait(&set,&sig); printf("sigwait %d\n",sig);
  return 0; }
