// /proc/cpuinfo. (fs/proc)
// Linux arch/x86/kernel/cpu/proc.c: show_cpuinfo.

/** What programs read about the processor. */
export interface CpuModel {
  readonly vendor: string
  readonly family: number
  readonly model: number
  readonly name: string
  readonly stepping: number
  readonly mhz: number
  readonly cacheKb: number
  /** Names as Linux prints them: "fpu vme … sse4_2". */
  readonly flags: string
}

/** The x86-64-v2 level, which current distributions are compiled for; programs that need more use cpuid. */
export const PLAIN_CPU: CpuModel = {
  vendor: 'GenuineIntel',
  family: 6,
  model: 6,
  name: 'Virtual CPU',
  stepping: 3,
  mhz: 2000,
  cacheKb: 1024,
  flags:
    'fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat pse36 clflush mmx fxsr sse ' +
    'sse2 ht syscall nx rdtscp lm constant_tsc rep_good nopl cpuid pni pclmulqdq ssse3 cx16 sse4_1 ' +
    'sse4_2 popcnt lahf_lm',
}

export function cpuinfo(count: number, cpu: CpuModel): string {
  const fields = (index: number): readonly (readonly [string, string | number])[] => [
    ['processor\t', index],
    ['vendor_id\t', cpu.vendor],
    ['cpu family\t', cpu.family],
    ['model\t\t', cpu.model],
    ['model name\t', cpu.name],
    ['stepping\t', cpu.stepping],
    ['cpu MHz\t\t', cpu.mhz.toFixed(3)],
    ['cache size\t', `${cpu.cacheKb} KB`],
    ['physical id\t', 0],
    ['siblings\t', count],
    ['core id\t\t', index],
    ['cpu cores\t', count],
    ['apicid\t\t', index],
    ['initial apicid\t', index],
    ['fpu\t\t', 'yes'],
    ['fpu_exception\t', 'yes'],
    ['cpuid level\t', 13],
    ['wp\t\t', 'yes'],
    ['flags\t\t', cpu.flags],
    ['bugs\t\t', ''],
    ['bogomips\t', (2 * cpu.mhz).toFixed(2)],
    ['clflush size\t', 64],
    ['cache_alignment\t', 64],
    ['address sizes\t', '46 bits physical, 48 bits virtual'],
  ]
  let text = ''
  for (let i = 0; i < count; i++) {
    for (const [name, value] of fields(i)) text += `${name}: ${value}\n`
    text += 'power management:\n\n'
  }
  return text
}
