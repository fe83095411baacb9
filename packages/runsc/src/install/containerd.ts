// containerd's config.toml: a marked block at its end, the rest untouched. (runsc)

import { parse, TomlError } from 'smol-toml'
import { Failure } from '../failure.ts'
import type { EngineConfig, RuntimeEntry } from './runtime-entry.ts'

const begin = (name: string) => `# BEGIN ${name}: written by "runsc install containerd"`
const end = (name: string) => `# END ${name}`

/** Where the runtimes are, for each version of the file. */
const CRI: Readonly<Record<number, string>> = {
  2: 'io.containerd.grpc.v1.cri',
  3: 'io.containerd.cri.v1.runtime',
}

interface Toml {
  readonly version?: number
  readonly plugins?: Record<string, { containerd?: { runtimes?: Record<string, unknown> } }>
}

export const containerd: EngineConfig = {
  path: '/etc/containerd/config.toml',
  reload: 'systemctl restart containerd',
  add(text, entry) {
    if (entry.args.length > 0) {
      const flags = entry.args.join(' ')
      throw new Failure(`containerd takes no flags for a runtime: leave out ${flags}`)
    }
    const rest = withoutBlock(text ?? 'version = 2\n', entry.name)
    const { version = 1, plugins } = parseToml(rest)
    const plugin = CRI[version]
    if (plugin === undefined) {
      throw new Failure(`version = ${version}: expected 2 or 3; see "containerd config migrate"`)
    }
    if (plugins?.[plugin]?.containerd?.runtimes?.[entry.name] !== undefined) {
      throw new Failure(`has a runtime ${entry.name} already that runsc install did not write`)
    }
    const added = `${rest.replace(/\n*$/, '\n')}\n${block(plugin, entry)}`
    // Inline tables, for example, cannot be added to: better to say so than to break the file.
    parseToml(added)
    return added
  },
  remove: (text, name) => withoutBlock(text, name),
}

function block(plugin: string, { name, path }: RuntimeEntry): string {
  const table = `plugins.${JSON.stringify(plugin)}.containerd.runtimes.${JSON.stringify(name)}`
  return `${begin(name)}
[${table}]
runtime_type = "io.containerd.runc.v2"
[${table}.options]
BinaryName = ${JSON.stringify(path)}
${end(name)}
`
}

function withoutBlock(text: string, name: string): string {
  const start = text.indexOf(begin(name))
  if (start === -1) return text
  const stop = text.indexOf(end(name), start)
  if (stop === -1) throw new Failure(`the line ${JSON.stringify(end(name))} is missing`)
  const before = text.slice(0, start).replace(/\n+$/, '\n')
  return before + text.slice(stop + end(name).length).replace(/^\n/, '')
}

function parseToml(text: string): Toml {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [reason] = error.message.replace('Invalid TOML document: ', '').split('\n')
    throw new Failure(`line ${error.line}: ${reason}`)
  }
}
