// linux.namespaces: what joining one by its path means for a guest with a kernel of its own. (runsc)

import { closeSync, openSync } from 'node:fs'
import type { Spec } from '@tsvisor/oci-spec'
import { Failure, reasonOf } from '../failure.ts'
import { startProcesses } from '../sandbox/debug-log.ts'
import type { SandboxProcesses } from '../sandbox/spawn.ts'
import type { Session } from '../session/session.ts'
import { isPodSandbox } from './pod.ts'

/** A network namespace of the host for the sandbox process. */
interface HostNetwork {
  readonly path: string
  /** The member of config.json that names it. */
  readonly member: string
}

/**
 * The processes of a container's sandbox: those that run already, or others if they are to be in a network
 * namespace. Errors: Failure for a namespace that cannot be joined.
 */
export function sandboxProcesses(
  spec: Spec,
  session: Session,
  lifetime: 'attached' | 'detached',
): SandboxProcesses {
  const network = networkOf(spec)
  const early = session.takeEarly()
  if (network === undefined) {
    return early?.complete() ?? startProcesses(session.globals(), lifetime)
  }
  early?.abandon()
  const { path, member } = network
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    return startProcesses(session.globals(), lifetime, { network: fd })
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure(`config.json: ${member}: ${path}: cannot join: ${reasonOf(error)}`)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function networkOf(spec: Spec): HostNetwork | undefined {
  let network: HostNetwork | undefined
  spec.linux?.namespaces?.forEach(({ type, path }, index) => {
    if (!path) return
    const member = `linux.namespaces[${index}].path`
    if (type === 'network') network = { path, member }
    // CRI-O makes these for the pod; its containers are recognized by the same paths.
    else if (!((type === 'ipc' || type === 'uts') && isPodSandbox(spec))) {
      const what = `${type === 'ipc' ? 'an' : 'a'} ${type} namespace of the host`
      throw new Failure(`config.json: ${member}: a sandbox cannot join ${what}; leave the path out`)
    }
  })
  return network
}
