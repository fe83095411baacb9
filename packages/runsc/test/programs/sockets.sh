# ss and netstat: what sockets there are, read from /proc/net.
exec 2>&1
export LC_ALL=C
cd "$(mktemp -d)"
trap 'rm -r "$PWD"' EXIT
unshare -n bash -c '
  ip link set lo up
  exec python3 - <<END
import os, socket, subprocess
os.closerange(3, 64)
def listening(family, at, backlog=5, kind=socket.SOCK_STREAM):
    s = socket.socket(family, kind)
    s.bind(at)
    if kind != socket.SOCK_DGRAM: s.listen(backlog)
    return s
four = listening(socket.AF_INET, ("127.0.0.1", 4000))
six = listening(socket.AF_INET6, ("::", 4001), 7)
names = listening(socket.AF_UNIX, "\0oracle"), listening(socket.AF_UNIX, "name", 3, socket.SOCK_SEQPACKET)
datagrams = listening(socket.AF_INET, ("127.0.0.1", 53), 0, socket.SOCK_DGRAM)
client = socket.socket(); client.bind(("127.0.0.1", 5000)); client.connect(("127.0.0.1", 4000))
server = four.accept()[0]
client.send(b"hello")
sixth = socket.socket(socket.AF_INET6); sixth.bind(("::1", 5001)); sixth.connect(("::1", 4001))
waiting = socket.socket(socket.AF_UNIX); waiting.connect("\0oracle")
def run(command):
    print("--", command, flush=True)
    out = subprocess.run(command, shell=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
    print("\n".join(sorted(" ".join(line.split()) for line in out.splitlines())), flush=True)
# The backlog of a listener is not in /proc/net.
run("ss -Htan | sed \"s/^\(LISTEN *[0-9]* *\)[0-9]*/\\1/\""); run("ss -Huan"); run("ss -Htan state established")
run("ss -Htnp | sed s/[0-9]*,fd/PID,fd/")
run("ss -Hxal | sed s/[0-9]...*[*]/N/")
run("ss -s | grep -E \"^(UDP|TCP|INET|Transport)\" | grep -v closed")
run("netstat -tuan"); run("netstat -tlnp | sed s,[0-9]*/,PID/,"); run("netstat -xa | sed \"s/ [0-9][0-9]*  *\\(@\\|name\\|$\\)/ N \\1/\"")
END'
