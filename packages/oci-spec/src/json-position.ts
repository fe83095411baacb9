// Finds where a text stops being JSON, because engines' own messages often do not say. (oci-spec, pure)

/** A place in a text, and what should have been there. Line and column count from 1. */
export interface JsonMistake {
  readonly line: number
  readonly column: number
  readonly message: string
}

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const WORD = /true|false|null/y

/** The first mistake of `text`, or undefined when it is valid JSON. Iterative: depth is no limit. */
export function findJsonMistake(text: string): JsonMistake | undefined {
  let at = 0
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    if (!pattern.test(text)) return false
    at = pattern.lastIndex
    return true
  }
  const matchString = (): boolean => {
    const end = endOfString(text, at)
    if (end === -1) return false
    at = end
    return true
  }
  const skip = (char: string): boolean => {
    match(SPACE)
    if (text[at] !== char) return false
    at++
    return true
  }
  const mistake = (wanted: string): JsonMistake => {
    match(SPACE)
    const before = text.slice(0, at)
    const line = before.split('\n').length
    const column = at - before.lastIndexOf('\n')
    const found = at >= text.length ? 'the end' : JSON.stringify(text[at])
    return { line, column, message: `expected ${wanted}, found ${found}` }
  }

  // The containers that are open, innermost last.
  const open: ('{' | '[')[] = []
  for (;;) {
    // A value, unless an empty container closes at once.
    let complete = false
    if (skip('{')) {
      if (skip('}')) complete = true
      else open.push('{')
    } else if (skip('[')) {
      if (skip(']')) complete = true
      else open.push('[')
    } else {
      match(SPACE)
      if (!matchString() && !match(NUMBER) && !match(WORD)) {
        return mistake(text[at] === '"' ? 'a well-formed string' : 'a value')
      }
      complete = true
    }
    // After a value: close containers, or go on to the next member.
    while (complete) {
      const inside = open.at(-1)
      if (inside === undefined) {
        match(SPACE)
        return at === text.length ? undefined : mistake('nothing after the value')
      }
      if (skip(',')) complete = false
      else if (skip(inside === '{' ? '}' : ']')) open.pop()
      else return mistake(inside === '{' ? "',' or '}'" : "',' or ']'")
    }
    if (open.at(-1) === '{') {
      match(SPACE)
      if (!matchString()) return mistake('a member name in double quotes')
      if (!skip(':')) return mistake("':'")
    }
  }
}

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** The index after the string that starts at `start`, or -1 when there is none or it is malformed. */
function endOfString(text: string, start: number): number {
  if (text[start] !== '"') return -1
  let at = start + 1
  while (at < text.length) {
    const char = text[at]!
    if (char === '"') return at + 1
    if (char < ' ') return -1
    if (char === '\\') {
      ESCAPE.lastIndex = at
      if (!ESCAPE.test(text)) return -1
      at = ESCAPE.lastIndex
    } else at++
  }
  return -1
}
