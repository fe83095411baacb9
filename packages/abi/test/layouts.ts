// Where C declares each struct, for layout.test.ts.

/** How one of our structs is called in C. */
interface Layout {
  /** The C type; `struct NAME` if missing. */
  readonly type?: string
  /** 'prefix' where ours leaves out what follows, or includes what old headers lack. */
  readonly size?: 'prefix'
  /** C names of fields that are not called the same; null for a field of later kernels. */
  readonly fields?: Readonly<Record<string, string | null>>
}

/** Headers that go together, or lines of C, and the structs they declare. */
interface LayoutGroup {
  readonly headers: readonly string[]
  readonly structs: Readonly<Record<string, Layout>>
}

const siginfo: Layout = { type: 'siginfo_t' }

export const layouts: readonly LayoutGroup[] = [
  {
    headers: ['linux/types.h', 'linux/time.h', 'linux/times.h', 'linux/timex.h', 'linux/utime.h'],
    structs: {
      timespec: {},
      timeval: {},
      itimerspec: {},
      itimerval: {},
      timezone: {},
      utimbuf: {},
      tms: {},
      timex: {},
    },
  },
  {
    headers: ['linux/types.h', 'asm/stat.h', 'linux/stat.h', 'asm/statfs.h', 'linux/mount.h'],
    structs: {
      stat: {},
      statx_timestamp: {},
      statx: {
        fields: {
          stx_subvol: null,
          stx_atomic_write_unit_min: null,
          stx_atomic_write_unit_max: null,
          stx_atomic_write_segments_max: null,
        },
      },
      statfs: {},
      mount_attr: {},
    },
  },
  {
    headers: [
      'struct ustat { int f_tfree; unsigned long f_tinode; char f_fname[6]; char f_fpack[6]; };',
      'struct mnt_id_req { unsigned size, spare; unsigned long mnt_id, param, mnt_ns_id; };',
      'struct statmount { ' +
        'unsigned size; unsigned mnt_opts; unsigned long mask; unsigned sb_dev_major; ' +
        'unsigned sb_dev_minor; unsigned long sb_magic; unsigned sb_flags; unsigned fs_type; ' +
        'unsigned long mnt_id; unsigned long mnt_parent_id; unsigned mnt_id_old; ' +
        'unsigned mnt_parent_id_old; unsigned long mnt_attr; unsigned long mnt_propagation; ' +
        'unsigned long mnt_peer_group; unsigned long mnt_master; unsigned long propagate_from; ' +
        'unsigned mnt_root; unsigned mnt_point; unsigned long mnt_ns_id; unsigned fs_subtype; ' +
        'unsigned sb_source; unsigned opt_num; unsigned opt_array; unsigned opt_sec_num; ' +
        'unsigned opt_sec_array; unsigned long supported_mask; unsigned mnt_uidmap_num; ' +
        'unsigned mnt_uidmap; unsigned mnt_gidmap_num; unsigned mnt_gidmap; ' +
        'unsigned long __spare2[43]; };',
      'struct cachestat_range { unsigned long off, len; };',
      'struct cachestat { unsigned long nr_cache, nr_dirty, nr_writeback, nr_evicted, nr_recently_evicted; };',
      'struct sigset_argpack { const unsigned long *p; unsigned long size; };',
      'struct linux_dirent64 { unsigned long d_ino; long d_off; unsigned short d_reclen; unsigned char d_type; char d_name[]; };',
    ],
    structs: {
      ustat: {},
      mnt_id_req: {},
      statmount: {},
      cachestat_range: {},
      cachestat: {},
      sigset_argpack: {},
      linux_dirent64: { size: 'prefix' },
    },
  },
  {
    headers: [
      'linux/types.h',
      'linux/uio.h',
      'linux/poll.h',
      'linux/eventpoll.h',
      'linux/fcntl.h',
      'linux/openat2.h',
      'linux/inotify.h',
      'linux/fs.h',
      'linux/aio_abi.h',
    ],
    structs: {
      iovec: {},
      pollfd: {},
      epoll_event: { fields: { data_low: 'data', data_high: null } },
      flock: {},
      f_owner_ex: {},
      open_how: {},
      inotify_event: {},
      file_clone_range: {},
      iocb: {},
      io_event: {},
      fsxattr: {},
    },
  },
  { headers: ['fcntl.h'], structs: { file_handle: {} } },
  {
    headers: [
      'linux/types.h',
      'linux/time.h',
      'linux/resource.h',
      'linux/sysinfo.h',
      'linux/utsname.h',
      'linux/sched.h',
      'linux/sched/types.h',
      'linux/capability.h',
      'linux/futex.h',
      'linux/rseq.h',
      'linux/prctl.h',
      'linux/filter.h',
    ],
    structs: {
      rusage: {},
      rlimit: {},
      rlimit64: {},
      sysinfo: {},
      utsname: { type: 'struct new_utsname' },
      clone_args: {},
      sched_attr: {},
      cap_user_header_t: { type: 'struct __user_cap_header_struct' },
      cap_user_data_t: { type: 'struct __user_cap_data_struct' },
      vfs_ns_cap_data: {
        fields: {
          permitted_low: 'data[0].permitted',
          inheritable_low: 'data[0].inheritable',
          permitted_high: 'data[1].permitted',
          inheritable_high: 'data[1].inheritable',
        },
      },
      robust_list_head: {},
      futex_waitv: {},
      rseq: { fields: { node_id: null, mm_cid: null } },
      rseq_cs: {},
      prctl_mm_map: {},
      sock_fprog: {},
    },
  },
  { headers: ['sched.h'], structs: { sched_param: {} } },
  {
    headers: ['linux/types.h', 'linux/ptrace.h'],
    structs: {
      ptrace_peeksiginfo_args: {},
      ptrace_syscall_info: { size: 'prefix' },
      ptrace_syscall_info_entry: {
        type: 'struct ptrace_syscall_info',
        size: 'prefix',
        fields: { nr: 'entry.nr', args: 'entry.args' },
      },
      ptrace_syscall_info_exit: {
        type: 'struct ptrace_syscall_info',
        size: 'prefix',
        fields: { rval: 'exit.rval', is_error: 'exit.is_error' },
      },
      ptrace_syscall_info_seccomp: {
        type: 'struct ptrace_syscall_info',
        size: 'prefix',
        fields: { nr: 'seccomp.nr', args: 'seccomp.args', ret_data: 'seccomp.ret_data' },
      },
    },
  },
  {
    headers: ['linux/types.h', 'linux/signal.h', 'linux/signalfd.h'],
    structs: {
      sigaction: {},
      stack_t: { type: 'stack_t' },
      siginfo,
      siginfo_kill: siginfo,
      siginfo_rt: siginfo,
      siginfo_timer: siginfo,
      siginfo_chld: siginfo,
      siginfo_fault: siginfo,
      siginfo_pkey: siginfo,
      siginfo_poll: siginfo,
      siginfo_sys: siginfo,
      sigevent: { fields: { sigev_notify_thread_id: 'sigev_notify_thread_id' } },
      signalfd_siginfo: {},
    },
  },
  {
    headers: [
      'linux/types.h',
      'linux/signal.h',
      'asm/sigcontext.h',
      '#define sigcontext sigcontext_64',
      'asm/ucontext.h',
      'struct rt_sigframe { char *pretcode; struct ucontext uc; siginfo_t info; };',
    ],
    structs: {
      sigcontext: {
        type: 'struct sigcontext_64',
        fields: {
          rdi: 'di',
          rsi: 'si',
          rbp: 'bp',
          rbx: 'bx',
          rdx: 'dx',
          rax: 'ax',
          rcx: 'cx',
          rsp: 'sp',
          rip: 'ip',
          eflags: 'flags',
        },
      },
      ucontext: {},
      rt_sigframe: {},
      fpx_sw_bytes: { type: 'struct _fpx_sw_bytes' },
      fpstate: { type: 'struct _fpstate_64' },
    },
  },
  { headers: ['sys/user.h'], structs: { user_regs_struct: {} } },
  {
    headers: ['asm/termbits.h', 'asm/termios.h'],
    structs: { termios: {}, termios2: {}, winsize: {} },
  },
  {
    headers: [
      'sys/socket.h',
      'linux/un.h',
      'netinet/in.h',
      'linux/netlink.h',
      'linux/if_packet.h',
      'linux/errqueue.h',
    ],
    structs: {
      sockaddr: {},
      sockaddr_un: {},
      sockaddr_in: {},
      sockaddr_in6: {},
      sockaddr_nl: {},
      sockaddr_ll: {},
      msghdr: {},
      mmsghdr: {},
      cmsghdr: {},
      ucred: {},
      linger: {},
      ip_mreq: {},
      ip_mreqn: {},
      ipv6_mreq: { fields: { ipv6mr_ifindex: 'ipv6mr_interface' } },
      in_pktinfo: {},
      in6_pktinfo: {},
      sock_extended_err: {},
      nlmsghdr: {},
      nlmsgerr: {},
      nlattr: {},
    },
  },
  {
    headers: ['linux/sock_diag.h', 'linux/inet_diag.h', 'linux/unix_diag.h'],
    structs: {
      inet_diag_sockid: {},
      inet_diag_req_v2: {},
      inet_diag_msg: {},
      inet_diag_bc_op: {},
      inet_diag_hostcond: {},
      unix_diag_req: {},
      unix_diag_msg: {},
    },
  },
  {
    headers: ['linux/tcp.h'],
    structs: { tcp_info: { fields: { tcpi_wscale: null, tcpi_delivery_flags: null } } },
  },
  {
    headers: [
      ...['sys/socket.h', 'linux/if.h', 'linux/rtnetlink.h', 'linux/if_addr.h'],
      'linux/fib_rules.h',
    ],
    structs: {
      fib_rule_hdr: {},
      ifreq: {},
      ifconf: {},
      rtattr: {},
      rtgenmsg: {},
      ifinfomsg: {},
      ifaddrmsg: {},
      ifa_cacheinfo: {},
      rtmsg: {},
    },
  },
  {
    headers: [
      'linux/types.h',
      'linux/ipc.h',
      'linux/shm.h',
      'linux/sem.h',
      'linux/msg.h',
      'linux/mqueue.h',
    ],
    structs: {
      ipc_perm: { type: 'struct ipc64_perm' },
      shmid_ds: { type: 'struct shmid64_ds' },
      shminfo: { type: 'struct shminfo64' },
      shm_info: {},
      sembuf: {},
      semid_ds: { type: 'struct semid64_ds' },
      seminfo: {},
      msqid_ds: { type: 'struct msqid64_ds' },
      msginfo: {},
      mq_attr: {},
    },
  },
  {
    headers: ['linux/bpf.h'],
    structs: {
      bpf_attr_load: {
        type: 'union bpf_attr',
        size: 'prefix',
        fields: { log_true_size: null, prog_token_fd: null },
      },
      bpf_attr_attach: {
        type: 'union bpf_attr',
        size: 'prefix',
        fields: { relative_fd: null, expected_revision: null },
      },
      bpf_attr_query: {
        type: 'union bpf_attr',
        size: 'prefix',
        fields: {
          target_fd: 'query.target_fd',
          attach_type: 'query.attach_type',
          query_flags: 'query.query_flags',
          attach_flags: 'query.attach_flags',
          prog_ids: 'query.prog_ids',
          prog_cnt: 'query.prog_cnt',
          prog_attach_flags: 'query.prog_attach_flags',
          link_ids: null,
          link_attach_flags: null,
          revision: null,
        },
      },
      bpf_attr_id: { type: 'union bpf_attr', size: 'prefix', fields: { id: 'prog_id' } },
      bpf_attr_info: {
        type: 'union bpf_attr',
        size: 'prefix',
        fields: { bpf_fd: 'info.bpf_fd', info_len: 'info.info_len', info: 'info.info' },
      },
      bpf_prog_info: { fields: { gpl_compatible: null } },
    },
  },
  {
    headers: ['elf.h'],
    structs: {
      Elf64_Ehdr: { type: 'Elf64_Ehdr' },
      Elf64_Phdr: { type: 'Elf64_Phdr' },
      Elf64_Shdr: { type: 'Elf64_Shdr' },
      Elf64_Nhdr: { type: 'Elf64_Nhdr' },
      Elf64_Sym: { type: 'Elf64_Sym' },
      Elf64_Rela: { type: 'Elf64_Rela' },
      Elf64_Dyn: { type: 'Elf64_Dyn', fields: { d_val: 'd_un.d_val' } },
    },
  },
]
