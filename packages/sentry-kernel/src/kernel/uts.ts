// The names of the system, and the one place that says which Linux this is. (kernel core)

import { UserNamespace } from '../task/user-namespace.ts'

/** What uname(2) and /proc/version report. glibc, Node and systemd-free images all start on it. */
export const KERNEL_RELEASE = '6.1.0-tsvisor'
export const KERNEL_VERSION = '#1 SMP PREEMPT_DYNAMIC Thu Jan 1 00:00:00 UTC 1970'

/** Linux's uts_namespace. */
export class UtsNamespace {
  /** At most 64 bytes. */
  hostname: string
  domainname: string

  readonly userNamespace: UserNamespace

  constructor(hostname: string, domainname = '(none)', userNamespace = UserNamespace.FIRST) {
    this.userNamespace = userNamespace
    this.hostname = hostname
    this.domainname = domainname
  }
  fork(userNamespace: UserNamespace): UtsNamespace {
    return new UtsNamespace(this.hostname, this.domainname, userNamespace)
  }
}
