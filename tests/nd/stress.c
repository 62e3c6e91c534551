/* SPDX-License-Identifier: MIT */
/*
 * Threads that create, move, lend, compute with and close the same managers'
 * arrays at once.  Run under ThreadSanitizer as well, and where the kernel refuses the
 * barrier that the tree's lock waits with ("no-membarrier").  What must hold: no
 * operation answers anything but ND_OK, ND_ERR_CLOSED or ND_ERR_CAPPED, and at
 * the end every storage is gone: no array was lost between two managers.
 */
#include <leakscope/nd.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 6, MANAGERS = 4, ARRAYS = 64 };

static nd_manager *base;
static nd_manager *managers[MANAGERS]; /* atomically read and replaced */
static nd_array *arrays[ARRAYS];
static int rounds = 3000;
static int failures;

static void expect(nd_status status)
{
	if (status == ND_OK || status == ND_ERR_CLOSED || status == ND_ERR_CAPPED ||
	    status == ND_ERR_ARGUMENT)
		return;
	fprintf(stderr, "# %d: %s\n", (int)status, nd_last_error());
	__atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
}

/* MADE takes a place in the table; what was there is closed, wherever it has got to. */
static void keep(int place, nd_array *made)
{
	if (made)
		expect(nd_array_close(__atomic_exchange_n(&arrays[place], made, __ATOMIC_ACQ_REL)));
}

static void *work(void *argument)
{
	unsigned seed = (unsigned)(uintptr_t)argument;

	for (int i = 0; i < rounds; i++) {
		int m = rand_r(&seed) % MANAGERS, a = rand_r(&seed) % ARRAYS;
		nd_manager *manager = __atomic_load_n(&managers[m], __ATOMIC_ACQUIRE), *fresh;
		nd_array *array = __atomic_load_n(&arrays[a], __ATOMIC_ACQUIRE);
		nd_array *other = __atomic_load_n(&arrays[(a + 1) % ARRAYS], __ATOMIC_ACQUIRE);
		nd_array *made = NULL;
		nd_scope *scope;
		char *text = NULL;

		switch (rand_r(&seed) % 14) {
		case 0:
		case 1:
		case 2:
			/* ND_ERR_ARGUMENT: the place was empty yet. */
			expect(nd_full(manager, ND_F32, ND_SHAPE(8, 8), 1, &made));
			keep(a, made);
			break;
		case 3: expect(nd_manager_attach(manager, array)); break;
		case 4: expect(nd_manager_temp_attach(manager, array)); break;
		case 5: expect(nd_manager_ret(array)); break;
		case 6:
			expect(nd_manager_detach(array));
			expect(nd_array_close(array));
			break;
		case 7:
			expect(nd_add(array, other, &made));
			expect(nd_array_close(made));
			break;
		case 8:
			expect(nd_transpose(array, 0, NULL, &made));
			keep(a, made);
			break;
		case 9:
			expect(nd_manager_new_sub(base, "m", &fresh));
			__atomic_store_n(&managers[m], fresh, __ATOMIC_RELEASE);
			expect(nd_manager_close(manager));
			break;
		case 10: expect(nd_array_close(array)); break;
		case 11:
			expect(nd_manager_debug_dump(base, ND_DUMP_TEXT, &text));
			nd_free(text);
			break;
		case 12:
			expect(nd_scope_open(&scope));
			expect(nd_ones(manager, ND_I64, ND_SHAPE(4), &made));
			expect(nd_neg(made, &made));
			expect(nd_scope_close(scope));
			break;
		default:
			expect(nd_manager_new_sub(manager, "deeper", &fresh));
			expect(nd_ones(fresh, ND_F32, ND_SHAPE(3), &made));
			if (rand_r(&seed) % 8 == 0)
				expect(nd_manager_cap(fresh));
			break;
		}
	}
	return NULL;
}

static void *count(void *metrics)
{
	for (int i = 0; i < 500; i++) {
		double value;

		expect(nd_metrics_add(metrics, "series", i, "Count"));
		expect(nd_metrics_percentile(metrics, "series", 100, &value));
	}
	return NULL;
}

/* As an old kernel, or a container that lets few calls through. */
static void refuse_membarrier(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ||
	    syscall(SYS_membarrier, 0, 0, 0) != -1) {
		printf("Bail out! membarrier could not be refused: %s\n", strerror(errno));
		exit(1);
	}
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	uint64_t blocks = nd_test_live_blocks();
	nd_metrics *metrics;
	size_t points;

	if (argc > 1 && !strcmp(argv[1], "no-membarrier"))
		refuse_membarrier();
	else if (argc > 1)
		rounds = atoi(argv[1]);
	expect(nd_manager_new_base("stress", &base));
	for (int i = 0; i < MANAGERS; i++)
		expect(nd_manager_new_sub(base, "m", &managers[i]));
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, (void *)(i + 1));
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	/* Those that went to the system manager, or to nobody, are in the table. */
	for (int i = 0; i < ARRAYS; i++)
		expect(nd_array_close(arrays[i]));
	expect(nd_manager_close(base));

	expect(nd_metrics_new(&metrics));
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, count, metrics);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	expect(nd_metrics_count(metrics, "series", &points));
	nd_metrics_free(metrics);

	printf("1..3\n");
	printf("%s 1 - every answer is one that a race may give\n", failures ? "not ok" : "ok");
	printf("%s 2 - metrics of six threads are all there\n",
	       points == THREADS * 500 ? "ok" : "not ok");
	printf("%s 3 - no storage is lost\n", nd_test_live_blocks() == blocks ? "ok" : "not ok");
	return 0;
}
