#!/bin/bash
# SPDX-License-Identifier: MIT
# What libleakscope.so asks of libc and what it gives to the program: each list
# is written down, so that a new entry is a decision.
set -u
shim=${1:?usage: exports.sh libleakscope.so gpu_api.h}
api=${2:?usage: exports.sh libleakscope.so gpu_api.h}

# Nothing here allocates or is buffered: that would come back to the hooks.
imports="
__cxa_at_quick_exit __cxa_finalize __environ __errno_location _dl_find_object
clock_gettime dl_iterate_phdr dladdr1 environ memcmp memcpy memmove memset on_exit
pthread_attr_getstack pthread_mutex_trylock __pthread_register_cancel __pthread_unregister_cancel __sigsetjmp
strlen
"
exports="
InitializeInjectionNvtx2 InitializeInjectionNvtxExtension getenv
_Exit __lsan_disable __lsan_do_leak_check __lsan_do_recoverable_leak_check __lsan_enable
__lsan_ignore_object __lsan_register_root_region __lsan_unregister_root_region __poll_chk
__ppoll_chk __read_chk __recv_chk __sysv_signal _exit abort accept accept4 aligned_alloc brk
bsd_signal calloc cfree clock_nanosleep connect dlclose dlmopen dlopen dlsym dlvsym epoll_pwait epoll_pwait2
epoll_wait execl execle execlp execv execve execveat execvp execvpe fexecve free
free_aligned_sized free_sized leakscope_api_1 madvise malloc malloc_usable_size memalign mmap
mmap64 mremap msgrcv msgsnd munmap nanosleep pause poll posix_memalign posix_spawn posix_spawnp
ppoll pselect pthread_create pvalloc quick_exit read readv realloc reallocarray recv recvfrom
recvmsg sbrk select sem_clockwait sem_timedwait semop semtimedop send sendmsg sendto sigaction
sigaltstack sigignore signal sigset sigsuspend sigtimedwait sigwait sigwaitinfo sleep sysv_signal
thrd_create thrd_sleep usleep valloc wait3 wait4 waitid waitpid write writev
"

# The CUDA driver's functions that are wrapped.
driver=$(sed -n '/define LS_DRIVER_WRAPPED/,/^$/s/^\tX(\(cu[A-Za-z0-9_]*\),.*/\1/p' "$api")

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

echo 1..9
undefined=$(nm -D --undefined-only "$shim" | awk '$1 == "U" { sub(/@.*/, "", $2); print $2 }')
# symbols of type A are the names of versions
versioned=$(nm -D --defined-only "$shim" | awk '$2 != "A" { print $NF }')
defined=$(nm -D --defined-only "$shim" | awk '$2 != "A" { sub(/@.*/, "", $NF); print $NF }')
wrapped=$(sed -n 's/^\(cu.*\)@LEAKSCOPE_DRIVER$/\1/p' <<<"$versioned")
verdict "imports are on the list" "$(beyond "$undefined" "$imports")"
verdict "exports are on the list" "$(beyond "$defined" "$exports $driver")"
verdict "every export on the list is there" "$(beyond "$exports $driver" "$defined")"
verdict "libc is the only library it needs" \
	"$(readelf -d "$shim" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vx 'libc\.so\.6')"
verdict "thread-local data is initial-exec" \
	"$(readelf -rW "$shim" | grep -E 'DTPMOD|TLSDESC')"
# What keeps them from answering a look-up where there is no driver.
verdict "the driver's functions are exported hidden" "$(beyond "$driver" "$wrapped")"
verdict "… in the first version of the file" \
	"$(readelf -VW "$shim" | sed -n 's/.*Index: 2 .*Name: //p' | grep -vx LEAKSCOPE_DRIVER)"
verdict "… and their table is in order" \
	"$(diff <(echo "$driver") <(LC_ALL=C sort -u <<<"$driver"))"
verdict "dlsym and dlvsym are there for old programs too" \
	"$(for name in dlsym dlvsym; do
		grep -c "^$name@" <<<"$versioned" | grep -vx 2
	done)"
exit $failed
