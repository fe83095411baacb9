// Commands of podman that mean something else to an ordinary user: whose files are whose. (runsc tests)

import type { Command } from './commands.ts'

const run = (name: string, script: string): Command => ({ name: `rootless: ${name}`, script })
/** A user's number is not the same on each machine. */
const MINE = 'sed "s/^$(id -u)$/mine/"'

export const ROOTLESS_COMMANDS: readonly Command[] = [
  run(
    'the user is root',
    `$E run --rm $R -v $D:/v $I sh -c 'id -u; touch /v/f; stat -c %u /v/f'; stat -c %u $D/f | ${MINE}`,
  ),
  run(
    'another user has one of the ids in /etc/subuid',
    'chmod 777 $D; $E run --rm $R -u 1000:7 -v $D:/v $I sh -c "id -u; touch /v/f; stat -c %u:%g /v/f"; stat -c %u:%g $D/f',
  ),
  run(
    'files of nobody here',
    "$E run --rm $R -v /etc/hostname:/h $I sh -c 'stat -c %u:%g /h; chown 0 /h 2>&1; (echo x >/h) 2>&1 | grep -o denied'",
  ),
  run(
    'owners that there are, and that there are not',
    "$E run --rm $R $I sh -c 'touch /f; chown 1000:1000 /f && stat -c %u:%g /f; chown 4000000 /f 2>&1; echo $?'",
  ),
  run('no user without an id', '$E run --rm $R -u 4000000 $I id >/dev/null 2>&1; echo $?'),
  run(
    'no user without an id: exec',
    '$E run -d $R --name $C $I sleep 100 >/dev/null; $E exec -u 1000 $C id -u; $E exec -u 4000000 $C id >/dev/null 2>&1 || echo refused; $E kill $C >/dev/null',
  ),
  run(
    'keep-id',
    `$E run --rm $R --userns=keep-id -v $D:/v $I sh -c 'id -u; id -g; touch /v/f; stat -c %u /v/f; stat -c %u /bin' | ${MINE}; stat -c %u $D/f | ${MINE}`,
  ),
  run('keep-id: the map', '$E run --rm $R --userns=keep-id $I cat /proc/self/uid_map'),
  run(
    'keep-id: exec',
    `$E run -d $R --name $C --userns=keep-id $I sleep 100 >/dev/null; $E exec $C id -u | ${MINE}; $E exec -u 0 $C id -u; $E kill $C >/dev/null`,
  ),
  run(
    'maps of its own',
    "$E run --rm $R --uidmap 0:1:1000 $I sh -c 'cat /proc/self/uid_map; id -u; stat -c %u /bin'",
  ),
  run('privileged', "$E run --rm $R --privileged $I sh -c 'mount -t tmpfs x /tmp && echo mounted'"),
  run('the network of the host', '$E run --rm $R --network host $I echo ran'),
  run(
    "another container's network",
    '$E run -d $R --name $C $I sleep 100 >/dev/null; $E run --rm $R --network container:$C $I echo ran; $E kill $C >/dev/null',
  ),
]
