// Where the parts of a program are in its memory. (mm)

/** Where the parts of the program are, as in /proc/PID/stat and for prctl(PR_SET_MM). */
export interface ProgramLayout {
  startCode: number
  endCode: number
  startData: number
  endData: number
  startBrk: number
  brk: number
  startStack: number
  argStart: number
  argEnd: number
  envStart: number
  envEnd: number
}

/** Of a process without a program. */
export const noProgram = (): ProgramLayout => ({
  startCode: 0,
  endCode: 0,
  startData: 0,
  endData: 0,
  startBrk: 0,
  brk: 0,
  startStack: 0,
  argStart: 0,
  argEnd: 0,
  envStart: 0,
  envEnd: 0,
})
