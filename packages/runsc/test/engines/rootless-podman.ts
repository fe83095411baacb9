// podman of an ordinary user: it makes a user namespace, and calls the runtime as root of that. (runsc tests)

import type { EngineKind } from './engine.ts'
import { sh } from './engine.ts'
import { userMissing, userOf } from './ordinary-user.ts'
import { startPodman } from './podman.ts'

export const rootlessPodman: EngineKind = {
  name: 'rootless podman',
  needs: ['podman', 'conmon', 'runc', 'newuidmap', 'newgidmap', 'setpriv', 'unshare'],
  missing: userMissing,
  privileges: 'held',
  async start(place) {
    const shell = userOf(place)
    const engine = startPodman(place, shell)
    return {
      ...engine,
      async stop() {
        await engine.stop()
        // What belongs to ids of the namespace only its root can remove; a process of podman keeps that.
        const at = `${place.directory}/podman`
        const clean = `$E unshare rm -rf '${at}/root' '${at}/run'; $E system migrate 2>/dev/null`
        sh(`${engine.prelude('runc')} ${clean}`, shell)
      },
    }
  },
}
