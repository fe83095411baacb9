// linux.namespaces: what joining one by its path means for a guest with a kernel of its own. (runsc)

import type { Spec } from '@tsvisor/oci-spec'
import { Failure } from '../failure.ts'
import type { HostNamespaces } from './plan.ts'

const JOINABLE = ['network', 'ipc', 'uts'] as const

/** Namespaces that the sandbox process is to join. Errors: Failure for one that cannot be joined. */
export function checkNamespaces({ linux }: Spec): HostNamespaces {
  const joined: Partial<Record<keyof HostNamespaces, string>> = {}
  linux?.namespaces?.forEach(({ type, path }, index) => {
    if (!path) return
    const name = JOINABLE.find(each => each === type)
    if (name === undefined) {
      throw new Failure(
        `config.json: linux.namespaces[${index}].path: a sandbox cannot join a ${type} namespace of the host; leave the path out`,
      )
    }
    joined[name] = path
  })
  return joined
}
