// The fenced blocks of Markdown files. (docs' tests)

import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Fence {
  /** Path from the root of the repository, and the line of the opening fence. */
  readonly place: string
  /** Words after the opening fence: language, then marks. */
  readonly info: readonly string[]
  readonly text: string
}

const markdownIn = (directory: string): string[] =>
  readdirSync(join(ROOT, directory))
    .filter(name => name.endsWith('.md'))
    .map(name => join(directory, name))

/** Its own tests run and compile its snippets, beside the servers that they talk to. */
const TESTED_ELSEWHERE = ['packages/p9/README.md']

/** Every Markdown file of the project whose snippets are tested here. */
export const documents = (): string[] =>
  [
    ...['.', 'docs', 'examples'].flatMap(markdownIn),
    ...readdirSync(join(ROOT, 'packages')).flatMap(name => markdownIn(join('packages', name))),
  ].filter(document => !TESTED_ELSEWHERE.includes(document))

export function fencesOf(document: string): Fence[] {
  const fences: Fence[] = []
  let open: { line: number; info: string[]; lines: string[] } | undefined
  const lines = readFileSync(join(ROOT, document), 'utf8').split('\n')
  for (const [index, line] of lines.entries()) {
    if (!line.startsWith('```')) open?.lines.push(line)
    else if (open === undefined) {
      open = { line: index + 1, info: line.slice(3).trim().split(/\s+/), lines: [] }
    } else {
      const place = `${relative('.', document)}:${open.line}`
      fences.push({ place, info: open.info, text: open.lines.map(each => `${each}\n`).join('') })
      open = undefined
    }
  }
  if (open) throw new Error(`${document}:${open.line}: the fence is not closed`)
  return fences
}
