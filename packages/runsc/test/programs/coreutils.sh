# coreutils, grep, sed, awk, find, tar, gzip, xz
set -e
dir=$(mktemp -d); cd "$dir"
mkdir -p a/b/c; seq 1 1000 > a/numbers; printf 'x\0y\n' > a/b/zero; ln -s ../numbers a/b/link; ln a/numbers a/hard
stat -c '%F %h %s %a' a/numbers a/b/link; stat -c '%F %h %a' a
chmod 640 a/numbers; stat -c %a a/hard
touch -d '2020-01-02 03:04:05.678901234' a/b/zero; stat -c '%y' a/b/zero
find a -printf '%P %y %s\n' | grep -v ' d ' | sort
find a -type f -print0 | sort -z | xargs -0 sha256sum
grep -n '^9.9$' a/numbers; grep -c 7 a/numbers; grep -rl 1000 a | sort
sed -n '10,12p;s/^99$/ninety-nine/p' a/numbers
awk '{ s += $1 } END { print s, NR }' a/numbers
sort -rn a/numbers | head -3; cut -c1 a/numbers | sort | uniq -c
tar cf all.tar a; mkdir out; tar xf all.tar -C out; diff -r a out/a && echo tar same
tar czf all.tgz a && gzip -t all.tgz && echo gzip ok
xz -k all.tar && xz -t all.tar.xz && xz -dc all.tar.xz | cmp - all.tar && echo xz ok
cp -a a copy; diff -r a copy && echo copy same
mv copy moved; rm -r moved; ls -A
dd if=/dev/zero of=sparse bs=1 count=0 seek=1M 2> /dev/null; stat -c '%s %b' sparse; truncate -s 10 sparse; wc -c < sparse
split -l 300 a/numbers part.; ls part.*; cat part.* | cmp - a/numbers && echo split ok
echo text | tee t1 t2 > /dev/null; paste t1 t2; join <(echo 1 a) <(echo 1 b); comm <(echo a) <(echo a)
date -u -d @86400 +%F; env -i A=1 env; printf '%d %s %x\n' 42 str 255; basename /a/b.c .c; expr 6 \* 7; seq -s, 1 5
od -An -tx1 a/b/zero; base64 <<< hello; md5sum < a/numbers; nl -ba t1; fold -w 3 <<< abcdef; tac a/numbers | tail -1; shuf -i 1-10 | sort -n | tr '\n' ' '; echo
timeout 0.1 sleep 5 || echo "timeout $?"; nice -n 5 nice; yes | head -2; test -w . && echo writable; readlink -f a/b/link | sed "s|$dir||"
realpath --relative-to=. a/b; install -m 600 t1 t3; stat -c %a t3; mkfifo pipe; (echo through > pipe &) ; cat pipe
cd /; rm -r "$dir"
