// flock(2): loaded only by commands that change something. (runsc)

export { flock } from '@tsvisor/host'
