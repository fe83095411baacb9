// A record of a container for the tests of the store: of this process, which runs. (runsc tests)

import { defaultSpec } from '@tsvisor/oci-spec'
import { ownIdentity } from '../../src/state/process-identity.ts'
import type { ContainerRecord } from '../../src/state/record.ts'

export const sampleRecord = (
  id: string,
  change: Partial<ContainerRecord> = {},
): ContainerRecord => ({
  version: 1,
  ociVersion: '1.2.1',
  id,
  status: 'running',
  creator: ownIdentity(),
  process: ownIdentity(),
  sandboxId: id,
  bundle: '/bundle',
  rootfs: '/bundle/rootfs',
  created: '2026-01-02T03:04:05.678Z',
  owner: 'root',
  config: { ...defaultSpec(), annotations: { count: '0' } },
  ...change,
})
