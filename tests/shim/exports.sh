#!/bin/bash
# SPDX-License-Identifier: MIT
# What libleakscope.so asks of libc and what it gives to the program: each list
# is written down, so that a new entry is a decision.
set -u
shim=${1:?usage: exports.sh libleakscope.so}

# Nothing here allocates or is buffered: that would come back to the hooks.
imports="
__cxa_at_quick_exit __cxa_finalize __environ __errno_location _dl_find_object
clock_gettime dl_iterate_phdr dladdr1 dlsym environ memcmp memcpy memmove memset on_exit
pthread_attr_getstack pthread_mutex_trylock __pthread_register_cancel __pthread_unregister_cancel __sigsetjmp
strlen
"
exports="
InitializeInjectionNvtx2 InitializeInjectionNvtxExtension getenv
_Exit __lsan_disable __lsan_do_leak_check __lsan_do_recoverable_leak_check __lsan_enable
__lsan_ignore_object __lsan_register_root_region __lsan_unregister_root_region __poll_chk
__ppoll_chk __read_chk __recv_chk __sysv_signal _exit abort accept accept4 aligned_alloc brk
bsd_signal calloc cfree clock_nanosleep connect dlclose dlmopen dlopen epoll_pwait epoll_pwait2
epoll_wait execl execle execlp execv execve execveat execvp execvpe fexecve free
free_aligned_sized free_sized leakscope_api_1 madvise malloc malloc_usable_size memalign mmap
mmap64 mremap msgrcv msgsnd munmap nanosleep pause poll posix_memalign posix_spawn posix_spawnp
ppoll pselect pthread_create pvalloc quick_exit read readv realloc reallocarray recv recvfrom
recvmsg sbrk select sem_clockwait sem_timedwait semop semtimedop send sendmsg sendto sigaction
sigaltstack sigignore signal sigset sigsuspend sigtimedwait sigwait sigwaitinfo sleep sysv_signal
thrd_create thrd_sleep usleep valloc write writev
"

failed=0
count=0
# $1: description, $2: what is there and not in the list
verdict() {
	count=$((count + 1))
	if [[ -z $2 ]]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		echo "# $2"
		failed=1
	fi
}

# Words of $1 that are not in $2.
beyond() {
	comm -23 <(tr ' ' '\n' <<<"$1" | sed '/^$/d' | sort -u) \
		<(tr ' ' '\n' <<<"$2" | sed '/^$/d' | sort -u) | tr '\n' ' '
}

echo 1..5
undefined=$(nm -D --undefined-only "$shim" | awk '$1 == "U" { sub(/@.*/, "", $2); print $2 }')
defined=$(nm -D --defined-only "$shim" | awk '{ sub(/@.*/, "", $NF); print $NF }')
verdict "imports are on the list" "$(beyond "$undefined" "$imports")"
verdict "exports are on the list" "$(beyond "$defined" "$exports")"
verdict "every export on the list is there" "$(beyond "$exports" "$defined")"
verdict "libc is the only library it needs" \
	"$(readelf -d "$shim" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vx 'libc\.so\.6')"
verdict "thread-local data is initial-exec" \
	"$(readelf -rW "$shim" | grep -E 'DTPMOD|TLSDESC')"
exit $failed
