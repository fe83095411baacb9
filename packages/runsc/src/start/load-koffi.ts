// koffi without the search for its binary, which takes five times as long as loading it. (runsc)

import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

const BINARY = '@koromix/koffi-linux-x64/linux_x64/koffi.node'

/** The binary for glibc of the koffi that `require('koffi')` would find from here. */
function findBinary(): string | undefined {
  for (let at = __dirname; at !== '/'; at = dirname(at)) {
    const koffi = `${at}/node_modules/koffi`
    // Beside what the link leads to, if it is one: no join, which would make nothing of `koffi/..`.
    if (existsSync(koffi)) return `${koffi}/../${BINARY}`
  }
  return undefined
}

function load(): unknown {
  try {
    const binary = { exports: {} }
    process.dlopen(binary, findBinary() ?? '')
    return binary.exports
  } catch {
    // Another libc, or another layout of node_modules.
    return process.getBuiltinModule('node:module').createRequire(__filename)('koffi')
  }
}

/** The start of the program and its parts each have this file, and native code is loaded once. */
const loaded = Symbol.for('tsvisor.koffi')
const known = process as unknown as Record<symbol, unknown>

/** What `require('koffi')` would give. Throws what that would. */
export const loadKoffi = (): unknown => (known[loaded] ??= load())
