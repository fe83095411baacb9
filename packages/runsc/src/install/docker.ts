// docker's daemon.json: an object of runtimes. (runsc)

import { Failure } from '../failure.ts'
import type { EngineConfig } from './runtime-entry.ts'

type Json = Record<string, unknown>

export const docker: EngineConfig = {
  path: '/etc/docker/daemon.json',
  reload: 'systemctl reload docker',
  add(text, { name, path, args }) {
    const config = parse(text)
    const entry = { path, ...(args.length > 0 && { runtimeArgs: args }) }
    return serialize({ ...config, runtimes: { ...runtimesOf(config), [name]: entry } })
  },
  remove(text, name) {
    const { runtimes: _, ...others } = parse(text)
    const { [name]: __, ...runtimes } = runtimesOf(parse(text))
    if (Object.keys(runtimes).length > 0) return serialize({ ...others, runtimes })
    return Object.keys(others).length > 0 ? serialize(others) : undefined
  },
}

function parse(text: string | undefined): Json {
  if (text === undefined || text.trim() === '') return {}
  let config: unknown
  try {
    config = JSON.parse(text)
  } catch (error) {
    throw new Failure(`not valid JSON: ${(error as Error).message}`)
  }
  if (!isObject(config)) throw new Failure('expected an object')
  return config
}

function runtimesOf({ runtimes = {} }: Json): Json {
  if (!isObject(runtimes)) throw new Failure('runtimes: expected an object')
  return runtimes
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const serialize = (config: Json): string => `${JSON.stringify(config, null, 4)}\n`
