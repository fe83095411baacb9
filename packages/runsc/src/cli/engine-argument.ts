// The engine whose configuration `install` and `uninstall` change. (runsc)

import { Argument } from 'commander'

export const engineArgument = (): Argument =>
  new Argument('[engine]', 'whose configuration')
    .choices(['docker', 'podman', 'containerd'])
    .default('docker')
