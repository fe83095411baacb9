// The version of the command. (runsc)
// A test keeps it equal to package.json, which is not read at run time: starting must stay cheap.

export const VERSION = '0.1.0'
