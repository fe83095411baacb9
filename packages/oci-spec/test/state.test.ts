// state.json, and the starter configuration. (oci-spec test)

import { describe, expect, it } from 'vitest'
import { defaultSpec, parseState, validateConfig, validateState } from '../src/index.ts'
import { issuesOf } from './samples.ts'

const running = { ociVersion: '1.2.0', id: 'c1', status: 'running', pid: 42, bundle: '/b' }

describe('state.json', () => {
  it('is read', () => {
    expect(parseState(JSON.stringify(running))).toEqual(running)
    expect(validateState({ ...running, status: 'stopped', pid: 0 }).status).toBe('stopped')
  })

  it('says what is wrong', () => {
    expect(issuesOf(() => validateState({ ...running, status: 'gone' }))).toEqual([
      'status: expected one of "creating", "created", "running", "stopped", "paused", found string "gone"',
    ])
    expect(issuesOf(() => validateState({ ...running, pid: undefined }))).toEqual([
      'pid: expected the id of a process with status "running", but it is missing',
    ])
    expect(issuesOf(() => validateState({ ...running, bundle: 'b', id: '' }))).toHaveLength(2)
    expect(issuesOf(() => parseState('{'))).toHaveLength(1)
  })
})

describe('the starter configuration', () => {
  it('is valid, for root and for an ordinary user', () => {
    expect(validateConfig(defaultSpec()).warnings).toEqual([])
    const { spec, warnings } = validateConfig(defaultSpec({ rootless: { uid: 1000, gid: 100 } }))
    expect(warnings).toEqual([])
    expect(spec.linux?.uidMappings).toEqual([{ containerID: 0, hostID: 1000, size: 1 }])
    expect(spec.linux?.gidMappings).toEqual([{ containerID: 0, hostID: 100, size: 1 }])
    expect(spec.linux?.namespaces?.map(n => n.type)).toEqual(['pid', 'ipc', 'uts', 'mount', 'user'])
    expect(spec.linux?.resources).toBeUndefined()
    expect(JSON.stringify(spec.mounts)).not.toContain('gid=')
  })
})
