// The terminal calls of the host layer: loaded only where a terminal is. (runsc)

export {
  getTermios,
  getWindowSize,
  makeRaw,
  setControllingTerminal,
  setTermios,
} from '@tsvisor/host'
