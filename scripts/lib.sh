# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Functions that the scripts share.  Sourced by bash from the scripts of this
# folder; defines functions and `root` (the top of the tree), runs nothing.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

# A line of progress.
say() {
	printf '%s: %s\n' "${0##*/}" "$*"
}

warn() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# die STATUS TEXT…
die() {
	local status=$1
	shift
	warn "$*"
	exit "$status"
}

# The commands a normal user's path may lack.
with_sbin_path() {
	case ":$PATH:" in
	*:/usr/sbin:*) ;;
	*) PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin ;;
	esac
}

is_installed() {
	[[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Print the packages named in the lists FILE… that are not there yet.
missing_packages() {
	local list entry
	with_sbin_path
	for list in "$@"; do
		while read -r entry; do
			entry=${entry%%#*}
			entry=${entry//[[:space:]]/}
			case $entry in
			'') ;;
			*:*) type -P "${entry%%:*}" >/dev/null || printf '%s\n' "${entry#*:}" ;;
			*) is_installed "$entry" || printf '%s\n' "$entry" ;;
			esac
		done <"$list"
	done
}

# Run apt-get with our options, as root, through the words in `as_root`.
apt_get() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -y -q \
		-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@"
}

# Up to three tries: another apt may hold a lock, a mirror may stumble.
apt_get_retry() {
	local try
	for try in 1 2 3; do
		apt_get "$@" && return 0
		((try == 3)) || sleep $((try * 5))
	done
	return 1
}

# Install what the lists FILE… name and is missing.  Quiet when nothing is.
# Where it cannot, prints the command that would and ends with status 2.
install_packages() {
	local packages as_root=() line log
	command -v dpkg-query >/dev/null || {
		warn "this is no Debian system: install the equivalents of these yourself, then go on with --no-install:"
		warn "$(sed -e '/^#/d' -e 's/.*://' "$@" | tr '\n' ' ')"
		exit 2
	}
	mapfile -t packages < <(missing_packages "$@")
	((${#packages[@]})) || return 0
	line="apt-get install -y --no-install-recommends ${packages[*]}"
	if ((EUID != 0)); then
		if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
			as_root=(sudo -n)
		elif command -v sudo >/dev/null && [[ -t 0 && -t 2 ]]; then
			say "sudo is asked to run: $line"
			sudo -v || die 2 "missing packages; run as root:  $line"
			as_root=(sudo)
		else
			die 2 "missing packages; run as root:  $line"
		fi
	fi
	say "installing ${#packages[@]} packages: ${packages[*]}"
	log=$(mktemp)
	if ! apt_get_retry update >"$log" 2>&1 ||
		! apt_get_retry install --no-install-recommends "${packages[@]}" >>"$log" 2>&1; then
		tail -n 25 "$log" >&2
		rm -f "$log"
		die 2 "the packages could not be installed; run as root:  apt-get update && $line"
	fi
	rm -f "$log"
}

# Check for what the lists FILE… name without installing it (--no-install).
require_packages() {
	local packages
	command -v dpkg-query >/dev/null || return 0
	mapfile -t packages < <(missing_packages "$@")
	((${#packages[@]} == 0)) ||
		die 2 "missing packages; run as root:  apt-get install -y --no-install-recommends ${packages[*]}"
}

# Run a command with its output kept back: shown only if it fails.
quietly() {
	local log status
	log=$(mktemp)
	if "$@" >"$log" 2>&1; then
		rm -f "$log"
		return 0
	else
		status=$?
		cat "$log" >&2
		rm -f "$log"
		return "$status"
	fi
}

# configure DIR OPTION…: a meson build directory with these options, made anew
# only when it has to be.
configure() {
	local dir=$1
	shift
	if [[ -f $dir/build.ninja && -f $dir/meson-private/coredata.dat ]] &&
		(($# == 0)); then
		return 0
	fi
	if [[ -f $dir/build.ninja ]] && meson configure "$dir" "$@" >/dev/null 2>&1; then
		return 0
	fi
	if [[ -e $dir/meson-private ]]; then
		say "the build directory ${dir#"$root"/} is of no use any more: configuring it anew"
		quietly meson setup --wipe "$dir" "$root" "$@"
	else
		say "configuring ${dir#"$root"/}"
		quietly meson setup "$dir" "$root" "$@"
	fi
}

# compile DIR: everything, with a line per hundred steps left out.
compile() {
	say "compiling in ${1#"$root"/}"
	quietly ninja -C "$1"
}

# The number of processors this process may use.
processors() {
	nproc 2>/dev/null || echo 1
}

# Seconds since SECONDS was START, as text.
elapsed() {
	local s=$((SECONDS - $1))
	if ((s >= 60)); then printf '%d min %02d s' $((s / 60)) $((s % 60)); else printf '%d s' "$s"; fi
}
