// What guests can map: anything of ours with a host descriptor behind it. (platform-ptrace)

import { EACCES } from '@tsvisor/abi'
import type { Mappable } from '@tsvisor/sentry-kernel'

/** A file of this platform. Stubs share our descriptor table, so the number is good in them. */
export abstract class HostMappable implements Mappable {
  abstract readonly label: string
  /** The descriptor to map. Throws where there is none. */
  abstract mapFd(): number
}

/** The descriptor behind a mappable of this platform. Throws EACCES for anything else. */
export const descriptorOf = (file: Mappable): number => {
  if (!(file instanceof HostMappable)) throw EACCES
  return file.mapFd()
}
