// containerd through ctr, with runc's shim. (runsc tests)

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { EngineKind, Place } from './engine.ts'
import { daemon, rootMissing, sh } from './engine.ts'

const IMAGE = 'docker.io/library/busybox:1'

/** The image as `docker save` writes it. */
function saveImage(place: Place): string {
  const at = place.make('saved')
  const layer = createHash('sha256').update(readFileSync(place.archive)).digest('hex')
  const config = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['sh'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
  })
  const name = `${createHash('sha256').update(config).digest('hex')}.json`
  mkdirSync(`${at}/${layer}`)
  sh(`cp '${place.archive}' '${at}/${layer}/layer.tar'`)
  writeFileSync(`${at}/${name}`, config)
  const manifest = [{ Config: name, RepoTags: [IMAGE], Layers: [`${layer}/layer.tar`] }]
  writeFileSync(`${at}/manifest.json`, JSON.stringify(manifest))
  const archive = `${place.directory}/saved.tar`
  sh(`tar -C '${at}' -cf '${archive}' .`)
  return archive
}

export const containerd: EngineKind = {
  name: 'containerd',
  needs: ['containerd', 'ctr', 'containerd-shim-runc-v2', 'runc'],
  missing: rootMissing,
  privileges: 'held',
  async start(place) {
    const at = place.make('containerd')
    const configuration = place.write(
      'containerd.toml',
      [
        'version = 2',
        `root = "${at}/root"`,
        `state = "${at}/state"`,
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
        '[grpc]',
        `address = "${at}/sock"`,
        '',
      ].join('\n'),
    )
    const E = `ctr -a ${at}/sock`
    const stop = await daemon(
      place,
      ['containerd', '--config', configuration],
      `${E} version >/dev/null`,
    )
    const runc = sh('command -v runc').trim()
    const prelude = (runtime: 'runc' | 'runsc') =>
      [
        `E='${E}'`,
        `R='--snapshotter native --runtime io.containerd.runc.v2 --runc-binary ${runtime === 'runc' ? runc : place.runtime}'`,
        `I='${IMAGE}'`,
        `ROOTFS='${place.rootfs}'`,
        '',
      ].join('\n')
    sh(`${E} images import --snapshotter native '${saveImage(place)}'`)
    return {
      prelude,
      async stop() {
        sh(`for c in $(${E} task ls -q); do ${E} task rm -f $c || true; done
            for c in $(${E} container ls -q); do ${E} container rm $c || true; done`)
        await stop()
      },
    }
  },
}
