// What `runsc features` says: features-linux.md of the runtime-spec, version 1.2. (runsc)

import { CAPABILITIES, SPEC_VERSION } from '@tsvisor/oci-spec'
import { knownOptions } from '../boot/mount-options.ts'
import { VERSION } from '../version.ts'
import { CREATE_HOOKS } from './hooks.ts'

export const runtimeFeatures = (): object => ({
  ociVersionMin: '1.0.0',
  ociVersionMax: SPEC_VERSION,
  hooks: [...CREATE_HOOKS, 'startContainer', 'poststart', 'poststop'],
  mountOptions: knownOptions(),
  linux: {
    namespaces: ['cgroup', 'ipc', 'mount', 'network', 'pid', 'user', 'uts'],
    capabilities: CAPABILITIES,
    cgroup: { v1: true, v2: true, systemd: true, systemdUser: false, rdma: false },
    // Confinement on the host is the sandbox's own affair; the guest's is its kernel's.
    seccomp: { enabled: false },
    apparmor: { enabled: false },
    selinux: { enabled: false },
    intelRdt: { enabled: false },
  },
  annotations: {
    'org.tsvisor.runsc.version': VERSION,
    'org.tsvisor.runsc.node': process.version,
  },
  potentiallyUnsafeConfigAnnotations: [],
})
