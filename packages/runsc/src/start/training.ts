// Runs of this program for the code that V8 compiles in them: see ./train.ts. (runsc)

/** Set in the processes of one, to a suffix for the files that they write. */
export const training: string | undefined = process.env['RUNSC_TRAINING'] || undefined
