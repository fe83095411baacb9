// P9_UPDATE=1 writes the page.
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { messages } from '../src/index.ts'
import { messageReference } from '../src/reference.ts'

const PAGE = new URL('../docs/p9-messages.md', import.meta.url)

/** The formatter pads tables. */
const unpadded = (markdown: string): string =>
  markdown.replace(/ {2,}/g, ' ').replace(/\| ?-+ ?/g, '|---')

it('the page of messages is current', () => {
  const page = messageReference()
  if (process.env['P9_UPDATE']) writeFileSync(PAGE, page)
  expect(unpadded(readFileSync(PAGE, 'utf8'))).toBe(unpadded(page))
  for (const name of Object.keys(messages)) expect(page).toContain(`| ${name} |`)
  expect(page).toContain(
    '| 118/119 | write | `fid[4] offset[8] count[4] data[count]` | `count[4]` |',
  )
})
