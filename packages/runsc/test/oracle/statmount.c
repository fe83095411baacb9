/* statmount(2), listmount(2): mounts as structures. */
#include "file-oracle.h"
#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

#define OFFSET (1ull << 31)
struct request { uint32_t size, spare; uint64_t mnt_id, param, mnt_ns_id; };
struct status {
  uint32_t size, mnt_opts; uint64_t mask; uint32_t sb_dev_major, sb_dev_minor; uint64_t sb_magic; uint32_t sb_flags, fs_type;
  uint64_t mnt_id, mnt_parent_id; uint32_t mnt_id_old, mnt_parent_id_old; uint64_t mnt_attr, mnt_propagation, mnt_peer_group, mnt_master, propagate_from;
  uint32_t mnt_root, mnt_point; uint64_t mnt_ns_id; uint32_t fs_subtype, sb_source, opt_num, opt_array, opt_sec_num, opt_sec_array;
  uint64_t supported_mask; uint32_t uidmap_num, uidmap, gidmap_num, gidmap; uint64_t spare[43]; char str[];
};
static char room[4096];
static struct status *st = (void *)room;
static uint64_t unique(const char *path, int *old) {
  char sx[256];
  memset(sx, 0, sizeof sx);
  syscall(SYS_statx, AT_FDCWD, path, 0, 0x1000, sx);
  if (old) *old = *(uint64_t *)(sx + 0x90);
  printf("%s:%s", path, *(uint32_t *)sx & 0x1000 ? "" : " no id");
  if (syscall(SYS_statx, AT_FDCWD, path, 0, 0x4000, sx)) return 0;
  printf("%s\n", *(uint32_t *)sx & 0x4000 ? " unique" : "");
  return *(uint64_t *)(sx + 0x90);
}
static int status_of(uint64_t id, uint64_t mask, size_t length) {
  struct request r = {sizeof r, 0, id, mask, 0};
  memset(room, 0xaa, sizeof room);
  return syscall(457, &r, room, length, 0);
}
static const char *text(uint32_t at) {
  static char made[6][300];
  static int turn;
  char *to = made[turn++ % 6], *top = strstr(st->str + at, "oracle-");
  snprintf(to, 300, "%s", top ? top + 13 : st->str + at);
  return to;
}
static void show(const char *path, uint64_t parent) {
  int old;
  uint64_t id = unique(path, &old);
  R(status_of(id, 0xffff, sizeof room));
  printf("mask %llx size %d\n", (long long)st->mask, (int)st->size > 500 && (int)st->size < 900);
  struct stat s;
  stat(path, &s);
  printf("device %d magic %llx flags %x type %s\n", st->sb_dev_major == major(s.st_dev) && st->sb_dev_minor == minor(s.st_dev), (long long)st->sb_magic, st->sb_flags, text(st->fs_type));
  printf("id %d old %d parent %d attr %llx propagation %llx group %d master %d from %d\n", st->mnt_id == id, (int)st->mnt_id_old == old, parent == 0 || st->mnt_parent_id == parent, (long long)st->mnt_attr, (long long)st->mnt_propagation, st->mnt_peer_group != 0, st->mnt_master != 0, st->propagate_from != 0);
  printf("root %s point %s source %s options %s subtype '%s' namespace %d\n", text(st->mnt_root), text(st->mnt_point), text(st->sb_source), text(st->mnt_opts), text(st->fs_subtype), st->mnt_ns_id != 0);
  printf("%d options:", st->opt_num);
  for (char *at = st->str + st->opt_array; st->opt_num--; at += strlen(at) + 1) printf(" %s", at);
  printf("; %d others; supported %llx; maps %d %d\n", st->opt_sec_num, (long long)st->supported_mask & 0x1fff, st->uidmap_num, st->gidmap_num);
}
static uint64_t ids[2000];
static int list(uint64_t id, uint64_t after, int count, int flags) {
  struct request r = {sizeof r, 0, id, after, 0};
  memset(ids, 0, sizeof ids);
  return syscall(458, &r, ids, count, flags);
}
/* Mount points of those that are listed. */
static void listed(int count) {
  for (int i = 0; i < count; i++) {
    int n = status_of(ids[i], 0x10, sizeof room);
    printf("  %s\n", n ? strerrorname_np(errno) : text(st->mnt_point));
  }
}
static int raw_status(struct request *r, void *buf, size_t length, int flags) { return syscall(457, r, buf, length, flags); }
static int raw_list(struct request *r, void *buf, size_t count, int flags) { return syscall(458, r, buf, count, flags); }

int main(void) {
  begin();
  if (unshare(CLONE_NEWNS)) { perror("unshare"); return 1; }
  mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
  mkdir("m", 0755), mkdir("n", 0755);
  mount("what #1", "m", "tmpfs", MS_NOSUID | MS_NODEV, "size=64k,mode=0750");
  mkdir("m/a", 0755), mkdir("m/b c", 0755), put("m/file", "");
  uint64_t above = unique("m", 0);
  mount("none", "m", 0, MS_SHARED, 0);
  show("m", 0);
  mount("proc", "m/a", "proc", MS_RDONLY | MS_NOEXEC, 0);
  show("m/a", above);
  mount("m/file", "m/file", 0, MS_BIND, 0);
  mount("m/b c", "n", 0, MS_BIND, 0), mount(0, "n", 0, MS_SLAVE, 0);
  show("m/file", above);
  show("n", 0);
  mount(0, "n", 0, MS_UNBINDABLE, 0), mount(0, "n", 0, MS_REMOUNT | MS_BIND | MS_NOATIME | MS_NODIRATIME, 0);
  show("n", 0);
  mount("none", "m/b c", "tmpfs", MS_SYNCHRONOUS | MS_RDONLY, 0);
  show("m/b c", above);

  puts("== parts");
  for (uint64_t mask = 1; mask <= 0x2000; mask *= 2) {
    int n = status_of(above, mask, sizeof room);
    printf("%llx: %d mask %llx size %d\n", (long long)mask, n, (long long)st->mask, mask == 0x10 ? 0 : (int)st->size);
  }
  R(status_of(above, 0, sizeof room));
  R(status_of(above, 1ull << 40, sizeof room));
  R(status_of(above, 1, 100));
  printf("size %d mask %x\n", st->size, (int)st->mask);
  R(status_of(above, 1, 0));
  R(status_of(above, 0x20, 512));
  R(status_of(above, 0x20, 518));
  R(status_of(above, 0x20, 519));
  R(status_of(above, 0x100, 512));
  R(status_of(above, 0x100, 513));
  R(status_of(above, 0x100, 514));

  puts("== lists");
  int n;
  R(n = list(above, 0, 100, 0)); listed(n);
  R(n = list(above, 0, 100, 1)); listed(n);
  R(n = list(above, 0, 1, 0)); listed(n);
  R(n = list(above, ids[0], 100, 0)); listed(n);
  R(n = list(above, ids[0], 100, 1)); listed(n);
  R(list(above, 0, 0, 0));
  R((n = list(-1, 0, 2000, 0)) > 4);
  int ordered = 1, found = 0;
  for (int i = 0; i < n; i++) ordered &= i == 0 || ids[i] > ids[i - 1], found += ids[i] == above;
  printf("ordered %d, found %d\n", ordered, found);

  puts("== errors");
  struct request r = {sizeof r, 0, above, 1, 0};
  R(raw_status(&r, room, sizeof room, 1));
  R(raw_status(BAD, room, sizeof room, 0));
  R(raw_status(&r, BAD, sizeof room, 0));
  R(raw_list(&r, room, 10, 2));
  r.param = 0;
  R(raw_list(&r, BAD, 10, 0));
  R(raw_list(&r, room, 1000001, 0));
  r.size = 24;
  R(raw_status(&r, room, sizeof room, 0));
  r.size = 23;
  R(raw_status(&r, room, sizeof room, 0));
  r.size = 5000;
  R(raw_status(&r, room, sizeof room, 0));
  r.size = sizeof r, r.spare = 1;
  R(raw_status(&r, room, sizeof room, 0));
  r.spare = 0, r.mnt_id = OFFSET;
  R(raw_status(&r, room, sizeof room, 0));
  R(raw_list(&r, room, 10, 0));
  r.mnt_id = -2;
  R(raw_status(&r, room, sizeof room, 0));
  R(raw_list(&r, room, 10, 0));
  r.mnt_id = above, r.param = 7;
  R(raw_list(&r, room, 10, 0));
  r.param = 0, r.mnt_ns_id = 1ull << 50;
  R(raw_status(&r, room, sizeof room, 0));
  R(raw_list(&r, room, 10, 0));
  status_of(above, 0x40, sizeof room);
  r.mnt_ns_id = st->mnt_ns_id;
  R(raw_status(&r, room, sizeof room, 0));

  puts("== others");
  AS(1000, 1000, {
    R(status_of(above, 0x12, sizeof room));
    R(list(above, 0, 100, 0));
  });
  fflush(stdout);
  if (!fork()) {
    chroot("m"), chdir("/");
    R(status_of(above, 0x10, sizeof room));
    printf("%s\n", st->str + st->mnt_point);
    R(n = list(-1, 0, 100, 0)); listed(n);
    uint64_t outside = 0;
    R(setresuid(1000, 1000, 1000));
    R(list(-1, 0, 100, 0));
    R(status_of(above, 0x10, sizeof room));
    _exit(0);
  }
  wait(0);
  if (!fork()) {
    uint64_t other = r.mnt_ns_id;
    unshare(CLONE_NEWNS);
    R(status_of(above, 1, sizeof room));
    r.mnt_ns_id = other, r.param = 0x10;
    R(raw_status(&r, room, sizeof room, 0));
    printf("%s\n", text(st->mnt_point));
    r.param = 0;
    R(n = raw_list(&r, ids, 100, 0));
    AS(1000, 1000, { R(raw_status(&r, room, sizeof room, 0)); });
    _exit(0);
  }
  wait(0);
  umount("m/b c"), umount("m/a"), umount("m/file"), umount("n"), umount("m");
  R(status_of(above, 1, sizeof room));
  end();
}
