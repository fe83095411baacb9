// Every ts and sh snippet of the Markdown files runs, has the right types, and prints what the text
// says. Marks behind the language: `run` runs it; an `output` block after it is what it prints;
// `sketch` (types are checked, names may be free) is for what cannot run by itself.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { documents, type Fence, fencesOf, ROOT } from './fences.ts'

const CLI = join(ROOT, 'packages/runsc/dist/cli.js')
/** Snippets see the packages that this directory depends on. */
const DOCS = join(ROOT, 'docs')
const CODE = new Set(['ts', 'js', 'sh'])

interface Snippet extends Fence {
  readonly output: string | undefined
}

const snippets = documents().flatMap(document => {
  const fences = fencesOf(document)
  return fences.flatMap((fence, i): Snippet[] => {
    if (!CODE.has(fence.info[0]!)) return []
    const next = fences[i + 1]
    return [{ ...fence, output: next?.info[1] === 'output' ? next.text : undefined }]
  })
})
const runnable = snippets.filter(snippet => snippet.info[1] === 'run')

function runScript(source: string): { stdout: string; stderr: string; status: number | null } {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  })
  const node = ['--conditions=tsvisor-source', '--import', 'tsx', '--input-type=module']
  const { stdout, stderr, status } = spawnSync(process.execPath, node, {
    cwd: DOCS,
    input: outputText,
    encoding: 'utf8',
  })
  return { stdout, stderr, status }
}

function runShell(source: string): { stdout: string; stderr: string; status: number | null } {
  const directory = mkdtempSync(join(tmpdir(), 'snippet-'))
  try {
    mkdirSync(join(directory, 'bin'))
    mkdirSync(join(directory, 'work'))
    const runsc = `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`
    writeFileSync(join(directory, 'bin/runsc'), runsc, { mode: 0o755 })
    const { stdout, stderr, status } = spawnSync('sh', ['-eu'], {
      cwd: join(directory, 'work'),
      input: source,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${join(directory, 'bin')}${delimiter}${process.env['PATH']}` },
    })
    return { stdout, stderr, status }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

describe('snippets run', () => {
  it.each(runnable)('$place', ({ info, text, output }) => {
    const done = info[0] === 'sh' ? runShell(text) : runScript(text)
    expect(done).toEqual({ stdout: output ?? done.stdout, stderr: '', status: 0 })
  })
  it('every package has one', () => {
    const places = runnable.map(({ place }) => place.replace(/:\d+$/, ''))
    for (const document of documents().filter(name => name.startsWith('packages/')))
      expect(places).toContain(document)
  })
  it('none is unmarked', () => {
    const unmarked = snippets.filter(({ info }) => !['run', 'sketch'].includes(info[1]!))
    expect(unmarked.map(({ place }) => place)).toEqual([])
  })
})

it('snippets have the right types', () => {
  const files = new Map<string, Snippet>()
  for (const snippet of runnable.filter(({ info }) => info[0] !== 'sh'))
    files.set(join(DOCS, `snippet-${files.size}.ts`), snippet)
  const { config } = ts.readConfigFile(join(DOCS, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, DOCS)
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile } = host
  host.fileExists = name => files.has(name) || fileExists(name)
  host.readFile = name => files.get(name)?.text ?? readFile(name)
  const program = ts.createProgram([...files.keys()], options, host)
  const mistakes = [...files].flatMap(([name, { place }]) => {
    const file = program.getSourceFile(name)
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText }) => `${place}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    )
  })
  expect(mistakes).toEqual([])
})
