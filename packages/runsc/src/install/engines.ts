// The engines that `install` knows. (runsc)

import { containerd } from './containerd.ts'
import { docker } from './docker.ts'
import { podman } from './podman.ts'
import type { EngineConfig } from './runtime-entry.ts'

export type EngineName = 'docker' | 'podman' | 'containerd'

export const engines: Readonly<Record<EngineName, EngineConfig>> = { docker, podman, containerd }
