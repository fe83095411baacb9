// The names of the system, and the one place that says which Linux this is. (kernel core)

/** What uname(2) and /proc/version report. glibc, Node and systemd-free images all start on it. */
export const KERNEL_RELEASE = '6.1.0-tsvisor'
export const KERNEL_VERSION = '#1 SMP PREEMPT_DYNAMIC Thu Jan 1 00:00:00 UTC 1970'

/** Linux's uts_namespace. */
export class UtsNamespace {
  /** At most 64 bytes. */
  hostname: string
  domainname: string

  constructor(hostname: string, domainname = '(none)') {
    this.hostname = hostname
    this.domainname = domainname
  }
  fork(): UtsNamespace {
    return new UtsNamespace(this.hostname, this.domainname)
  }
}
