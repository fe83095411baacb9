// docker: a daemon of our own, without networks. (runsc tests)

import type { EngineKind } from './engine.ts'
import { daemon, rootMissing, sh } from './engine.ts'

export const docker: EngineKind = {
  name: 'docker',
  needs: ['dockerd', 'docker', 'containerd', 'runc'],
  missing: rootMissing,
  privileges: 'all',
  async start(place) {
    const at = place.make('docker')
    const socket = `unix://${at}/sock`
    const configuration = place.write(
      'daemon.json',
      JSON.stringify({
        'storage-driver': 'vfs',
        bridge: 'none',
        iptables: false,
        ip6tables: false,
        'ip-forward': false,
        'ip-masq': false,
        'exec-opts': ['native.cgroupdriver=cgroupfs'],
        'oom-score-adjust': 0,
        'data-root': `${at}/data`,
        'exec-root': `${at}/exec`,
        pidfile: `${at}/pid`,
        hosts: [socket],
        runtimes: { runsc: { path: place.runtime } },
      }),
    )
    const stop = await daemon(
      place,
      ['dockerd', '--config-file', configuration],
      `docker -H '${socket}' version`,
    )
    const prelude = (runtime: 'runc' | 'runsc') =>
      [
        `E='docker -H ${socket}'`,
        `R='--runtime=${runtime} --network=none'`,
        'I=busybox:1',
        `ROOTFS='${place.rootfs}'`,
        '',
      ].join('\n')
    sh(`${prelude('runc')} $E import '${place.archive}' $I`)
    return {
      prelude,
      async stop() {
        sh(`${prelude('runc')} $E ps -aq | xargs -r $E rm -f >/dev/null`)
        await stop()
      },
    }
  },
}
