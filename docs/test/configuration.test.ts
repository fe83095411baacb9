// The page about config.json is up to date, and says something of every member.

import { readFileSync } from 'node:fs'
import { specMembers } from '@tsvisor/oci-spec'
import { CONFIG_SUPPORT, supportOf } from '@tsvisor/runsc'
import { expect, it } from 'vitest'
import { configurationPage } from '../configuration.ts'

it('docs/configuration.md is what docs/configuration.ts prints', () => {
  const file = new URL('../configuration.md', import.meta.url)
  expect(readFileSync(file, 'utf8')).toBe(configurationPage())
})

it('every member of the specification has a row, and every row a member', () => {
  const members = specMembers()
  expect(members.length).toBeGreaterThan(150)
  expect(members.filter(member => supportOf(member) === undefined)).toEqual([])
  const holdsFor = (row: string) =>
    members.some(it => it === row || it.startsWith(`${row}.`) || it.startsWith(`${row}[]`))
  expect(Object.keys(CONFIG_SUPPORT).filter(row => !holdsFor(row))).toEqual([])
})
