# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# A bash script that forks: subshells, substitutions, pipes, background jobs.
set -eu
declare -A seen
total=0
for ((i = 0; i < 1500; i++)); do
	name="entry-$((i % 97))"
	seen[$name]="${seen[$name]-} $i"
	# shellcheck disable=SC2206 # to be split
	parts=(${seen[$name]})
	total=$((total + ${#parts[@]}))
done
for i in 1 2 3 4 5; do
	value=$(printf '%s\n' "${!seen[@]}" | sort | head -n "$i" | tail -n 1)
	(
		inner=(one two "$value")
		echo "subshell $i ${inner[2]} ${seen[$value]:0:12}"
		exit "$i"
	) || echo "left with $?"
done
for i in 1 2 3; do
	(list=(); for ((k = 0; k < 50 * i; k++)); do list+=("$k"); done; exit "${#list[@]}") &
	jobs[i]=$!
done
for i in 1 2 3; do
	status=0
	wait "${jobs[i]}" || status=$?
	echo "job $i: $status"
done
while read -r word; do
	total=$((total + ${#word}))
done < <(printf '%s\n' alpha beta gamma)
echo "total $total"
exit 3
