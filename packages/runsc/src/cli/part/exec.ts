// The part of `runsc exec`. (runsc)

import { exec } from '../exec.ts'
import { execMonitor } from '../exec-monitor.ts'
import { mainWith } from '../main.ts'

export const main = mainWith({ exec, 'exec-monitor': execMonitor })
