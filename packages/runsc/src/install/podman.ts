// podman's containers.conf.d: a file of our own. (runsc)

import { Failure } from '../failure.ts'
import type { EngineConfig } from './runtime-entry.ts'

const MARK = '# Written by "runsc install podman"; "runsc uninstall podman" removes it.'

export const podman: EngineConfig = {
  path: '/etc/containers/containers.conf.d/90-runsc.conf',
  reload: 'nothing: podman reads it each time',
  add(text, { name, path, args }) {
    requireOurs(text)
    if (args.length > 0) {
      throw new Failure(`podman takes no flags for a runtime: leave out ${args.join(' ')}`)
    }
    return `${MARK}\n[engine.runtimes]\n${JSON.stringify(name)} = [${JSON.stringify(path)}]\n`
  },
  remove(text) {
    requireOurs(text)
    return undefined
  },
}

function requireOurs(text: string | undefined): void {
  if (text !== undefined && text.trim() !== '' && !text.startsWith(MARK)) {
    throw new Failure('was not written by runsc install; name another file with --config')
  }
}
