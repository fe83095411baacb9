#!/usr/bin/env node
// Fails on an import that the architecture forbids. Run: node scripts/layering.mjs [root]
// One table says what each package may use; nothing else decides.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/**
 * Per package: which packages of this repository and which others its src may import, and whether
 * Node's modules. Without `node` a package is pure: it runs in a browser, and what changes between
 * two runs (time, chance) comes in through interfaces.
 */
export const LAYERS = {
  abi: { own: [], others: [] },
  'oci-spec': { own: [], others: ['zod'] },
  // Pure but for its second entry and its command.
  p9: {
    own: [],
    others: [],
    edge: { places: ['node'], others: ['commander'] },
    ships: ['commander'],
  },
  'sentry-kernel': { own: ['abi'], others: [] },
  host: { own: ['abi'], others: ['koffi'], node: true },
  'platform-ptrace': { own: ['abi', 'host', 'sentry-kernel'], others: [], node: true },
  gofer: { own: ['abi', 'host', 'p9'], others: [], node: true },
  runsc: {
    own: ['abi', 'oci-spec', 'p9', 'sentry-kernel', 'host', 'platform-ptrace', 'gofer'],
    others: ['debug', 'smol-toml'],
    node: true,
    // The command line asks for what the rest does, never the other way round.
    edge: {
      places: ['cli', 'cli.ts', 'completion', 'start/cli.ts', 'start/command.ts'],
      others: ['commander'],
    },
    // Its bundle contains host's source.
    ships: ['koffi'],
  },
}

const SCOPE = '@tsvisor/'
/** Globals that would make a pure package depend on where and when it runs. */
const IMPURE_GLOBALS = new Set(['Date', 'globalThis', 'performance', 'setTimeout', 'setInterval'])

/** Every violation under `root`, as `file:line: what`. */
export function findViolations(root) {
  const packages = join(root, 'packages')
  return readdirSync(packages).flatMap(name => {
    const directory = join(packages, name)
    if (!existsSync(join(directory, 'package.json'))) return []
    const layer = LAYERS[name]
    if (!layer) return [`packages/${name}: not in the table of scripts/layering.mjs`]
    return [
      ...checkManifest(directory, layer),
      ...sourceFiles(join(directory, 'src')).flatMap(file =>
        checkFile(file, directory, layerOf(file, directory, layer)),
      ),
    ].map(line => line.replace(root + sep, ''))
  })
}

/** Files at a package's edge may use Node; the others may not import them. */
function layerOf(file, directory, layer) {
  if (!layer.edge) return layer
  const isEdge = path =>
    layer.edge.places.some(place => isWithin(path, join(directory, 'src', place)))
  if (!isEdge(file)) return { ...layer, isEdge }
  return { ...layer, node: true, others: [...layer.others, ...layer.edge.others] }
}

const isWithin = (path, place) => path === place || path.startsWith(place + sep)

function checkManifest(directory, layer) {
  const path = join(directory, 'package.json')
  const { dependencies = {} } = JSON.parse(readFileSync(path, 'utf8'))
  return Object.keys(dependencies)
    .filter(name => !isAllowedPackage(name, layer) && !layer.ships?.includes(name))
    .map(name => `${path}: depends on ${name}`)
}

function sourceFiles(directory) {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
}

function checkFile(file, directory, layer) {
  const text = readFileSync(file, 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const violations = []
  const report = (node, what) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source))
    violations.push(`${file}:${line + 1}: ${what}`)
  }
  const checkSpecifier = (node, specifier) => {
    const what = forbidden(specifier, file, directory, layer)
    if (what) report(node, what)
  }
  const visit = node => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) checkSpecifier(node, specifier)
    if (!layer.node) {
      const name = impureName(node)
      if (name) report(node, `a pure package uses ${name}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return violations
}

/** What a node imports: static, dynamic, re-exported, required, or only as a type. */
function specifierOf(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) {
    return node.moduleSpecifier?.text
  }
  if (ts.isImportTypeNode(node)) return node.argument.literal?.text
  if (ts.isExternalModuleReference(node)) return node.expression.text
  if (ts.isCallExpression(node) && node.arguments.length > 0) {
    const isImport = node.expression.kind === ts.SyntaxKind.ImportKeyword
    const isRequire = ts.isIdentifier(node.expression) && node.expression.text === 'require'
    // A computed name cannot be checked, so it is not allowed either.
    if (isImport || isRequire) return node.arguments[0].text ?? '(computed)'
  }
  return undefined
}

function forbidden(specifier, file, directory, layer) {
  if (specifier === '(computed)') return 'imports a computed name'
  if (specifier.startsWith('.')) {
    const target = resolve(dirname(file), specifier)
    const inside = target.startsWith(join(directory, 'src') + sep)
    if (layer.isEdge?.(target)) return `a file below the edge imports ${specifier}`
    return inside ? undefined : `reaches out of its package: ${specifier}`
  }
  if (specifier.startsWith('node:')) {
    return layer.node ? undefined : `a pure package imports ${specifier}`
  }
  return isAllowedPackage(specifier, layer) ? undefined : `imports ${specifier}`
}

function isAllowedPackage(specifier, layer) {
  if (specifier.startsWith(SCOPE)) return layer.own.includes(specifier.slice(SCOPE.length))
  return layer.others.some(name => specifier === name || specifier.startsWith(`${name}/`))
}

function impureName(node) {
  if (
    ts.isPropertyAccessExpression(node) &&
    ts.isIdentifier(node.expression) &&
    node.expression.text === 'Math' &&
    node.name.text === 'random'
  ) {
    return 'Math.random'
  }
  if (!ts.isIdentifier(node) || !IMPURE_GLOBALS.has(node.text)) return undefined
  const { parent } = node
  // Only its type.
  if (ts.isTypeQueryNode(parent)) return undefined
  const isMember =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    ((ts.isPropertyAssignment(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent)) &&
      parent.name === node)
  return isMember ? undefined : node.text
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url))
  const violations = findViolations(resolve(root))
  for (const line of violations) console.error(line)
  if (violations.length > 0) {
    console.error(`layering: ${violations.length} forbidden`)
    process.exit(1)
  }
}
