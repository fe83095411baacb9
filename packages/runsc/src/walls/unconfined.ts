// How a part of the program is told that it has no namespaces of its own. (runsc)

/** The environment variable with the reason. */
export const UNCONFINED = 'RUNSC_UNCONFINED'
