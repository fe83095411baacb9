// What `runsc features` says: features-linux.md of the runtime-spec, version 1.2. (runsc)

import type * as ociSpec from '@tsvisor/oci-spec'
import { knownOptions } from '../boot/mount-options.ts'
import { VERSION } from '../version.ts'
import { CREATE_HOOKS } from './hooks.ts'

/** What of `spec` there is. */
export const runtimeFeatures = ({
  CAPABILITIES,
  SECCOMP_ACTIONS,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
  SPEC_VERSION,
}: typeof ociSpec): object => ({
  ociVersionMin: '1.0.0',
  ociVersionMax: SPEC_VERSION,
  hooks: [...CREATE_HOOKS, 'startContainer', 'poststart', 'poststop'],
  mountOptions: knownOptions(),
  linux: {
    namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'user', 'uts'],
    capabilities: CAPABILITIES,
    cgroup: { v1: true, v2: true, systemd: true, systemdUser: false, rdma: true },
    // The guest's, by its kernel; confinement on the host is the sandbox's own affair.
    seccomp: {
      enabled: true,
      actions: SECCOMP_ACTIONS.filter(action => action !== 'SCMP_ACT_NOTIFY'),
      operators: SECCOMP_OPERATORS,
      archs: ['SCMP_ARCH_X86_64'],
      knownFlags: SECCOMP_FLAGS,
      supportedFlags: SECCOMP_FLAGS.filter(flag => !flag.includes('WAIT_KILLABLE')),
    },
    apparmor: { enabled: false },
    selinux: { enabled: false },
    intelRdt: { enabled: false },
    mountExtensions: { idmap: { enabled: false } },
  },
  annotations: {
    'org.tsvisor.runsc.version': VERSION,
    'org.tsvisor.runsc.node': process.version,
  },
  potentiallyUnsafeConfigAnnotations: [],
})
