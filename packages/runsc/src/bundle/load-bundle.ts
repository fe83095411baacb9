// Reads a bundle: its config.json, checked, and that what it names is there. (runsc)

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { ParsedSpec, Spec } from '@tsvisor/oci-spec'
import { Failure, reasonOf } from '../failure.ts'
import { requireDirectory } from './require-directory.ts'
import { findUnsupported } from './unsupported.ts'

export interface Bundle {
  /** Absolute. */
  readonly directory: string
  readonly spec: Spec
  /** Absolute path of the root filesystem; a directory. */
  readonly rootfs: string
  /** Members of config.json that were ignored, as lines. */
  readonly warnings: readonly string[]
}

/**
 * `config`: the file that is read in place of the bundle's config.json.
 * Errors: Failure, with every mistake of config.json, one a line.
 */
export async function loadBundle(directory: string, config?: string): Promise<Bundle> {
  const { formatIssue } = await import('@tsvisor/oci-spec')
  const absolute = resolve(directory)
  const path = config === undefined ? join(absolute, 'config.json') : resolve(config)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const hint = config === undefined ? '; is this the directory of a bundle?' : ' (--config)'
    throw new Failure(`${path}: ${reasonOf(error)}${hint}`)
  }
  const { spec, warnings } = await parse(path, text)
  const rootfs = resolve(absolute, spec.root.path)
  requireDirectory(rootfs, 'root.path in config.json')
  const unsupported = findUnsupported(spec)
  if (unsupported.refusals.length > 0)
    throw new Failure(unsupported.refusals.map(line => `${path}: ${line}`).join('\n'))
  const lines = [...warnings.map(formatIssue), ...unsupported.warnings]
  return { directory: absolute, spec, rootfs, warnings: lines }
}

async function parse(path: string, text: string): Promise<ParsedSpec> {
  const { parseConfig, SpecError } = await import('@tsvisor/oci-spec')
  try {
    return parseConfig(text)
  } catch (error) {
    if (!(error instanceof SpecError)) throw error
    throw new Failure(error.message.replace(/^/gm, `${path}: `))
  }
}
