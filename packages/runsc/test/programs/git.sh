# git: init, add, commit, log, gc, clone
set -e
dir=$(mktemp -d); cd "$dir"; export HOME=$dir GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
git config --global user.email a@b.c; git config --global user.name Name; git config --global init.defaultBranch main; git config --global advice.detachedHead false
git init -q repo; cd repo
for i in 1 2 3 4 5; do seq 1 $((i * 100)) > file$i; git add .; git commit -qm "commit $i"; done
git log --format='%H %s'; git status --short; git gc -q; git fsck 2>&1; git count-objects | cut -d' ' -f1
git checkout -q -b side HEAD~2; echo side > side; git add .; git commit -qm side; git checkout -q main; git merge -q --no-edit side; git log --oneline | wc -l
cd ..; git clone -q repo copy; cd copy; git log -1 --format=%s; git diff HEAD~1 --stat | tail -1; git grep -c 100 | sort
cd /; rm -rf "$dir"
