#!/bin/bash
# SPDX-License-Identifier: MIT
# NVIDIA's runtime looks the driver's functions up as it does without the shim: the same
# names, versions and flags in the same order, to the same end. TAP.
set -u
shim=${1:?usage: runtime_start.sh SHIM FOLDER-OF-LIBCUDA PROGRAM…}
driver=${2:?usage: runtime_start.sh SHIM FOLDER-OF-LIBCUDA PROGRAM…}
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "1..$((3 * $#))"
failed=0
count=0
verdict() {
	count=$((count + 1))
	if "${@:2}"; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		failed=1
	fi
}

run() { # $1: name of the output
	SIMCUDA_TRACE=$work/$1.trace LD_LIBRARY_PATH=$driver "${@:2}" >"$work/$1.out" 2>&1
}

for program; do
	rm -f "$work"/*
	run bare "$program"
	run tracked env LD_PRELOAD="$shim" LEAKSCOPE_OPTIONS="dir=$work" "$program"
	lines=$(grep -c '^lookup' "$work/bare.trace")
	verdict "${program##*/}: it looks much up" test "$lines" -gt 100
	verdict "${program##*/}: $lines look-ups, the same ones" \
		cmp "$work/bare.trace" "$work/tracked.trace"
	verdict "${program##*/}: the same outcome" cmp "$work/bare.out" "$work/tracked.out"
done
exit $failed
