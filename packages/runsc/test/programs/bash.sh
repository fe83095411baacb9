# bash: expansions, arrays, process substitution, jobs, traps
set -e
declare -A map=([one]=1 [two]=2)
for key in $(printf '%s\n' "${!map[@]}" | sort); do echo "$key=${map[$key]}"; done
list=(a b c); echo "${list[@]:1}" "${#list[@]}"
diff <(seq 1 5) <(seq 1 5) && echo same
cat <<EOF | tr a-z A-Z
here document $((6 * 7))
EOF
(trap 'echo trapped' EXIT; echo subshell)
sleep 0.05 & wait $!; echo "background $?"
trap 'echo got usr1' USR1; kill -USR1 $$; echo after
set +e
(kill -9 $BASHPID); echo "killed $?"
false | true; echo "${PIPESTATUS[*]}"
exec 5<<<"from fd five"; read -r line <&5; echo "$line"
coproc CAT { cat; }; echo hello >&"${CAT[1]}"; read -r reply <&"${CAT[0]}"; echo "$reply"; exec {CAT[1]}>&-; wait
ulimit -n > /dev/null; umask; type -t test
