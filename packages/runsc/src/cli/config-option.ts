// The flag --config of create and run, which crun has too. (runsc)

import { Option } from 'commander'

export const configOption = (): Option =>
  new Option('-f, --config <file>', "configuration to use in place of the bundle's config.json")
