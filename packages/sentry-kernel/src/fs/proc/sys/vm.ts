// /proc/sys/vm. (fs/proc)
// proc_sys_vm(5), Documentation/admin-guide/sysctl/vm.rst.

import { MAX_MAP_COUNT } from '../../../mm/memory-manager.ts'
import { type Declarations, number, numbers, shown } from './sysctl.ts'

export const vmControls: Declarations = {
  admin_reserve_kbytes: number(8192),
  dirty_background_bytes: number(0),
  dirty_background_ratio: number(10, { max: 100 }),
  dirty_bytes: number(0),
  dirty_expire_centisecs: number(3000),
  dirty_ratio: number(20, { max: 100 }),
  dirty_writeback_centisecs: number(500),
  // Nothing is cached here that the host does not cache: dropping it is the host's affair.
  drop_caches: number(0, { min: 1, max: 4, mode: 0o200 }),
  legacy_va_layout: shown(() => 0),
  max_map_count: shown(() => MAX_MAP_COUNT),
  min_free_kbytes: number(67_584),
  mmap_min_addr: shown(() => 65_536),
  mmap_rnd_bits: shown(() => 28),
  nr_hugepages: shown(() => 0),
  nr_overcommit_hugepages: shown(() => 0),
  lowmem_reserve_ratio: numbers([256, 256, 32, 0, 0]),
  oom_dump_tasks: number(1, { max: 1 }),
  oom_kill_allocating_task: number(0, { max: 1 }),
  overcommit_kbytes: number(0),
  overcommit_memory: number(0, { max: 2 }),
  overcommit_ratio: number(50),
  'page-cluster': number(3, { max: 31 }),
  panic_on_oom: number(0, { max: 2 }),
  swappiness: number(60, { max: 200 }),
  unprivileged_userfaultfd: shown(() => 0),
  user_reserve_kbytes: number(131_072),
  vfs_cache_pressure: number(100),
  watermark_scale_factor: number(10, { min: 1, max: 3000 }),
  zone_reclaim_mode: number(0, { max: 7 }),
}
