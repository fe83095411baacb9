// The mounts of a configuration: what the guest mounts, and what the gofer serves for it. (runsc)

import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { MS_RDONLY } from '@tsvisor/abi'
import type { SpecMount } from '@tsvisor/oci-spec'
import type { BootMount } from '../boot/boot-config.ts'
import { hasTopmostFlags, parseMountOptions, recursiveOptions } from '../boot/mount-options.ts'
import { toBytes } from '../bundle/byte-string.ts'
import type { Bundle } from '../bundle/load-bundle.ts'
import { Failure, reasonOf } from '../failure.ts'
import type { GoferTree } from '../gofer/gofer-config.ts'
import { mountsBelow } from './host-mounts.ts'

/** Adds to `trees` what it needs. Errors: Failure. */
export function planMount(
  mount: SpecMount,
  index: number,
  bundle: Bundle,
  trees: GoferTree[],
): BootMount[] {
  const { type = 'none', source = '', destination, options = [] } = mount
  const common = {
    source: toBytes(source),
    destination: toBytes(destination),
    options: options.map(toBytes),
  }
  const isBind = type === 'bind' || options.includes('bind') || options.includes('rbind')
  if (!isBind) return [{ ...common, type: toBytes(type) }]
  const path = resolve(bundle.directory, source)
  try {
    statSync(path)
  } catch (error) {
    throw new Failure(`${path}: ${reasonOf(error)} (mounts[${index}].source in config.json)`)
  }
  const serve = (attach: string, from: GoferTree): BootMount => {
    trees.push(from)
    // Somebody else may write there: what is cached about it must be checked again.
    return { ...common, type: 'bind', attach, fileAccess: 'shared' }
  }
  const attach = `mount${index}`
  const top = serve(attach, { attach, path: toBytes(path), access: accessOf(options) })
  // A tree of the host is one mount in the guest, unless its parts are to differ.
  if (!options.includes('rbind') || !hasTopmostFlags(options)) return [top]
  const below = mountsBelow(path).map(({ name, device, flags, ...found }, n): BootMount => {
    const each = [...recursiveOptions(options), ...flags]
    const attach = `mount${index}.${n}`
    const tree = { attach, path: toBytes(found.path), access: accessOf(each), device }
    return {
      ...serve(attach, tree),
      source: join(common.source, toBytes(name)),
      destination: join(common.destination, toBytes(name)),
      options: each,
    }
  })
  return [top, ...below]
}

const accessOf = (options: readonly string[]): GoferTree['access'] =>
  (parseMountOptions(options).flags & MS_RDONLY) === 0 ? 'write' : 'read'
