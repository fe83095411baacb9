// podman with its own storage and no daemon. (runsc tests)

import type { Engine, EngineKind, Place, Runtime } from './engine.ts'
import { rootMissing, sh } from './engine.ts'

export const podman: EngineKind = {
  name: 'podman',
  needs: ['podman', 'conmon', 'runc'],
  missing: rootMissing,
  privileges: 'held',
  start: async place => startPodman(place),
}

/** `shell`: what it is run by, perhaps as somebody else. */
export function startPodman(place: Place, shell?: readonly string[]): Engine {
  const configuration = place.write(
    'containers.conf',
    [
      '[containers]',
      // Its own are higher than what a machine without CAP_SYS_RESOURCE can set.
      'default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]',
      'log_driver = "k8s-file"',
      'netns = "none"',
      '[engine]',
      'cgroup_manager = "cgroupfs"',
      'events_logger = "file"',
      'runtime_supports_json = ["runc", "runsc"]',
      '[engine.runtimes]',
      `runsc = ["${place.runtime}"]`,
      '',
    ].join('\n'),
  )
  const at = place.make('podman')
  const prelude = (runtime: Runtime) =>
    [
      `export CONTAINERS_CONF='${configuration}'`,
      `E='podman --root ${at}/root --runroot ${at}/run --tmpdir ${at}/tmp --storage-driver vfs --runtime ${runtime}'`,
      "R=''",
      'I=busybox:1',
      `ROOTFS='${place.rootfs}'`,
      '',
    ].join('\n')
  sh(`${prelude('runc')} $E import -q '${place.archive}' $I`, shell)
  return {
    prelude,
    ...(shell && { shell }),
    async stop() {
      sh(`${prelude('runc')} $E pod rm -af >/dev/null; $E rm -af >/dev/null`, shell)
    },
  }
}
